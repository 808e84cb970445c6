#include "holdfast/deep/pair_matrix.hpp"

namespace holdfast::deep {

using torch::Tensor;

PairMatrix pairs_between(const Tensor& dissimilarity, const Tensor& labels, const Tensor& candidate_labels,
                         bool shared) {
  const Tensor same = labels.unsqueeze(1) == candidate_labels.unsqueeze(0);
  return {dissimilarity, shared ? same & ~torch::eye(same.size(0), same.options()) : same, ~same};
}

PairMatrix pairs_within(const Tensor& dissimilarity, const Tensor& labels) {
  return pairs_between(dissimilarity, labels, labels, true);
}

}  // namespace holdfast::deep
