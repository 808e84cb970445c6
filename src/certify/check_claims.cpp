#include "holdfast/certify/check_claims.hpp"

#include <fmt/format.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "certify/duality_proof.hpp"
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

/// A row as it is and, below, with every other combination of values of the columns that flip, in the units of the
/// threat.
Matrix variants_of(const model::Model& model, const ThreatModel& threat, const RowView& raw) {
  std::vector<RowVector> variants = {raw};
  for (const Flip& flip : threat.flips) {
    const std::size_t before = variants.size();
    for (std::size_t at = 0; at < before; ++at) {
      for (Index value = 0; value < flip.values.rows(); ++value) {
        RowVector flipped = variants[at];
        flipped(flip.features) = flip.values.row(value);
        if (flipped != variants[at]) variants.push_back(std::move(flipped));
      }
    }
  }
  if (threat.space == Space::preprocessed) {
    for (RowVector& variant : variants) variant = preprocessed(model, std::move(variant));
  }
  Matrix rows(static_cast<Index>(variants.size()), variants.front().size());
  for (std::size_t at = 0; at < variants.size(); ++at) rows.row(static_cast<Index>(at)) = variants[at];
  return rows;
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
    columns_ = changeable_columns(threat, map.cols());
    pulled_back_ = (mapped_ * linalg::scaled_by_power(map, of_map))(Eigen::all, columns_);
    inverse_ = Matrix::Identity(pulled_back_.cols(), pulled_back_.cols());
    conjugate_ = pulled_back_;
    if (threat.ellipsoid() != nullptr && !columns_.empty()) {
      inverse_ = threat.ellipsoid()->matrix()(columns_, columns_).fullPivLu().inverse();
      conjugate_ = pulled_back_ * inverse_;
    }
  }

  /// The reason why a claim about a row does not hold; nothing if it holds. `variants`: the row, and below it what the
  /// columns that flip make of it, in the units of the threat.
  [[nodiscard]] std::optional<std::string> fault(const Matrix& variants, int label, Index absent,
                                                 const Claim& claim) const {
    const int predicted = vote(tested(variants.row(0), label, absent));
    if (claim.predicted != predicted) return "the model predicts another class for the row";
    if (predicted != label) {
      if (claim.radius == 0.0) return std::nullopt;
      return fmt::format("the prediction is wrong, so that the radius is 0, not {}", claim.radius);
    }
    for (Index variant = 0; variant < variants.rows() && claim.radius > 0.0; ++variant) {
      const Tested tested = this->tested(variants.row(variant), label, absent);
      if (vote(tested) != label && claim.kind != BoundKind::upper_bound) {
        return fmt::format("a flip alone changes the prediction, so that the radius is 0, not {}", claim.radius);
      }
      if (auto fault = fault_from_below(tested, claim)) return fault;
    }
    if (claim.upper && !(claim.radius <= *claim.upper)) {
      return fmt::format("the radius {} is too large: its upper end is {}", claim.radius, *claim.upper);
    }
    if (claim.witness) {
      const std::optional<Index> variant = variant_of(*claim.witness, variants);
      if (!variant) return "the witness changes a column that the threat leaves as it is";
      return fault_of_witness(tested(variants.row(*variant), label, absent), *claim.witness,
                              claim.upper.value_or(claim.radius));
    }
    if (claim.kind == BoundKind::upper_bound && std::isfinite(claim.radius)) {
      return "an attack can only be checked with its adversarial row";
    }
    return std::nullopt;
  }

 private:
  /// The columns of the threat's space that a perturbation may change.
  [[nodiscard]] static std::vector<Index> changeable_columns(const ThreatModel& threat, Index count) {
    if (threat.perturbed) return *threat.perturbed;
    std::vector<Index> all(static_cast<std::size_t>(count));
    std::iota(all.begin(), all.end(), Index{0});
    return all;
  }

  /// The variant that a witness agrees with in all columns that no perturbation may change, to the rounding of its
  /// preparation.
  [[nodiscard]] std::optional<Index> variant_of(const RowVector& witness, const Matrix& variants) const {
    for (Index variant = 0; variant < variants.rows(); ++variant) {
      RowVector change = witness - variants.row(variant);
      const double rounding = 1e-12 * (1.0 + variants.row(variant).cwiseAbs().maxCoeff());
      for (const Index column : columns_) change[column] = 0.0;
      if (change.cwiseAbs().maxCoeff() <= rounding) return variant;
    }
    return std::nullopt;
  }

  /// The reason why the radius is more than can be proved of one variant.
  [[nodiscard]] std::optional<std::string> fault_from_below(const Tested& tested, const Claim& claim) const {
    if ((pulled_back_.array() == 0.0).all()) return std::nullopt;  // no perturbation changes a distance
    if (claim.kind == BoundKind::lower_bound) return fault_of_bound(tested, claim.radius);
    if (claim.kind == BoundKind::exact && k_ == 1 && threat_.is_euclidean()) {
      return fault_of_exact(tested, claim.radius);
    }
    return std::nullopt;
  }

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
    Vector change = Vector::Zero(witness.size());
    for (const Index column : columns_) change[column] = witness[column] - tested.row[column];
    const double size = threat_.measure(change);
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
    if (gradient.size() == 0) return 0.0;
    if (!threat_.is_euclidean()) return geometry::length(gradient.transpose(), geometry::dual(threat_.norm()));
    return conjugate_length(gradient, conjugate_.row(l) - conjugate_.row(i));
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
      const double nearest_gap = gap_rounded_up(tested, l, same_class.front());
      if (nearest_gap > 0.0 && nearest_gap >= 2.0 * slope(l, same_class.front()) * wanted) continue;
      const double proven = proven_against(tested, l, same_class, wanted);
      if (proven < wanted) {
        return fmt::format("the exact radius {} is too large: row {} can be made nearest by a perturbation of about {}",
                           radius, l, std::ldexp(proven, -perturbation_exponent_));
      }
    }
    return std::nullopt;
  }

  /// The length below which no perturbation makes row l nearest, as far as half-spaces of the rows of the class and of
  /// the box prove it; looked for up to `wanted`.
  [[nodiscard]] double proven_against(const Tested& tested, Index l, const std::vector<Index>& same_class,
                                      double wanted) const {
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
      bounds.tail(2 * d) << limits.lower(columns_).transpose(), -limits.upper(columns_).transpose();
    }
    return proven_length({std::move(normals), std::move(conjugates), std::move(bounds)}, inverse_, wanted);
  }

  const model::Model& model_;
  const ThreatModel& threat_;
  Index k_;
  int exponent_;
  int perturbation_exponent_;
  std::vector<Index> columns_;  ///< the d columns of the threat's space that may change; A is that at these
  Matrix mapped_;               ///< reference rows, n x r, times 2^exponent_
  Matrix pulled_back_;          ///< B^T of every reference row, n x d, for perturbations times 2^perturbation_exponent_
  Matrix conjugate_;            ///< A^-1 B^T of every reference row, n x d
  Matrix inverse_;              ///< A^-1, d x d; the identity outside an ellipsoid
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
      const auto tested = static_cast<std::size_t>(claim.row);
      faults[at] = checker_of[at]->fault(variants_of(model, threat, embedded.row(claim.row)), codes[tested],
                                         left_out.empty() ? -1 : left_out[tested], claim);
    });
  }
  return faults;
}

}  // namespace holdfast::certify
