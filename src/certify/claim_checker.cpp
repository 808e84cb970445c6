#include "certify/claim_checker.hpp"

#include <fmt/format.h>

#include <Eigen/LU>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "certify/check_geometry.hpp"
#include "certify/vote_recount.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/linalg/range.hpp"

namespace holdfast::certify {
namespace {

/// The share by which the radius of a definition may be too large, and that of a search.
constexpr double slack_of_bound = 1e-9;
constexpr double slack_of_exact = 1e-6;

/// The columns of the threat's space that a perturbation may change.
std::vector<Index> changeable_columns(const ThreatModel& threat, Index count) {
  if (threat.perturbed) return *threat.perturbed;
  std::vector<Index> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), Index{0});
  return all;
}

}  // namespace

ClaimChecker::ClaimChecker(const model::Model& model, const ThreatModel& threat, Index k, const Matrix& mapped,
                           std::span<const int> codes, int exponent)
    : model_(model),
      threat_(threat),
      k_(k),
      codes_(codes),
      exponent_(exponent),
      mapped_(linalg::scaled_by_power(mapped, exponent)) {
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

Finding ClaimChecker::check(const Matrix& variants, int label, Index absent, const Claim& claim) const {
  const TestedRow row = tested(variants.row(0), label, absent);
  if (!may_predict(row, claim.predicted)) return {.fault = "the model predicts another class for the row"};
  if (auto fault = fault_of_poisoning(row, claim)) return {.fault = std::move(fault)};
  if (claim.predicted == label) return of_right_prediction(variants, label, absent, claim);
  if (claim.radius == 0.0) return {};
  return {.fault = fmt::format("the prediction is wrong, so that the radius is 0, not {}", claim.radius)};
}

Finding ClaimChecker::of_right_prediction(const Matrix& variants, int label, Index absent, const Claim& claim) const {
  Finding finding;
  for (Index variant = 0; variant < variants.rows() && claim.radius > 0.0; ++variant) {
    const TestedRow tested = this->tested(variants.row(variant), label, absent);
    if (claim.kind != BoundKind::upper_bound && !may_predict(tested, label)) {
      return {.fault =
                  fmt::format("a flip alone changes the prediction, so that the radius is 0, not {}", claim.radius)};
    }
    check_from_below(tested, claim, finding);
    if (finding.fault) return finding;
  }
  check_from_above(variants, label, absent, claim, finding);
  return finding;
}

/// Whether the radius is more than can be proved of one variant.
void ClaimChecker::check_from_below(const TestedRow& tested, const Claim& claim, Finding& finding) const {
  if ((pulled_back_.array() == 0.0).all()) return;  // no perturbation changes a distance
  switch (claim.kind) {
    case BoundKind::lower_bound: finding.fault = fault_of_bound(tested, claim.radius, slack_of_bound); break;
    case BoundKind::upper_bound: break;  // promises nothing from below
    case BoundKind::exact: check_exact(tested, claim.radius, finding); break;
  }
}

void ClaimChecker::check_from_above(const Matrix& variants, int label, Index absent, const Claim& claim,
                                    Finding& finding) const {
  const double upper = claim.upper.value_or(claim.radius);
  if (!(claim.radius <= upper)) {
    finding.fault = fmt::format("the radius {} is too large: its upper end is {}", claim.radius, upper);
  } else if (claim.witness) {
    const std::optional<Index> variant = variant_of(*claim.witness, variants);
    finding.fault = variant ? fault_of_witness(tested(variants.row(*variant), label, absent), *claim.witness, upper)
                            : "the witness changes a column that the threat leaves as it is";
  } else if (claim.kind == BoundKind::upper_bound && std::isfinite(upper)) {
    finding.fault = "an attack can only be checked with its adversarial row";
  } else {
    finding.upper_open = claim.kind == BoundKind::exact && std::isfinite(upper);
  }
}

/// The variant that a witness agrees with in all columns that no perturbation may change, to the rounding of its
/// preparation.
std::optional<Index> ClaimChecker::variant_of(const RowVector& witness, const Matrix& variants) const {
  for (Index variant = 0; variant < variants.rows(); ++variant) {
    RowVector change = witness - variants.row(variant);
    const double rounding = 1e-12 * (1.0 + variants.row(variant).cwiseAbs().maxCoeff());
    for (const Index column : columns_) change[column] = 0.0;
    if (change.cwiseAbs().maxCoeff() <= rounding) return variant;
  }
  return std::nullopt;
}

TestedRow ClaimChecker::tested(const RowView& row, int label, Index absent) const {
  const RowVector prepared = threat_.space == Space::raw ? preprocessed(model_, row) : RowVector(row);
  const RowVector mapped = linalg::scaled_by_power(RowVector(prepared * model_.metric.map().transpose()), exponent_);
  return {row, mapped, (mapped_.rowwise() - mapped).rowwise().squaredNorm(), label, absent};
}

/// All reference rows that take part, nearest first.
std::vector<Index> ClaimChecker::by_distance(const TestedRow& tested) const {
  std::vector<Index> rows(static_cast<std::size_t>(tested.squared_distances.size()));
  std::iota(rows.begin(), rows.end(), Index{0});
  std::erase(rows, tested.absent);
  std::ranges::stable_sort(rows, {}, [&](Index row) { return tested.squared_distances[row]; });
  return rows;
}

std::vector<int> ClaimChecker::classes_by_distance(const TestedRow& tested) const {
  std::vector<int> classes;
  for (const Index row : by_distance(tested)) classes.push_back(code(row));
  return classes;
}

/// Rows of the class of the row under test, nearest first.
std::vector<Index> ClaimChecker::same_class(const TestedRow& tested) const {
  std::vector<Index> rows = by_distance(tested);
  std::erase_if(rows, [&](Index row) { return code(row) != tested.label; });
  return rows;
}

/// The row with the reference rows of a class nearer by a share of what rounding may have put them farther, or farther
/// for a share below 0.
TestedRow ClaimChecker::moved_nearer(TestedRow tested, int name, double share) const {
  for (Index row = 0; row < mapped_.rows(); ++row) {
    if (code(row) == name) tested.squared_distances[row] -= share * rounding_of_gap(tested, row, row);
  }
  return tested;
}

/// Whether a class wins the vote, or would if rounding had not put its rows farther.
bool ClaimChecker::may_predict(const TestedRow& tested, int name) const {
  return recounted_vote(classes_by_distance(tested), k_) == name ||
         recounted_vote(classes_by_distance(moved_nearer(tested, name, 1.0)), k_) == name;
}

std::optional<std::string> ClaimChecker::fault_of_poisoning(const TestedRow& tested, const Claim& claim) const {
  if (!claim.poisoning) return std::nullopt;
  const Poisoning& claimed = *claim.poisoning;
  if (claim.predicted != tested.label) {
    if (claimed == Poisoning{}) return std::nullopt;
    return "the prediction is wrong, so that no reference row need change";
  }
  const std::array<double, 3> shares = {0.0, 1.0, -1.0};  // rows of the class where they are, nearer, farther
  std::vector<std::vector<int>> orders;
  for (const double share : shares) {
    std::vector<int> classes = classes_by_distance(moved_nearer(tested, tested.label, share));
    if (recounted_vote(classes, k_) == claim.predicted) orders.push_back(std::move(classes));
  }
  const auto fault = [&](ReferenceChange kind, Index count, const char* name) -> std::optional<std::string> {
    const auto holds = [&](const auto& classes) { return is_least_number(kind, classes, k_, claim.predicted, count); };
    if (std::ranges::any_of(orders, holds)) return std::nullopt;
    return fmt::format("{} is not the least number of {} that changes the prediction",
                       count == Poisoning::never ? "inf" : std::to_string(count), name);
  };
  if (auto wrong = fault(ReferenceChange::insertion, claimed.insertions, "insertions")) return wrong;
  if (auto wrong = fault(ReferenceChange::deletion, claimed.deletions, "deletions")) return wrong;
  return fault(ReferenceChange::relabeling, claimed.relabelings, "relabelings");
}

std::optional<std::string> ClaimChecker::fault_of_witness(const TestedRow& tested, const RowVector& witness,
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
  const TestedRow there = this->tested(witness, tested.label, tested.absent);
  for (const double share : {0.0, -1.0}) {
    const std::vector<int> classes = classes_by_distance(moved_nearer(there, tested.label, share));
    if (recounted_vote(classes, k_) != tested.label) return std::nullopt;
  }
  return fmt::format("the witness at {} has the same prediction as the row", size);
}

/// A bound on the rounding error of D2(z, x_l) - D2(z, x_i).
double ClaimChecker::rounding_of_gap(const TestedRow& tested, Index l, Index i) const {
  const double to_l = tested.squared_distances[l];
  const double to_i = tested.squared_distances[i];
  const double gamma =
      static_cast<double>(mapped_.cols() + pulled_back_.cols() + 8) * std::numeric_limits<double>::epsilon();
  const double scale = longest_row_ + tested.mapped.norm();
  return gamma * (to_l + to_i + 4.0 * scale * (std::sqrt(to_l) + std::sqrt(to_i)));
}

/// D2(z, x_l) - D2(z, x_i), and no less than it can be within rounding.
double ClaimChecker::gap_rounded_up(const TestedRow& tested, Index l, Index i) const {
  return tested.squared_distances[l] - tested.squared_distances[i] + rounding_of_gap(tested, l, i);
}

/// |B^T (z_l - z_i)| in the dual norm.
double ClaimChecker::slope(Index l, Index i) const {
  const RowVector gradient = pulled_back_.row(l) - pulled_back_.row(i);
  if (gradient.size() == 0) return 0.0;
  if (!threat_.is_euclidean()) return geometry::length(gradient.transpose(), geometry::dual(threat_.norm()));
  return conjugate_length(gradient, conjugate_.row(l) - conjugate_.row(i));
}

/// A radius in the units of pulled_back_; only an infinite one is infinite there.
double ClaimChecker::scaled(double radius) const {
  const double scaled = std::ldexp(radius, perturbation_exponent_);
  return std::isinf(radius) ? radius : std::min(scaled, std::numeric_limits<double>::max());
}

/// Whether pairs of rows prove the radius, up to the share `slack`.
std::optional<std::string> ClaimChecker::fault_of_bound(const TestedRow& tested, double radius, double slack) const {
  const Index majority = (k_ + 1) / 2;
  const std::vector<Index> same_class = this->same_class(tested);
  Index unheld = 0;
  for (Index l = 0; l < mapped_.rows(); ++l) {
    if (l == tested.absent || code(l) == tested.label) continue;
    Index reached = 0;
    for (const Index i : same_class) {
      const double gap = gap_rounded_up(tested, l, i);
      if (reached == majority || gap <= 0.0) break;
      if (gap >= 2.0 * slope(l, i) * scaled(radius) * (1.0 - slack)) ++reached;
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

/// The lower end of an exact radius: for k = 1 by duality against each row of another class. For other k only pairs of
/// rows prove it, where they reach it.
void ClaimChecker::check_exact(const TestedRow& tested, double radius, Finding& finding) const {
  if (k_ == 1) {
    check_by_duality(tested, radius, finding);
  } else if (fault_of_bound(tested, radius, slack_of_exact)) {
    finding.lower_open = true;
  }
}

void ClaimChecker::check_by_duality(const TestedRow& tested, double radius, Finding& finding) const {
  const std::vector<Index> same_class = this->same_class(tested);
  if (same_class.empty()) return;
  const double wanted = std::isinf(radius) ? 1e6 : scaled(radius) * (1.0 - slack_of_exact);
  if (!(wanted > 0.0)) return;
  for (Index l = 0; l < mapped_.rows(); ++l) {
    if (l == tested.absent || code(l) == tested.label) continue;
    // One constraint suffices for most rows.
    const double nearest_gap = gap_rounded_up(tested, l, same_class.front());
    if (nearest_gap > 0.0 && nearest_gap >= 2.0 * slope(l, same_class.front()) * wanted) continue;
    const ProvenLength proven = proven_against(tested, l, same_class, wanted);
    if (proven.length >= wanted) continue;
    if (!proven.is_reached) {
      finding.lower_open = true;
      continue;
    }
    finding.fault =
        fmt::format("the exact radius {} is too large: row {} can be made nearest by a perturbation of about {}",
                    radius, l, std::ldexp(proven.length, -perturbation_exponent_));
    return;
  }
}

/// The length below which no perturbation makes row l nearest, as far as half-spaces of the rows of the class and of
/// the box prove it; looked for up to `wanted`.
ProvenLength ClaimChecker::proven_against(const TestedRow& tested, Index l, const std::vector<Index>& same_class,
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
  if (!threat_.is_euclidean()) return proven_length(std::move(normals), std::move(bounds), threat_.norm(), wanted);
  // Coordinate ascent ends near the point that is nearest.
  return {proven_length({std::move(normals), std::move(conjugates), std::move(bounds)}, inverse_, wanted), true};
}

std::optional<std::string> ClaimChecker::fault_of_nearest(const RowView& row, Index absent,
                                                          const NearestClaim& claim) const {
  const TestedRow tested = this->tested(row, 0, absent);
  const double radius = scaled(claim.radius);
  std::vector<Index> others = by_distance(tested);
  std::erase(others, claim.nearest);
  bool is_reached = false;
  for (const Index l : others) {
    const double gap = gap_rounded_up(tested, l, claim.nearest);
    if (gap < 0.0) return fmt::format("row {} is nearer than row {}", l, claim.nearest);
    const double slope = this->slope(l, claim.nearest);
    const double needed = slope > 0.0 ? 2.0 * slope * radius : 0.0;
    if (gap < needed * (1.0 - slack_of_bound)) {
      return fmt::format("the radius {} of the nearest row is too large: row {} is nearer within it", claim.radius, l);
    }
    // Twice the rounding error of both sides.
    const double least_gap = gap - 4.0 * rounding_of_gap(tested, l, claim.nearest);
    is_reached = is_reached || least_gap <= needed * (1.0 + slack_of_exact);
  }
  if (!claim.is_exact || others.empty() || is_reached || std::isinf(claim.radius)) return std::nullopt;
  return fmt::format("the radius {} of the nearest row is too small: no row is nearer just beyond it", claim.radius);
}

ClaimCheckers::ClaimCheckers(const model::Model& model, const ThreatModel& threat, Index k, Matrix mapped,
                             std::vector<int> codes)
    : model_(model),
      threat_(threat),
      k_(k),
      mapped_(std::move(mapped)),
      codes_(std::move(codes)),
      largest_(linalg::largest_size(mapped_)) {}

const ClaimChecker& ClaimCheckers::of(const RowView& mapped) {
  const int exponent = linalg::range_exponent(std::max(largest_, linalg::largest_size(mapped)));
  return by_exponent_.try_emplace(exponent, model_, threat_, k_, mapped_, codes_, exponent).first->second;
}

void for_each_claim(Index count, const Observer& observer, const std::function<void(Index)>& call) {
  constexpr Index stretch = 32;
  for (Index begin = 0; begin < count; begin += stretch) {
    if (asks_to_stop(observer, {"check", begin, count, 0.0})) throw Stopped{};
    parallel_chunks(std::min(stretch, count - begin), [&](Index chunk) { call(begin + chunk); });
  }
}

}  // namespace holdfast::certify
