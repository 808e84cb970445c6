#include "holdfast/optim/graphical_lasso.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace holdfast::optim {
namespace {

using Factors = Eigen::LLT<Matrix>;
using Entries = std::vector<std::pair<Index, Index>>;

constexpr double sufficient_decrease = 1e-3;
constexpr int longest_search = 60;

/// The x nearest to zero within `by` of `value`.
double shrunk(double value, double by) { return value > by ? value - by : value < -by ? value + by : 0.0; }

double size_off_diagonal(const MatrixView& m) { return m.cwiseAbs().sum() - m.diagonal().cwiseAbs().sum(); }

double linear_part(const MatrixView& s, double penalty, const MatrixView& m) {
  return s.cwiseProduct(m).sum() + penalty * size_off_diagonal(m);
}

double value_of(const MatrixView& s, double penalty, const MatrixView& m, const Factors& factors) {
  if (factors.info() != Eigen::Success) return std::numeric_limits<double>::infinity();
  const double log_det = 2.0 * factors.matrixLLT().diagonal().array().log().sum();
  const double value = linear_part(s, penalty, m) - log_det;
  return std::isnan(value) ? std::numeric_limits<double>::infinity() : value;
}

/// The sum of the sizes of the shortest subgradient's entries at M with gradient G = S - M^-1, and the entries (i <= j)
/// that a step may change: those of M that are not zero, and those whose gradient exceeds the penalty.
double subgradient_size(const MatrixView& m, const MatrixView& gradient, double penalty, Entries& free) {
  free.clear();
  double sum = 0.0;
  for (Index i = 0; i < m.rows(); ++i) {
    for (Index j = i; j < m.cols(); ++j) {
      const double g = gradient(i, j);
      double own = g;
      if (i != j) own = m(i, j) == 0.0 ? shrunk(g, penalty) : g + std::copysign(penalty, m(i, j));
      if (i == j || m(i, j) != 0.0 || own != 0.0) free.emplace_back(i, j);
      sum += (i == j ? 1.0 : 2.0) * std::abs(own);
    }
  }
  return sum;
}

/// Coordinate descent on the quadratic model of the smooth part at M: D, symmetric, for W = M^-1.
Matrix newton_direction(const MatrixView& m, const MatrixView& w, const MatrixView& gradient, double penalty,
                        const Entries& free, Index passes) {
  const Index d = m.rows();
  Matrix direction = Matrix::Zero(d, d);
  Matrix wd = Matrix::Zero(d, d);  // W D
  for (Index pass = 0; pass < passes; ++pass) {
    double change = 0.0;
    for (const auto& [i, j] : free) {
      // The model along this entry (and its mirror image): a/2 mu^2 + b mu + penalty |c + mu|.
      const double b = gradient(i, j) + wd.row(j).dot(w.row(i));
      double mu = 0.0;
      if (i == j) {
        mu = -b / (w(i, i) * w(i, i));
      } else {
        const double a = w(i, j) * w(i, j) + w(i, i) * w(j, j);
        const double c = m(i, j) + direction(i, j);
        mu = shrunk(c - b / a, penalty / a) - c;
      }
      if (mu == 0.0) continue;
      change += std::abs(mu);
      direction(i, j) += mu;
      wd.col(j) += mu * w.col(i);
      if (i == j) continue;
      direction(j, i) += mu;
      wd.col(i) += mu * w.col(j);
    }
    if (change <= 1e-10 * direction.cwiseAbs().sum()) break;
  }
  return direction;
}

/// Halves the step along `direction` until the value decreases as much as the slope promises; false if no step does.
bool take_step(const MatrixView& s, double penalty, const Matrix& direction, const Matrix& gradient, LassoMinimum& at,
               Factors& factors) {
  const double slope = gradient.cwiseProduct(direction).sum() +
                       penalty * (size_off_diagonal(at.m + direction) - size_off_diagonal(at.m));
  double step = 1.0;
  for (int search = 0; search < longest_search && slope < 0.0; ++search, step *= 0.5) {
    const Matrix trial = at.m + step * direction;
    const Factors of_trial(trial);
    const double value = value_of(s, penalty, trial, of_trial);
    if (value > at.value + sufficient_decrease * step * slope) continue;
    at.m = trial;
    at.value = value;
    factors = of_trial;
    return true;
  }
  return false;
}

}  // namespace

double lasso_value(const MatrixView& s, double penalty, const MatrixView& m) {
  return value_of(s, penalty, m, Factors(m));
}

LassoMinimum minimize_lasso(const MatrixView& s, double penalty, const LassoOptions& options, const Observer& observer,
                            std::string_view stage) {
  const Index d = s.rows();
  LassoMinimum result{Matrix::Identity(d, d), false};
  if (!s.allFinite()) {
    result.bounded = true;
    result.reason = StopReason::not_finite;
    return result;
  }
  if (!(s.diagonal().minCoeff() > 0.0)) return result;  // M_ii alone has no bound
  result.m = s.diagonal().cwiseInverse().asDiagonal();
  result.bounded = true;
  Factors factors(result.m);
  result.value = value_of(s, penalty, result.m, factors);
  Entries free;
  while (true) {
    const Matrix w = factors.solve(Matrix::Identity(d, d));
    const Matrix gradient = s - w;
    if (subgradient_size(result.m, gradient, penalty, free) <=
        options.tolerance * result.m.cwiseAbs().sum() * (s.trace() / result.m.trace())) {
      result.reason = StopReason::converged;
      return result;
    }
    if (result.iterations >= options.max_iterations) return result;
    const Matrix direction = newton_direction(result.m, w, gradient, penalty, free, 2 + result.iterations);
    const bool found = take_step(s, penalty, direction, gradient, result, factors);
    ++result.iterations;
    if (!found) {
      result.reason = StopReason::no_descent;
      return result;
    }
    // The value at multiples of such an M falls without end.
    if (linear_part(s, penalty, result.m) <= 0.0) {
      result.bounded = false;
      return result;
    }
    if (asks_to_stop(observer, {stage, result.iterations, options.max_iterations, result.value})) {
      result.reason = StopReason::stopped;
      return result;
    }
  }
}

}  // namespace holdfast::optim
