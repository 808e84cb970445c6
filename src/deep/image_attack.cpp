#include "holdfast/deep/image_attack.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/deep/network.hpp"
#include "holdfast/neighbors/classifier.hpp"
#include "holdfast/neighbors/exact_index.hpp"

namespace holdfast::deep {
namespace {

using torch::Tensor;

Matrix matrix_of(const Tensor& rows) {
  const Tensor plain = rows.to(torch::kCPU).to(torch::kFloat64).contiguous();
  return Eigen::Map<const Matrix>(plain.data_ptr<double>(), plain.size(0), plain.size(1));
}

Tensor float_tensor_of(const Matrix& rows) {
  return torch::from_blob(const_cast<double*>(rows.data()), {rows.rows(), rows.cols()}, torch::kFloat64)
      .to(torch::kFloat32);
}

/// For each query, the nearest reference row of its class and the nearest of another class.
struct NearestRows {
  Matrix same_class;
  Matrix other_class;
};

/// The mapped reference rows of each class, and those of all other classes, for searches of the nearest.
class ClassRows {
 public:
  explicit ClassRows(const model::Model& model) {
    const Matrix mapped = model.mapped_reference();
    const std::vector<int>& codes = model.labels.codes;
    for (int code = 0; code < static_cast<int>(model.labels.classes()); ++code) {
      std::vector<Index> same;
      std::vector<Index> other;
      for (std::size_t row = 0; row < codes.size(); ++row) {
        (codes[row] == code ? same : other).push_back(static_cast<Index>(row));
      }
      rows_.push_back({select_rows(mapped, same), select_rows(mapped, other)});
    }
  }

  [[nodiscard]] NearestRows nearest(const Matrix& queries, std::span<const int> codes) const {
    NearestRows found{queries, queries};  // a class without rows leaves the query itself: no pull, no push
    std::map<int, std::vector<Index>> members_of;
    for (std::size_t i = 0; i < codes.size(); ++i) members_of[codes[i]].push_back(static_cast<Index>(i));
    for (const auto& [code, members] : members_of) {
      const NearestRows& rows = rows_[static_cast<std::size_t>(code)];
      put_nearest(queries, members, rows.same_class, found.same_class);
      put_nearest(queries, members, rows.other_class, found.other_class);
    }
    return found;
  }

 private:
  static void put_nearest(const Matrix& queries, const std::vector<Index>& members, const Matrix& rows, Matrix& found) {
    if (rows.rows() == 0) return;
    const neighbors::Neighbors nearest = neighbors::nearest(select_rows(queries, members), rows, 1);
    for (std::size_t i = 0; i < members.size(); ++i) {
      found.row(members[i]) = rows.row(nearest.rows(static_cast<Index>(i), 0));
    }
  }

  std::vector<NearestRows> rows_;  // by class
};

/// A model whose images can be attacked: the network, then an affine map to the space of the metric.
class AttackedModel {
 public:
  AttackedModel(const model::Model& model, Network& network)
      : model_(model), network_(network), classes_(model), index_(model.mapped_reference()) {
    if (!model.preprocessor.is_affine()) throw InputError("the model's preprocessing after the network is not affine");
    weight_ = float_tensor_of(Matrix(model.metric.map() * model.preprocessor.folded().weight));
    const Matrix zero = Matrix::Zero(1, model.preprocessor.input_dimension());
    offset_ = float_tensor_of(model.metric.transform(model.preprocessor.apply(zero)));
  }

  [[nodiscard]] Tensor perturb(const Tensor& images, std::span<const int> codes, const ImageThreat& threat,
                               std::uint64_t seed) const {
    const Index lookup_interval = std::max<Index>(1, threat.steps / 2);
    Tensor same_class;
    Tensor other_class;
    return ascend(images, threat, seed, [&](const Tensor& x, Index step) {
      const Tensor z = map(x);
      if (step % lookup_interval == 0) {
        const NearestRows nearest = classes_.nearest(matrix_of(z.detach()), codes);
        same_class = float_tensor_of(nearest.same_class);
        other_class = float_tensor_of(nearest.other_class);
      }
      return ((z - same_class).square().sum(1) - (z - other_class).square().sum(1)).sum();
    });
  }

