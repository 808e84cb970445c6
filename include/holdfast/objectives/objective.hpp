// What an objective is: a pure function with its gradient. The name of its method says over which variable.
#pragma once

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast::objectives {

/// f(M) evaluated at M = L^T L, for a map L (r x d): returns f and writes df/dM (d x d, symmetric) into `gradient`.
/// `MapParametrization` applies the chain rule to L, `BasisParametrization` that to the weights of a basis.
template <class Objective>
concept MapObjective = requires(const Objective& objective, const MatrixView& map, Matrix& gradient) {
  { objective.value_and_gradient_at_map(map, gradient) } -> std::same_as<double>;
};

/// f(M) over symmetric matrices M (d x d) themselves: returns f and writes df/dM into `gradient`.
template <class Objective>
concept MatrixObjective = requires(const Objective& objective, const MatrixView& m, Matrix& gradient) {
  { objective.value_and_gradient_at_matrix(m, gradient) } -> std::same_as<double>;
};

/// f(w) over a vector of weights: returns f and writes df/dw, of w's size, into `gradient`.
template <class Objective>
concept WeightObjective = requires(const Objective& objective, const Vector& weights, Vector& gradient) {
  { objective.value_and_gradient_at_weights(weights, gradient) } -> std::same_as<double>;
};

/// sum_i weight_i f_i, a MapObjective of MapObjectives. Keeps references to them.
class SumObjective {
 public:
  /// `objective` must outlive the sum; a temporary is refused.
  template <MapObjective Objective>
  void add(double weight, const Objective& objective) {
    terms_.push_back({weight, [&objective](const MatrixView& map, Matrix& gradient) {
                        return objective.value_and_gradient_at_map(map, gradient);
                      }});
  }
  template <MapObjective Objective>
  requires(!std::is_lvalue_reference_v<Objective>) void add(double weight, Objective&& objective) = delete;

  double value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const {
    gradient.setZero(map.cols(), map.cols());
    Matrix own;
    double value = 0.0;
    for (const auto& [weight, evaluate] : terms_) {
      value += weight * evaluate(map, own);
      gradient += weight * own;
    }
    return value;
  }

 private:
  struct Term {
    double weight;
    std::function<double(const MatrixView& map, Matrix& gradient)> evaluate;
  };
  std::vector<Term> terms_;
};

}  // namespace holdfast::objectives
