// The scatter matrices of similar and dissimilar pairs, whose size does not depend on the number of pairs.
#pragma once

#include "holdfast/constraints/pairs.hpp"
#include "holdfast/core/dataset.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast::constraints {

/// A = mean of (x - x')(x - x')^T over the similar pairs, B = the same over the dissimilar ones: each divided by its
/// own number of pairs.
struct Scatters {
  Matrix similar;     ///< A, d x d
  Matrix dissimilar;  ///< B, d x d
  double similar_pairs = 0.0;
  double dissimilar_pairs = 0.0;
};

/// The scatters of all n (n - 1) / 2 pairs of rows: similar with the same label, dissimilar with different ones.
/// Similar pairs of equal rows are not counted, because no metric moves them; so a row of weight w is w copies of it. A
/// pair has the product of its rows' weights (Labels::weights); the numbers of pairs are then sums of weights. From
/// class sums in O(n d^2): for a class of N rows with scatter W about its mean m, the similar pairs add N W; the
/// dissimilar ones together are sum (n - N) W + n N (m - mean)(m - mean)^T, sums of positive terms only.
///
/// Throws InputError as require_separable does.
[[nodiscard]] Scatters scatters_from_labels(const MatrixView& x, const Labels& labels);

/// The scatters of given pairs, O(pairs d + n d^2). Throws InputError as require_usable does.
[[nodiscard]] Scatters scatters_from_pairs(const MatrixView& x, const PairSet& pairs);

}  // namespace holdfast::constraints
