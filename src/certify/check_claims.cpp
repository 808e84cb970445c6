#include "holdfast/certify/check_claims.hpp"

#include <fmt/format.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "holdfast/certify/certified_knn.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/linalg/range.hpp"
#include "holdfast/neighbors/classifier.hpp"

namespace holdfast::certify {
namespace {

using preprocess::Step;

/// A row after the steps of the preprocessing.
RowVector preprocessed(const model::Model& model, RowVector row) {
  for (const Step& step : model.preprocessor.steps()) {
    switch (step.kind) {
      case Step::Kind::scale: row = (row - step.shift).cwiseProduct(step.scale); break;
      case Step::Kind::project: row = (row - step.shift) * step.map.transpose(); break;
      case Step::Kind::unit:
        if (const double largest = row.cwiseAbs().maxCoeff(); largest > 0.0) row = (row / largest).normalized();
        break;
    }
  }
  return row;
}

/// B: the product of L and, for raw rows, the linear part of each step.
Matrix map_of_perturbations(const model::Model& model, Space space) {
  if (space == Space::preprocessed) return model.metric.map();
  Matrix linear = Matrix::Identity(model.input_dimension(), model.input_dimension());
  for (const Step& step : model.preprocessor.steps()) {
    linear = step.kind == Step::Kind::scale ? Matrix(step.scale.asDiagonal() * linear) : Matrix(step.map * linear);
  }
  return model.metric.map() * linear;
}

/// A row under test: in the units of the threat, mapped, its distances to the reference rows, its class, and the
/// reference row that is absent (-1: none).
struct Tested {
  RowVector row;
  RowVector mapped;
  Vector squared_distances;
  int label;
  Index absent;
};

class Checker {
 public:
  /// Mapped rows times 2^exponent are the checker's: their squares are in range.
  Checker(const model::Model& model, const ThreatModel& threat, Index k, int exponent)
      : model_(model), threat_(threat), k_(k), exponent_(exponent) {
    mapped_ = linalg::scaled_by_power(Matrix(model.reference * model.metric.map().transpose()), exponent);
    longest_row_ = mapped_.rowwise().norm().maxCoeff();
    const Matrix map = map_of_perturbations(model, threat.space);
    const int of_map = linalg::range_exponent(linalg::largest_size(map));
    perturbation_exponent_ = exponent - of_map;
    pulled_back_ = mapped_ * linalg::scaled_by_power(map, of_map);
    inverse_ = Matrix::Identity(pulled_back_.cols(), pulled_back_.cols());
    conjugate_ = pulled_back_;
    if (const Ellipsoid* ellipsoid = threat.ellipsoid()) {
      inverse_ = ellipsoid->matrix().fullPivLu().inverse();
      conjugate_ = pulled_back_ * inverse_;
    }
  }

