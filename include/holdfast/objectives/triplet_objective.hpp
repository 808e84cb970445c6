// Objectives that are sums of terms over near pairs and triplets.
#pragma once

#include <variant>
#include <vector>

#include "holdfast/constraints/triplets.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/linalg/pair_graph.hpp"
#include "holdfast/objectives/triplet_losses.hpp"

namespace holdfast::objectives {

/// One term over all triplets: `weight / |T| * sum of loss`.
struct TripletTerm {
  std::variant<HingeLoss, PerturbationLoss, MarginLoss> loss;
  double weight;
};

/// g and q of every triplet under a metric.
struct TripletGeometry {
  Vector gap;        ///< g
  Vector steepness;  ///< q; empty where it was not asked for
};

/// f(M) = pull_weight / |S| * sum over S of D2(anchor, target) + sum of terms. Evaluation is const and pure.
///
/// Cost of an evaluation with gradient: distinct pairs x d for the distances and the Laplacian products, n d^2 for the
/// matrix products; the number of triplets enters only through scalars.
class TripletObjective {
 public:
  /// Keeps a view of `x` (n x d), which must outlive it; copies nothing of n x d.
  TripletObjective(const MatrixView& x, const constraints::TripletSet& set, double pull_weight,
                   std::vector<TripletTerm> terms);
  TripletObjective(Matrix&& x, const constraints::TripletSet& set, double pull_weight,
                   std::vector<TripletTerm> terms) = delete;  ///< the rows would be gone

  /// Adds a term, such as one whose weight was derived from this objective without it.
  void add(TripletTerm term) { terms_.push_back(std::move(term)); }

  [[nodiscard]] Index dimension() const { return x_.cols(); }
  [[nodiscard]] Index triplets() const { return static_cast<Index>(edges_.size()); }

  /// f at M = L^T L, for a map L (r x d).
  [[nodiscard]] double value(const MatrixView& map) const;
  /// f, and G = df/dM (d x d, symmetric) into `gradient`. The chain rule df/dL = 2 L G is the parametrisation's work.
  double value_and_gradient(const MatrixView& map, Matrix& gradient) const;

  /// g and q of every triplet in the order of the set, at M = L^T L.
  [[nodiscard]] TripletGeometry geometry(const MatrixView& map) const;

 private:
  struct TripletEdges {
    std::int32_t near;      ///< edge (anchor, target) of distance_graph_
    std::int32_t far;       ///< edge (anchor, impostor) of distance_graph_
    std::int32_t opposite;  ///< edge (target, impostor) of opposite_graph_
  };
  /// The triplets at each edge, so that edge weights can be summed without writing to shared places.
  struct Incidence {
    std::vector<std::size_t> offsets;
    std::vector<std::int32_t> triplets;
  };
  struct State;

  [[nodiscard]] static Incidence incidence(Index edges, const std::vector<TripletEdges>& triplets,
                                           std::int32_t TripletEdges::*edge);
  [[nodiscard]] bool uses_steepness() const;
  [[nodiscard]] State evaluate(const MatrixView& map, bool with_slopes) const;

  MatrixView x_;
  double pull_weight_;  ///< per pair: weight / |S|
  std::vector<TripletTerm> terms_;
  linalg::PairGraph distance_graph_;
  linalg::PairGraph opposite_graph_;
  std::vector<TripletEdges> edges_;
  Vector near_count_;  ///< how often each edge of distance_graph_ is in S
  Incidence near_incidence_;
  Incidence far_incidence_;
  Incidence opposite_incidence_;
};

}  // namespace holdfast::objectives
