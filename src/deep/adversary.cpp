#include "holdfast/deep/adversary.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/neighbors/classifier.hpp"
#include "holdfast/neighbors/exact_index.hpp"

namespace holdfast::deep {
namespace {

using torch::Tensor;

Tensor norms_of(const Tensor& images) {
  return images.flatten(1).norm(2, 1).clamp_min(1e-12).view({-1, 1, 1, 1});
}

/// The nearest perturbation within the ball that leaves an image.
Tensor within(const Tensor& images, const Tensor& change, const ImageThreat& threat) {
  const Tensor inside = threat.norm == ImageThreat::Norm::linf
                            ? change.clamp(-threat.eps, threat.eps)
                            : change * (threat.eps / norms_of(change)).clamp_max(1.0);
  return (images + inside).clamp(0.0, 1.0) - images;
}

Tensor random_start(const Tensor& images, const ImageThreat& threat, std::uint64_t seed) {
  auto generator = torch::make_generator<torch::CPUGeneratorImpl>(seed);
  if (threat.norm == ImageThreat::Norm::linf) {
    return (threat.eps * (2.0 * torch::rand(images.sizes(), generator) - 1.0)).to(images.device());
  }
  const Tensor direction = torch::randn(images.sizes(), generator);
  const Tensor share = torch::rand({images.size(0), 1, 1, 1}, generator);
  return (direction * (threat.eps * share / norms_of(direction))).to(images.device());
}

Matrix matrix_of(const Tensor& rows) {
  const Tensor plain = rows.to(torch::kCPU).to(torch::kFloat64).contiguous();
  return Eigen::Map<const Matrix>(plain.data_ptr<double>(), plain.size(0), plain.size(1));
}

Tensor tensor_of(const Matrix& rows) {
  return torch::from_blob(const_cast<double*>(rows.data()), {rows.rows(), rows.cols()}, torch::kFloat64)
      .to(torch::kFloat32);
}

/// The reference rows of a class, or of all others, ready for a search of the nearest.
class Targets {
 public:
  Targets(const model::Model& model) : mapped_(model.mapped_reference()) {
    const std::vector<int>& codes = model.labels.codes;
    for (int code = 0; code < static_cast<int>(model.labels.classes()); ++code) {
      std::vector<Index> own;
      std::vector<Index> others;
      for (std::size_t row = 0; row < codes.size(); ++row) {
        (codes[row] == code ? own : others).push_back(static_cast<Index>(row));
      }
      rows_.push_back({select_rows(mapped_, own), select_rows(mapped_, others)});
    }
  }

  /// For each query the nearest row of its class and the nearest of another.
  std::pair<Matrix, Matrix> nearest(const Matrix& queries, std::span<const int> codes) const {
    std::pair<Matrix, Matrix> found{Matrix(queries.rows(), mapped_.cols()), Matrix(queries.rows(), mapped_.cols())};
    std::map<int, std::vector<Index>> of_code;
    for (std::size_t i = 0; i < codes.size(); ++i) of_code[codes[i]].push_back(static_cast<Index>(i));
    for (const auto& [code, members] : of_code) {
      const Matrix some = select_rows(queries, members);
      const auto& [own, others] = rows_[static_cast<std::size_t>(code)];
      for (const auto& [rows, target] : {std::pair(&own, &found.first), std::pair(&others, &found.second)}) {
        if (rows->rows() == 0) {
          for (const Index at : members) target->row(at) = queries.row(at);
          continue;
        }
        const neighbors::Neighbors nearest = neighbors::nearest(some, *rows, 1);
        for (std::size_t i = 0; i < members.size(); ++i) {
          target->row(members[i]) = rows->row(nearest.rows(static_cast<Index>(i), 0));
        }
      }
    }
    return found;
  }

