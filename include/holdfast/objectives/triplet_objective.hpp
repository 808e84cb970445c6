// Objectives that are sums of terms over near pairs and triplets.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "holdfast/constraints/triplets.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/linalg/pair_graph.hpp"
#include "holdfast/objectives/triplet_losses.hpp"

namespace holdfast::objectives {

/// The edges of one triplet: its pairs of rows among the distinct pairs of all triplets.
struct TripletEdges {
  std::int32_t near;      ///< (anchor, target)
  std::int32_t far;       ///< (anchor, impostor)
  std::int32_t opposite;  ///< (target, impostor)
};

/// g and q of the triplets under one metric by their edges, and where the slopes of a term go.
struct TripletEvaluation {
  const TripletEdges* edges;
  const double* distance;               ///< D2 of the (anchor, target) and (anchor, impostor) pairs
  const double* gradient_norm_squared;  ///< q of the (target, impostor) pairs; null if no term uses it
  const double* weight;                 ///< of each triplet; null if all are 1
  double* gap_slope;                    ///< added to, per triplet; null if only values are wanted
  double* gradient_norm_squared_slope;  ///< likewise
};

/// One term over all triplets: `weight / |T| * sum of loss`; the weights of triplets count in both.
struct TripletTerm {
  template <TripletLoss Loss>
  TripletTerm(Loss loss, double weight_of_term)
      : weight(weight_of_term),
        uses_gradient_norm(Loss::uses_gradient_norm),
        sum([loss](const TripletEvaluation& at, double scale, Index begin, Index end) {
          return sum_of(loss, at, scale, begin, end);
        }) {}

  double weight;
  bool uses_gradient_norm;
  /// The sum of the loss over the triplets begin..end-1; `scale` times its slopes are added to the evaluation's.
  std::function<double(const TripletEvaluation& at, double scale, Index begin, Index end)> sum;

 private:
  template <TripletLoss Loss>
  static double sum_of(const Loss& loss, const TripletEvaluation& at, double scale, Index begin, Index end) {
    constexpr bool with_norm = Loss::uses_gradient_norm;
    double total = 0.0;
    for (Index t = begin; t < end; ++t) {
      const TripletEdges& e = at.edges[t];
      const LossSlope here =
          loss(at.distance[e.far] - at.distance[e.near], with_norm ? at.gradient_norm_squared[e.opposite] : 0.0);
      const double weight = at.weight != nullptr ? at.weight[t] : 1.0;
      total += weight * here.value;
      if (at.gap_slope != nullptr) {
        at.gap_slope[t] += scale * weight * here.gap_slope;
        if constexpr (with_norm) at.gradient_norm_squared_slope[t] += scale * weight * here.gradient_norm_squared_slope;
      }
    }
    return total;
  }
};

/// g and q of every triplet under a metric.
struct TripletGeometry {
  Vector gap;                    ///< g
  Vector gradient_norm_squared;  ///< q
};

/// f(M) = pull_weight / |S| * sum over S of D2(anchor, target) + sum of terms. Evaluation is const and pure.
///
/// Cost of an evaluation with gradient: distinct pairs x d for the distances and the Laplacian products, n d^2 for the
/// matrix products; the number of triplets enters only through scalars.
class TripletObjective {
 public:
  /// Keeps a view of `x` (n x d), which must outlive it; copies nothing of n x d. A pair and a triplet have the weight
  /// of their anchor in `row_weights` (n, or empty: all 1); |S| and |T| are then the sums of the weights.
  TripletObjective(const MatrixView& x, const constraints::TripletSet& set, double pull_weight,
                   std::vector<TripletTerm> terms, std::span<const double> row_weights = {});
  TripletObjective(Matrix&& x, const constraints::TripletSet& set, double pull_weight, std::vector<TripletTerm> terms,
                   std::span<const double> row_weights = {}) = delete;  ///< the rows would be gone

  /// Adds a term, such as one whose weight was derived from this objective without it.
  void add(TripletTerm term) { terms_.push_back(std::move(term)); }

  [[nodiscard]] Index dimension() const { return x_.cols(); }
  [[nodiscard]] Index triplets() const { return static_cast<Index>(edges_.size()); }

  /// f at M = L^T L, for a map L (r x d).
  [[nodiscard]] double value_at_map(const MatrixView& map) const;
  /// f, and df/dM (d x d, symmetric) into `gradient`: a MapObjective.
  double value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const;

  /// g and q of every triplet in the order of the set, at M = L^T L.
  [[nodiscard]] TripletGeometry geometry(const MatrixView& map) const;

 private:
  /// The triplets at each edge, so that edge weights can be summed without writing to shared places.
  struct Incidence {
    std::vector<std::size_t> offsets;
    std::vector<std::int32_t> triplets;
  };
  struct State;

  [[nodiscard]] static Incidence incidence(Index edges, const std::vector<TripletEdges>& triplets,
                                           std::int32_t TripletEdges::*edge);
  [[nodiscard]] bool uses_gradient_norm() const;
  [[nodiscard]] State evaluate(const MatrixView& map, bool with_slopes) const;

  MatrixView x_;
  double pull_weight_;  ///< per pair: weight / |S|
  std::vector<TripletTerm> terms_;
  linalg::PairGraph distance_graph_;
  linalg::PairGraph target_impostor_graph_;
  std::vector<TripletEdges> edges_;
  Vector near_count_;       ///< how often each edge of distance_graph_ is in S, by weight
  Vector triplet_weights_;  ///< empty: all 1
  double total_weight_;     ///< of the triplets
  Incidence near_incidence_;
  Incidence far_incidence_;
  Incidence target_impostor_incidence_;
};

}  // namespace holdfast::objectives