  /// How many of the images are predicted to be of their class, with one neighbour and with k.
  [[nodiscard]] std::pair<Index, Index> count_correct(const Tensor& images, std::span<const int> codes, Index k) const {
    const torch::NoGradGuard no_gradient;
    const Matrix queries = matrix_of(map(images));
    const auto count = [&](Index neighbors) {
      const std::vector<int> predicted =
          neighbors::vote(index_.search(queries, neighbors), model_.labels.codes, model_.labels.classes());
      Index correct = 0;
      for (std::size_t i = 0; i < predicted.size(); ++i) correct += predicted[i] == codes[i] ? 1 : 0;
      return correct;
    };
    return {count(1), count(k)};
  }

 private:
  [[nodiscard]] Tensor map(const Tensor& images) const {
    return torch::matmul(network_.forward(images), weight_.t()) + offset_;
  }

  const model::Model& model_;
  Network& network_;
  ClassRows classes_;
  neighbors::ExactIndex<double> index_;
  Tensor weight_;  // r x d
  Tensor offset_;  // 1 x r
};

}  // namespace

Record describe(const AttackedAccuracy& accuracy) {
  Record record;
  record.add("threat", fmt::format("{} ({} steps)", text(accuracy.threat), accuracy.threat.steps));
  record.add("images", accuracy.images);
  record.add("nearest_accuracy", accuracy.nearest, {.label = "1-NN accuracy", .format = ".4f"});
  record.add("nearest_accuracy_attacked", accuracy.nearest_attacked,
             {.label = "1-NN accuracy, attacked", .format = ".4f"});
  record.add("accuracy", accuracy.knn, {.label = "accuracy", .format = ".4f"});
  record.add("accuracy_attacked", accuracy.knn_attacked, {.label = "accuracy, attacked", .format = ".4f"});
  return record
      .say("images perturbed within {threat}, pixels from 0 to 1, found by gradients (an upper bound of what holds):")
      .say("  accuracy, k = 1: {nearest_accuracy}, attacked {nearest_accuracy_attacked}")
      .say(fmt::format("  accuracy, k = {}: {{accuracy}}, attacked {{accuracy_attacked}}", accuracy.k));
}

AttackedAccuracy attack_images(const model::Model& model, const MatrixView& rows, std::span<const int> codes,
                               const ImageThreat& threat, Index k, std::uint64_t seed, const Observer& observer) {
  const auto* embedding = dynamic_cast<const NetworkEmbedding*>(model.embedding.get());
  if (embedding == nullptr) {
    throw InputError(
        "the model has no network, so that there are no images to perturb; for tables use certify and attack");
  }
  neighbors::require_valid_k(k, model.reference.rows());
  Network& network = *embedding->network();
  network.eval();
  torch::set_num_threads(thread_count());
  const AttackedModel attacked(model, network);
  const ImageShape& shape = network.shape();
  constexpr Index images_at_once = 128;
  std::pair<Index, Index> clean_sum{0, 0};
  std::pair<Index, Index> attacked_sum{0, 0};
  const auto add = [](std::pair<Index, Index>& sum, const std::pair<Index, Index>& more) {
    sum.first += more.first;
    sum.second += more.second;
  };
  for (Index first = 0; first < rows.rows(); first += images_at_once) {
    if (asks_to_stop(observer, {"attack", first, rows.rows(), 0.0})) throw Stopped{};
    const Index count = std::min(images_at_once, rows.rows() - first);
    const Tensor images =
        float_tensor_of(rows.middleRows(first, count) / 255.0).view({count, shape.channels, shape.height, shape.width});
    const std::span<const int> own = codes.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
    add(clean_sum, attacked.count_correct(images, own, k));
    const Tensor perturbed = attacked.perturb(images, own, threat, seed + static_cast<std::uint64_t>(first));
    add(attacked_sum, attacked.count_correct(perturbed, own, k));
  }
  const auto share = [&](Index number) { return static_cast<double>(number) / static_cast<double>(rows.rows()); };
  return {threat,
          k,
          share(clean_sum.first),
          share(attacked_sum.first),
          share(clean_sum.second),
          share(attacked_sum.second),
          rows.rows()};
}

}  // namespace holdfast::deep
