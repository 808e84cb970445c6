#include "holdfast/deep/image_attack.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "deep/tensors.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/deep/dissimilarity.hpp"
#include "holdfast/deep/network.hpp"
#include "holdfast/neighbors/classifier.hpp"
#include "holdfast/neighbors/exact_index.hpp"

namespace holdfast::deep {
namespace {

using torch::Tensor;

/// A model whose images can be attacked: the network, then an affine map to the space of the metric.
class AttackedModel {
 public:
  AttackedModel(const model::Model& model, Network& network)
      : model_(model),
        network_(network),
        index_(model.mapped_reference()),
        reference_(tensor_of(index_.rows())),
        classes_(torch::tensor(model.labels.codes)) {
    if (!model.preprocessor.is_affine()) throw InputError("the model's preprocessing after the network is not affine");
    weight_ = tensor_of(Matrix(model.metric.map() * model.preprocessor.folded().weight)).to(torch::kFloat32);
    const Matrix zero = Matrix::Zero(1, model.preprocessor.input_dimension());
    offset_ = tensor_of(model.metric.transform(model.preprocessor.apply(zero))).to(torch::kFloat32);
  }

  /// `left_out`: empty, or for each image the reference row that is absent.
  [[nodiscard]] Tensor perturb(const Tensor& images, const Tensor& codes, const ImageThreat& threat, std::uint64_t seed,
                               std::span<const Index> left_out) const {
    const Tensor is_of_class = codes.unsqueeze(1) == classes_.unsqueeze(0);
    Tensor is_own = is_of_class.clone();
    for (std::size_t i = 0; i < left_out.size(); ++i) is_own.index_put_({static_cast<Index>(i), left_out[i]}, false);
    const Index lookup_interval = std::max<Index>(1, threat.steps / 2);
    Tensor same_class;
    Tensor other_class;
    return ascend(images, threat, seed, [&](const Tensor& x, Index step) {
      const Tensor z = map(x);
      if (step % lookup_interval == 0) {
        const Tensor distances = find_geometry("euclidean")(z.detach().to(torch::kFloat64), reference_);
        same_class = nearest(z.detach(), distances, is_own);
        other_class = nearest(z.detach(), distances, ~is_of_class);
      }
      return ((z - same_class).square().sum(1) - (z - other_class).square().sum(1)).sum();
    });
  }

  /// How many of the images are predicted to be of their class, with one neighbour and with k.
  [[nodiscard]] Eigen::Array2d count_correct(const Tensor& images, std::span<const int> codes, Index k,
                                             std::span<const Index> left_out) const {
    const torch::NoGradGuard no_gradient;
    const neighbors::Neighbors found = index_.search(matrix_of(map(images)), k, {.left_out = left_out});
    const std::vector<int> predicted = neighbors::vote(found, model_.labels.codes, model_.labels.classes());
    Eigen::Array2d correct(0.0, 0.0);
    for (std::size_t i = 0; i < predicted.size(); ++i) {
      correct[0] += model_.labels.code(found.rows(static_cast<Index>(i), 0)) == codes[i] ? 1.0 : 0.0;
      correct[1] += predicted[i] == codes[i] ? 1.0 : 0.0;
    }
    return correct;
  }

 private:
  [[nodiscard]] Tensor map(const Tensor& images) const {
    return torch::matmul(network_.forward(images), weight_.t()) + offset_;
  }

  /// The nearest of the candidates among the reference rows, one per query; the query itself if it has no candidates.
  [[nodiscard]] Tensor nearest(const Tensor& queries, const Tensor& distances, const Tensor& is_candidate) const {
    const Tensor rows = distances.masked_fill(~is_candidate, std::numeric_limits<double>::infinity()).argmin(1);
    return torch::where(is_candidate.any(1, true), reference_.index_select(0, rows).to(torch::kFloat32), queries);
  }

  const model::Model& model_;
  Network& network_;
  neighbors::ExactIndex<double> index_;
  Tensor reference_;  // n x r, mapped
  Tensor classes_;    // n
  Tensor weight_;     // r x d
  Tensor offset_;     // 1 x r
};

}  // namespace

Record describe(const AttackedAccuracy& accuracy) {
  Record record;
  record.add("threat", fmt::format("{} ({} steps)", text(accuracy.threat), accuracy.threat.steps))
      .add("images", accuracy.images)
      .add("nearest_accuracy", accuracy.nearest, {.label = "1-NN accuracy", .format = ".4f"})
      .add("nearest_accuracy_attacked", accuracy.nearest_attacked,
           {.label = "1-NN accuracy, attacked", .format = ".4f"})
      .add("accuracy", accuracy.knn, {.label = "accuracy", .format = ".4f"})
      .add("accuracy_attacked", accuracy.knn_attacked, {.label = "accuracy, attacked", .format = ".4f"});
  return record
      .say(
          "images perturbed within {threat}, pixels from 0 to 1, found by gradients (an upper bound of the robust "
          "accuracy):")
      .say("  accuracy, k = 1: {nearest_accuracy}, attacked {nearest_accuracy_attacked}")
      .say(fmt::format("  accuracy, k = {}: {{accuracy}}, attacked {{accuracy_attacked}}", accuracy.k));
}

AttackedAccuracy attack_images(const model::Model& model, const MatrixView& rows, std::span<const int> codes,
                               const ImageThreat& threat, Index k, std::uint64_t seed, const Observer& observer,
                               std::span<const Index> left_out) {
  const auto* embedding = dynamic_cast<const NetworkEmbedding*>(model.embedding.get());
  if (embedding == nullptr) {
    throw InputError("the model has no network, so there are no images to perturb; for tables use certify and attack");
  }
  neighbors::require_valid_k(k, model.reference.rows() - (left_out.empty() ? 0 : 1));
  Network& network = *embedding->network();
  network.eval();
  torch::set_num_threads(thread_count());
  const AttackedModel attacked(model, network);
  constexpr Index images_at_once = 128;
  const Index total = rows.rows();
  Eigen::Array2d clean(0.0, 0.0);
  Eigen::Array2d perturbed(0.0, 0.0);
  for (Index first = 0; first < total; first += images_at_once) {
    if (asks_to_stop(observer, {"attack", first, total, 0.0})) throw Stopped{};
    const Index count = std::min(images_at_once, total - first);
    const Tensor images = pixels_of(rows.middleRows(first, count), network.shape());
    const auto part = [&](const auto& all) {
      return all.empty() ? all : all.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
    };
    const std::span<const int> own = part(codes);
    const std::span<const Index> absent = part(left_out);
    clean += attacked.count_correct(images, own, k, absent);
    const Tensor classes = torch::tensor(std::vector<int>(own.begin(), own.end()));
    const Tensor moved = attacked.perturb(images, classes, threat, seed + static_cast<std::uint64_t>(first), absent);
    perturbed += attacked.count_correct(moved, own, k, absent);
  }
  clean /= static_cast<double>(total);
  perturbed /= static_cast<double>(total);
  return {threat, k, clean[0], perturbed[0], clean[1], perturbed[1], total};
}

}  // namespace holdfast::deep