 private:
  Matrix mapped_;
  std::vector<std::pair<Matrix, Matrix>> rows_;  // own, others; by class
};

}  // namespace

ImageThreat parse_threat(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string norm = text.substr(0, colon);
  ImageThreat threat;
  std::size_t used = 0;
  try {
    if (colon != std::string::npos) threat.eps = std::stod(text.substr(colon + 1), &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if ((norm != "linf" && norm != "l2") || used == 0 || used != text.size() - colon - 1 || !(threat.eps > 0.0) ||
      !std::isfinite(threat.eps)) {
    throw InputError(
        fmt::format("\"{}\": must be a norm and a size, of pixels from 0 to 1, such as linf:0.03 or l2:1.0", text));
  }
  threat.norm = norm == "l2" ? ImageThreat::Norm::l2 : ImageThreat::Norm::linf;
  return threat;
}

std::string text(const ImageThreat& threat) {
  return fmt::format("{}:{} ({} steps)", threat.norm == ImageThreat::Norm::l2 ? "l2" : "linf", threat.eps,
                     threat.steps);
}

Tensor ascend(const Tensor& images, const ImageThreat& threat, std::uint64_t start,
              const std::function<Tensor(const Tensor&)>& objective) {
  const double length = 2.5 * threat.eps / static_cast<double>(std::max<Index>(1, threat.steps));
  Tensor change = within(images, random_start(images, threat, start), threat);
  for (Index step = 0; step < threat.steps; ++step) {
    const Tensor at = (images + change).detach().requires_grad_(true);
    const Tensor gradient = torch::autograd::grad({objective(at)}, {at})[0];
    const Tensor direction = threat.norm == ImageThreat::Norm::linf ? gradient.sign() : gradient / norms_of(gradient);
    change = within(images, change + length * direction, threat).detach();
  }
  return (images + change).clamp(0.0, 1.0).detach();
}

AttackedAccuracy attack_embeddings(const model::Model& model, const MatrixView& rows, std::span<const int> codes,
                                   const ImageThreat& threat, Index k, std::uint64_t seed, const Observer& observer) {
  const auto* embedding = dynamic_cast<const NetworkEmbedding*>(model.embedding.get());
  if (embedding == nullptr) {
    throw InputError(
        "the model has no network, so that there are no images to perturb; for tables use certify and attack");
  }
  const std::shared_ptr<Network>& network = embedding->network();
  network->eval();
  torch::set_num_threads(thread_count());
  neighbors::require_valid_k(k, model.reference.rows());
  const Targets targets(model);
  const neighbors::ExactIndex<double> index(model.mapped_reference());
  // Embedding to the space of the metric: an affine map.
  const auto folded = model.preprocessor.is_affine()
                          ? std::optional(model.preprocessor.folded())
                          : throw InputError("the model's preprocessing after the network is not affine");
  const Tensor weight = tensor_of(Matrix(model.metric.map() * folded->weight));
  const Matrix zero = Matrix::Zero(1, model.preprocessor.input_dimension());
  const Tensor offset = tensor_of(model.metric.transform(model.preprocessor.apply(zero)));
  const auto mapped = [&](const Tensor& pixels) {
    return torch::matmul(network->forward(pixels), weight.t()) + offset;
  };

  const ImageShape& shape = network->shape();
  constexpr Index at_once = 128;
  AttackedAccuracy result;
  Index right[4] = {};
  for (Index first = 0; first < rows.rows(); first += at_once) {
    if (asks_to_stop(observer, {"attack", first, rows.rows(), 0.0})) throw Stopped{};
    const Index count = std::min(at_once, rows.rows() - first);
    const Matrix scaled = rows.middleRows(first, count) / 255.0;
    const Tensor images = tensor_of(scaled).view({count, shape.channels, shape.height, shape.width});
    const std::span<const int> own = codes.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
    Matrix clean;
    {
      const torch::NoGradGuard no_gradient;
      clean = matrix_of(mapped(images));
    }
    Tensor near_own;
    Tensor near_other;
    Index calls = 0;
    const auto objective = [&](const Tensor& x) {
      const Tensor z = mapped(x);
      if (calls++ % std::max<Index>(1, threat.steps / 2) == 0) {
        const auto [a, b] = targets.nearest(matrix_of(z.detach()), own);
        near_own = tensor_of(a);
        near_other = tensor_of(b);
      }
      return ((z - near_own).square().sum(1) - (z - near_other).square().sum(1)).sum();
    };
    const Tensor perturbed = ascend(images, threat, seed + static_cast<std::uint64_t>(first), objective);
    Matrix attacked;
    {
      const torch::NoGradGuard no_gradient;
      attacked = matrix_of(mapped(perturbed));
    }
    const auto count_right = [&](const Matrix& queries, Index neighbors, Index& total) {
      const std::vector<int> predicted =
          neighbors::vote(index.search(queries, neighbors), model.labels.codes, model.labels.classes());
      for (std::size_t i = 0; i < predicted.size(); ++i) total += predicted[i] == own[i] ? 1 : 0;
    };
    count_right(clean, 1, right[0]);
    count_right(attacked, 1, right[1]);
    count_right(clean, k, right[2]);
    count_right(attacked, k, right[3]);
  }
  const auto share = [&](Index number) { return static_cast<double>(number) / static_cast<double>(rows.rows()); };
  return {share(right[0]), share(right[1]), share(right[2]), share(right[3]), rows.rows()};
}

}  // namespace holdfast::deep
