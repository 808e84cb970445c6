#include "holdfast/objectives/triplet_objective.hpp"

#include <algorithm>

#include "holdfast/core/parallel.hpp"
#include "holdfast/linalg/products.hpp"

namespace holdfast::objectives {
namespace {

const Index triplet_grain = grain_of(20);

}  // namespace

/// What one evaluation computes on its way.
struct TripletObjective::State {
  double value = 0.0;
  Vector gap_slope;                    ///< of all terms together, per triplet
  Vector gradient_norm_squared_slope;  ///< likewise; empty if no term uses q
};

TripletObjective::TripletObjective(const MatrixView& x, const constraints::TripletSet& set, double pull_weight,
                                   std::vector<TripletTerm> terms, std::span<const double> row_weights)
    : x_(x), terms_(std::move(terms)), edges_(set.triplets.size()) {
  const auto weight_of = [&](std::int32_t anchor) {
    return row_weights.empty() ? 1.0 : row_weights[static_cast<std::size_t>(anchor)];
  };
  const std::size_t pairs = set.near_pairs.size();
  const std::size_t count = set.triplets.size();
  std::vector<linalg::RowPair> distances(set.near_pairs);
  distances.reserve(pairs + 2 * count);
  for (const constraints::Triplet& t : set.triplets) {
    distances.push_back({t.anchor, t.target});
    distances.push_back({t.anchor, t.impostor});
  }
  std::vector<std::int32_t> edge_of;
  distance_graph_ = linalg::PairGraph(x.rows(), distances, edge_of);
  near_count_ = Vector::Zero(distance_graph_.edges());
  for (std::size_t i = 0; i < pairs; ++i) near_count_[edge_of[i]] += weight_of(set.near_pairs[i].first);
  pull_weight_ = near_count_.sum() > 0.0 ? pull_weight / near_count_.sum() : 0.0;
  for (std::size_t t = 0; t < count; ++t) {
    edges_[t].near = edge_of[pairs + 2 * t];
    edges_[t].far = edge_of[pairs + 2 * t + 1];
  }
  if (!row_weights.empty()) {
    triplet_weights_.resize(triplets());
    for (std::size_t t = 0; t < count; ++t) triplet_weights_[static_cast<Index>(t)] = weight_of(set.triplets[t].anchor);
  }
  total_weight_ = row_weights.empty() ? static_cast<double>(count) : triplet_weights_.sum();
  near_incidence_ = incidence(distance_graph_.edges(), edges_, &TripletEdges::near);
  far_incidence_ = incidence(distance_graph_.edges(), edges_, &TripletEdges::far);
  distances.clear();
  for (const constraints::Triplet& t : set.triplets) distances.push_back({t.target, t.impostor});
  target_impostor_graph_ = linalg::PairGraph(x.rows(), distances, edge_of);
  for (std::size_t t = 0; t < count; ++t) edges_[t].opposite = edge_of[t];
  target_impostor_incidence_ = incidence(target_impostor_graph_.edges(), edges_, &TripletEdges::opposite);
}

TripletObjective::Incidence TripletObjective::incidence(Index edges, const std::vector<TripletEdges>& triplets,
                                                        std::int32_t TripletEdges::*edge) {
  Incidence result{std::vector<std::size_t>(static_cast<std::size_t>(edges) + 1, 0),
                   std::vector<std::int32_t>(triplets.size())};
  for (const TripletEdges& t : triplets) ++result.offsets[static_cast<std::size_t>(t.*edge) + 1];
  for (std::size_t e = 1; e < result.offsets.size(); ++e) result.offsets[e] += result.offsets[e - 1];
  std::vector<std::size_t> next(result.offsets.begin(), result.offsets.end() - 1);
  for (std::size_t t = 0; t < triplets.size(); ++t) {
    result.triplets[next[static_cast<std::size_t>(triplets[t].*edge)]++] = static_cast<std::int32_t>(t);
  }
  return result;
}

bool TripletObjective::uses_gradient_norm() const {
  return std::any_of(terms_.begin(), terms_.end(), [](const TripletTerm& term) { return term.uses_gradient_norm; });
}

TripletGeometry TripletObjective::geometry(const MatrixView& map) const {
  const Matrix mapped = linalg::product_with_transpose(x_, map);
  const Vector distance = distance_graph_.squared_differences(mapped);
  const Vector norms = target_impostor_graph_.squared_differences(linalg::product(mapped, map));
  TripletGeometry result{Vector(triplets()), Vector(triplets())};
  for (Index t = 0; t < triplets(); ++t) {
    const TripletEdges& e = edges_[static_cast<std::size_t>(t)];
    result.gap[t] = distance[e.far] - distance[e.near];
    result.gradient_norm_squared[t] = norms[e.opposite];
  }
  return result;
}

TripletObjective::State TripletObjective::evaluate(const MatrixView& map, bool with_slopes) const {
  const bool needs_norm = uses_gradient_norm();
  const Matrix mapped = linalg::product_with_transpose(x_, map);
  const Vector distance = distance_graph_.squared_differences(mapped);
  // The rows of X M give M (x_j - x_l) by differences.
  const Vector norms = needs_norm ? target_impostor_graph_.squared_differences(linalg::product(mapped, map)) : Vector();
  State state;
  if (with_slopes) {
    state.gap_slope = Vector::Zero(triplets());
    state.gradient_norm_squared_slope = Vector::Zero(needs_norm ? triplets() : 0);
  }
  state.value = pull_weight_ * near_count_.dot(distance);
  const TripletEvaluation at{edges_.data(),
                             distance.data(),
                             norms.data(),
                             triplet_weights_.size() > 0 ? triplet_weights_.data() : nullptr,
                             with_slopes ? state.gap_slope.data() : nullptr,
                             state.gradient_norm_squared_slope.data()};
  for (const TripletTerm& term : terms_) {
    const double weight = total_weight_ > 0.0 ? term.weight / total_weight_ : 0.0;
    state.value += weight * parallel_sum(triplets(), triplet_grain,
                                         [&](Index begin, Index end) { return term.sum(at, weight, begin, end); });
  }
  return state;
}

double TripletObjective::value_at_map(const MatrixView& map) const { return evaluate(map, false).value; }

double TripletObjective::value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const {
  const State state = evaluate(map, true);
  const auto sum_at = [](const Incidence& at, Index edge, const Vector& slopes) {
    double sum = 0.0;
    for (std::size_t i = at.offsets[static_cast<std::size_t>(edge)]; i < at.offsets[static_cast<std::size_t>(edge) + 1];
         ++i) {
      sum += slopes[at.triplets[i]];
    }
    return sum;
  };
  Vector weights(distance_graph_.edges());
  parallel_for(weights.size(), triplet_grain, [&](Index begin, Index end) {
    for (Index e = begin; e < end; ++e) {
      weights[e] = pull_weight_ * near_count_[e] + sum_at(far_incidence_, e, state.gap_slope) -
                   sum_at(near_incidence_, e, state.gap_slope);
    }
  });
  gradient = linalg::transpose_product(x_, distance_graph_.laplacian_product(weights, x_));
  if (uses_gradient_norm()) {
    weights.resize(target_impostor_graph_.edges());
    parallel_for(weights.size(), triplet_grain, [&](Index begin, Index end) {
      for (Index e = begin; e < end; ++e)
        weights[e] = sum_at(target_impostor_incidence_, e, state.gradient_norm_squared_slope);
    });
    // d q / dM = M x x^T + x x^T M, summed: M C + C M.
    const Matrix scatter = linalg::transpose_product(x_, target_impostor_graph_.laplacian_product(weights, x_));
    const Matrix product = linalg::transpose_product(map, linalg::product(map, scatter));
    gradient += product + product.transpose();
  }
  return state.value;
}

}  // namespace holdfast::objectives