  /// The reason why a claim about a row, in the units of the threat, does not hold; nothing if it holds.
  [[nodiscard]] std::optional<std::string> fault(const RowView& row, int label, Index absent,
                                                 const Claim& claim) const {
    const Tested tested = this->tested(row, label, absent);
    const int predicted = vote(tested);
    if (claim.predicted != predicted) return "the model predicts another class for the row";
    if (predicted != label) {
      if (claim.radius == 0.0) return std::nullopt;
      return fmt::format("the prediction is wrong, so that the radius is 0, not {}", claim.radius);
    }
    if (claim.radius > 0.0 && claim.kind == BoundKind::lower_bound) {
      if (auto fault = fault_of_bound(tested, claim.radius)) return fault;
    }
    if (claim.radius > 0.0 && claim.kind == BoundKind::exact && k_ == 1 && threat_.is_euclidean()) {
      if (auto fault = fault_of_exact(tested, claim.radius)) return fault;
    }
    if (claim.upper && !(claim.radius <= *claim.upper)) {
      return fmt::format("the radius {} is too large: its upper end is {}", claim.radius, *claim.upper);
    }
    if (claim.witness) return fault_of_witness(tested, *claim.witness, claim.upper.value_or(claim.radius));
    if (claim.kind == BoundKind::upper_bound && std::isfinite(claim.radius)) {
      return "an attack can only be checked with its adversarial row";
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] Tested tested(const RowView& row, int label, Index absent) const {
    const RowVector prepared = threat_.space == Space::raw ? preprocessed(model_, row) : RowVector(row);
    const RowVector mapped = linalg::scaled_by_power(RowVector(prepared * model_.metric.map().transpose()), exponent_);
    return {row, mapped, (mapped_.rowwise() - mapped).rowwise().squaredNorm(), label, absent};
  }

  [[nodiscard]] int code(Index row) const { return model_.labels.codes[static_cast<std::size_t>(row)]; }

  /// All reference rows that take part, nearest first.
  [[nodiscard]] static std::vector<Index> by_distance(const Tested& tested) {
    std::vector<Index> rows(static_cast<std::size_t>(tested.squared_distances.size()));
    std::iota(rows.begin(), rows.end(), Index{0});
    std::erase(rows, tested.absent);
    std::ranges::stable_sort(rows, {}, [&](Index row) { return tested.squared_distances[row]; });
    return rows;
  }

  /// A majority of the k nearest; a tie goes to the class of the nearest.
  [[nodiscard]] int vote(const Tested& tested) const {
    const std::vector<Index> rows = by_distance(tested);
    std::map<int, Index> votes;
    Index most = 0;
    for (Index n = 0; n < k_; ++n) most = std::max(most, ++votes[code(rows[static_cast<std::size_t>(n)])]);
    return code(*std::ranges::find_if(rows, [&](Index row) { return votes[code(row)] == most; }));
  }

  /// Whether a reference row takes part and is of another class than the row under test.
  [[nodiscard]] bool is_other_class(Index row, const Tested& tested) const {
    return row != tested.absent && code(row) != tested.label;
  }

  /// Rows of the class of the row under test, nearest first.
  [[nodiscard]] std::vector<Index> same_class(const Tested& tested) const {
    std::vector<Index> rows = by_distance(tested);
    std::erase_if(rows, [&](Index row) { return code(row) != tested.label; });
    return rows;
  }

  [[nodiscard]] std::optional<std::string> fault_of_witness(const Tested& tested, const RowVector& witness,
                                                            double radius) const {
    if (threat_.box && threat_.box->clamp(witness) != witness) return "the witness is outside the box";
    const double size = threat_.measure((witness - tested.row).transpose());
    // The precision of the witness as a row of float64.
    const double rounding = std::ldexp(1e-11 * (1.0 + longest_row_), -perturbation_exponent_);
    if (size > radius * (1.0 + 1e-9) + rounding) {
      return fmt::format("the witness is at {}, outside the radius {}", size, radius);
    }
    Tested there = this->tested(witness, tested.label, tested.absent);
    if (vote(there) != tested.label) return std::nullopt;
    // Rounding may have put rows of other classes this much farther.
    for (Index row = 0; row < mapped_.rows(); ++row) {
      if (code(row) != tested.label) there.squared_distances[row] -= gap_rounded_up(there, row, row);
    }
    if (vote(there) != tested.label) return std::nullopt;
    return fmt::format("the witness at {} has the same prediction as the row", size);
  }

  /// D2(z, x_l) - D2(z, x_i), and no less than it can be within rounding.
  [[nodiscard]] double gap_rounded_up(const Tested& tested, Index l, Index i) const {
    const double to_l = tested.squared_distances[l];
    const double to_i = tested.squared_distances[i];
    const double gamma =
        static_cast<double>(mapped_.cols() + pulled_back_.cols() + 8) * std::numeric_limits<double>::epsilon();
    const double scale = longest_row_ + tested.mapped.norm();
    return to_l - to_i + gamma * (to_l + to_i + 4.0 * scale * (std::sqrt(to_l) + std::sqrt(to_i)));
  }

  /// |B^T (z_l - z_i)| in the dual norm.
  [[nodiscard]] double slope(Index l, Index i) const {
    const RowVector gradient = pulled_back_.row(l) - pulled_back_.row(i);
    if (!threat_.is_euclidean()) return geometry::length(gradient.transpose(), geometry::dual(threat_.norm()));
    return length_of(gradient, conjugate_.row(l) - conjugate_.row(i));
  }

  /// sqrt(normal . conjugate), where conjugate = A^-1 normal.
  [[nodiscard]] static double length_of(const RowVector& normal, const RowVector& conjugate) {
    const double squared = normal.dot(conjugate);
    if (squared > 1e-250 && squared < 1e250) return std::sqrt(squared);
    const double largest = normal.cwiseAbs().maxCoeff();
    const double largest_conjugate = conjugate.cwiseAbs().maxCoeff();
    if (!(largest > 0.0 && largest_conjugate > 0.0)) return 0.0;
    return std::sqrt(largest) * std::sqrt(largest_conjugate) *
           std::sqrt(std::max(0.0, (normal / largest).dot(conjugate / largest_conjugate)));
  }

  /// A radius in the units of pulled_back_; only an infinite one is infinite there.
  [[nodiscard]] double scaled(double radius) const {
    const double scaled = std::ldexp(radius, perturbation_exponent_);
    return std::isinf(radius) ? radius : std::min(scaled, std::numeric_limits<double>::max());
  }

  [[nodiscard]] std::optional<std::string> fault_of_bound(const Tested& tested, double radius) const {
    const Index majority = (k_ + 1) / 2;
    const std::vector<Index> same_class = this->same_class(tested);
    Index unheld = 0;
    for (Index l = 0; l < mapped_.rows(); ++l) {
      if (!is_other_class(l, tested)) continue;
      Index reached = 0;
      for (const Index i : same_class) {
        const double gap = gap_rounded_up(tested, l, i);
        if (reached == majority || gap <= 0.0) break;
        if (gap >= 2.0 * slope(l, i) * scaled(radius) * (1.0 - 1e-9)) ++reached;
      }
      if (reached < majority && ++unheld == majority) {
        return fmt::format(
            "the lower bound {} is too large: {} rows of other classes, row {} among them, may pass all but "
            "{} rows of the class within it",
            radius, majority, l, majority - 1);
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<std::string> fault_of_exact(const Tested& tested, double radius) const {
    const std::vector<Index> same_class = this->same_class(tested);
    if (same_class.empty()) return std::nullopt;
    const double wanted = std::isinf(radius) ? 1e6 : scaled(radius) * (1.0 - 1e-6);
    if (!(wanted > 0.0)) return std::nullopt;
    for (Index l = 0; l < mapped_.rows(); ++l) {
      if (!is_other_class(l, tested)) continue;
      // One constraint suffices for most rows.
      const double nearest_slope = slope(l, same_class.front());
      if (nearest_slope > 0.0 && gap_rounded_up(tested, l, same_class.front()) >= 2.0 * nearest_slope * wanted)
        continue;
      const double proven = proven_against(tested, l, same_class, wanted);
      if (proven < wanted) {
        return fmt::format("the exact radius {} is too large: row {} can be made nearest by a perturbation of about {}",
                           radius, l, std::ldexp(proven, -perturbation_exponent_));
      }
    }
    return std::nullopt;
  }

  /// The length below which no perturbation makes row l nearest; stops once that reaches `wanted`. The half-spaces
  /// normal . delta >= bound of the rows of the class and of the box get weights w >= 0. Whatever the weights, every
  /// delta in all half-spaces has delta^T A delta >= 2 sum w b - (sum w a)^T A^-1 (sum w a) (weak duality): that is the
  /// proof; coordinate ascent only finds good weights. A is the identity outside an ellipsoid. Normals have length 1
  /// and lengths are relative to `wanted`, so that no square leaves the range of float64.
  [[nodiscard]] double proven_against(const Tested& tested, Index l, const std::vector<Index>& same_class,
                                      double wanted) const {
    constexpr int most_rounds = 20'000;
    constexpr int ascents = 20;
    const Index d = pulled_back_.cols();
    const auto rivals = static_cast<Index>(same_class.size());
    const Index count = rivals + (threat_.box ? 2 * d : 0);
    Matrix normals(count, d);
    Matrix conjugates(count, d);  // A^-1 normal
    Vector bounds(count);
    for (Index n = 0; n < rivals; ++n) {
      const Index i = same_class[static_cast<std::size_t>(n)];
      normals.row(n) = pulled_back_.row(l) - pulled_back_.row(i);
      conjugates.row(n) = conjugate_.row(l) - conjugate_.row(i);
      bounds[n] = 0.5 * gap_rounded_up(tested, l, i);
    }
    if (threat_.box) {
      Box limits = threat_.box->around(tested.row);
      limits.lower = linalg::scaled_by_power(limits.lower, perturbation_exponent_);
      limits.upper = linalg::scaled_by_power(limits.upper, perturbation_exponent_);
      normals.bottomRows(2 * d) << Matrix::Identity(d, d), -Matrix::Identity(d, d);
      conjugates.bottomRows(2 * d) << inverse_, -inverse_;
      bounds.tail(2 * d) << limits.lower.transpose(), -limits.upper.transpose();
    }
    // A half-space without a normal, or of a limit at infinity, is never violated.
    constexpr double never = std::numeric_limits<double>::lowest();
    for (Index n = 0; n < count; ++n) {
      const double length = length_of(normals.row(n), conjugates.row(n));
      bounds[n] = length > 0.0 ? std::max(bounds[n] / length / wanted, never) : never;
      if (!(length > 0.0)) continue;
      normals.row(n) /= length;
      conjugates.row(n) /= length;
    }

    Vector weights = Vector::Zero(count);
    Vector point = Vector::Zero(d);
    std::vector<Index> active;
    double proven = 0.0;
    for (int round = 0; round < most_rounds; ++round) {
      Index worst = 0;
      const double missing = (bounds - normals * point).maxCoeff(&worst);
      if (missing > 0.0 && std::ranges::find(active, worst) == active.end()) active.push_back(worst);
      for (int ascent = 0; ascent < ascents; ++ascent) {
        for (const Index j : active) {
          const double step = bounds[j] - normals.row(j).dot(point);
          const double change = std::max(-weights[j], step);
          weights[j] += change;
          point += change * conjugates.row(j).transpose();
        }
      }
      const double before = proven;
      const Vector normal = normals.transpose() * weights;
      proven = std::sqrt(std::max(0.0, 2.0 * weights.dot(bounds) - normal.dot(inverse_ * normal)));
      if (proven >= 1.0 || (missing <= 1e-9 * proven && proven - before <= 1e-12 * proven)) break;
    }
    return proven >= 1.0 ? wanted : proven * wanted;
  }

  const model::Model& model_;
  const ThreatModel& threat_;
  Index k_;
  int exponent_;
  int perturbation_exponent_;
  Matrix mapped_;       ///< reference rows, n x r, times 2^exponent_
  Matrix pulled_back_;  ///< B^T of every reference row, n x d, for perturbations times 2^perturbation_exponent_
  Matrix conjugate_;    ///< A^-1 B^T of every reference row, n x d
  Matrix inverse_;      ///< A^-1, d x d; the identity outside an ellipsoid
  double longest_row_ = 0.0;
};

}  // namespace

std::vector<std::optional<std::string>> check_claims(const model::Model& model, const ThreatModel& threat, Index k,
                                                     const DatasetView& data, std::span<const Claim> claims,
                                                     std::span<const Index> left_out, const Observer& observer) {
  model.require_classifier("be checked");
  neighbors::require_valid_k(k, model.reference.rows() - (left_out.empty() ? 0 : 1));
  require_space(model, threat.space);
  const std::vector<int> codes = model.codes_of(data);
  const Matrix embedded = model.embedding ? model.embedding->apply(data.x) : Matrix(data.x);
  // One checker per power of two that brings the squares of a row and of the reference rows into range: mostly none.
  const double of_reference = linalg::largest_size(Matrix(model.reference * model.metric.map().transpose()));
  std::map<int, Checker> checkers;
  std::vector<const Checker*> checker_of;
  for (const Claim& claim : claims) {
    const RowVector mapped = preprocessed(model, embedded.row(claim.row)) * model.metric.map().transpose();
    const int exponent = linalg::range_exponent(std::max(of_reference, linalg::largest_size(mapped)));
    checker_of.push_back(&checkers.try_emplace(exponent, model, threat, k, exponent).first->second);
  }
  std::vector<std::optional<std::string>> faults(claims.size());
  constexpr Index stretch = 32;
  const auto total = static_cast<Index>(claims.size());
  for (Index begin = 0; begin < total; begin += stretch) {
    if (asks_to_stop(observer, {"check", begin, total, 0.0})) throw Stopped{};
    parallel_chunks(std::min(stretch, total - begin), [&](Index chunk) {
      const auto at = static_cast<std::size_t>(begin + chunk);
      const Claim& claim = claims[at];
      const RowVector row = threat.space == Space::raw ? RowVector(embedded.row(claim.row))
                                                       : preprocessed(model, embedded.row(claim.row));
      const auto tested = static_cast<std::size_t>(claim.row);
      faults[at] = checker_of[at]->fault(row, codes[tested], left_out.empty() ? -1 : left_out[tested], claim);
    });
  }
  return faults;
}

}  // namespace holdfast::certify
