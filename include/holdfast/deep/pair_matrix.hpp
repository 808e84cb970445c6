// A batch seen by pairs: dissimilarities, and which pairs are of one class.
#pragma once

#include <torch/types.h>

namespace holdfast::deep {

/// Row a is an anchor, column b a candidate. A sample is neither positive nor negative to itself. (An anchor, its
/// positives and its negatives are the anchor, targets and impostors of constraints::Triplet.)
struct PairMatrix {
  torch::Tensor dissimilarity;  ///< n x m
  torch::Tensor positive;       ///< n x m bool: the same class
  torch::Tensor negative;       ///< n x m bool: another class
};

/// Pairs of a set of samples with itself; `dissimilarity` is n x n and `labels` n int64.
[[nodiscard]] PairMatrix pairs_within(const torch::Tensor& dissimilarity, const torch::Tensor& labels);
/// Pairs of n anchors with m candidates. If `shared`, row i and column i are one sample (or its perturbed copy).
[[nodiscard]] PairMatrix pairs_between(const torch::Tensor& dissimilarity, const torch::Tensor& labels,
                                       const torch::Tensor& candidate_labels, bool shared);

}  // namespace holdfast::deep
