#include "holdfast/certify/checker.hpp"

#include <fmt/format.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/neighbors/classifier.hpp"

namespace holdfast::certify {
namespace {

using preprocess::Step;

/// A row after the steps of the preprocessing.
RowVector preprocessed(const model::Model& model, RowVector row) {
  for (const Step& step : model.preprocessor.steps()) {
    switch (step.kind) {
      case Step::Kind::scale:
        row = (row - step.shift).cwiseProduct(step.scale);
        break;
      case Step::Kind::project:
        row = (row - step.shift) * step.map.transpose();
        break;
      case Step::Kind::unit:
        if (const double length = row.norm(); length > 0.0) row /= length;
        break;
    }
  }
  return row;
}

/// B: what L and, for raw rows, the linear part of each step make of a perturbation.
Matrix map_of_perturbations(const model::Model& model, Space space) {
  if (space == Space::preprocessed) return model.metric.map();
  Matrix linear = Matrix::Identity(model.input_dimension(), model.input_dimension());
  for (const Step& step : model.preprocessor.steps()) {
    if (step.kind == Step::Kind::scale) {
      for (Index row = 0; row < linear.rows(); ++row) linear.row(row) *= step.scale[row];
    } else {
      linear = Matrix(step.map * linear);
    }
  }
  return model.metric.map() * linear;
}

}  // namespace

/// Half-spaces normal . x >= bound with weights >= 0 on them. Whatever the weights, every x in all half-spaces has
/// x^T A x >= 2 sum w b - (sum w a)^T A^-1 (sum w a) (weak duality): that is the proof; coordinate ascent only finds
/// good weights. A is the identity outside an ellipsoid.
class Checker::Proof {
 public:
  explicit Proof(Index dimension) : point_(Vector::Zero(dimension)) {}

  /// Adds the half-space that goes by that name, once. `conjugate`: A^-1 normal.
  void add(Index name, Vector normal, Vector conjugate, double bound) {
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) return;
    names_.push_back(name);
    normals_.push_back(std::move(normal));
    conjugates_.push_back(std::move(conjugate));
    bounds_.push_back(bound);
    weights_.push_back(0.0);
  }

  void ascend() {
    for (std::size_t j = 0; j < normals_.size(); ++j) {
      const double step = (bounds_[j] - normals_[j].dot(point_)) / normals_[j].dot(conjugates_[j]);
      const double change = std::max(-weights_[j], step);
      weights_[j] += change;
      point_ += change * conjugates_[j];
    }
  }

  [[nodiscard]] const Vector& point() const { return point_; }
  /// The length that is proven.
  [[nodiscard]] double length() const {
    Vector sum = Vector::Zero(point_.size());
    Vector conjugate = Vector::Zero(point_.size());
    double value = 0.0;
    for (std::size_t j = 0; j < normals_.size(); ++j) {
      sum += weights_[j] * normals_[j];
      conjugate += weights_[j] * conjugates_[j];
      value += 2.0 * weights_[j] * bounds_[j];
    }
    return std::sqrt(std::max(0.0, value - sum.dot(conjugate)));
  }

 private:
  Vector point_;
  std::vector<Index> names_;
  std::vector<Vector> normals_;
  std::vector<Vector> conjugates_;
  std::vector<double> bounds_;
  std::vector<double> weights_;
};

Checker::Checker(const model::Model& model, ThreatModel threat, Index k)
    : model_(model), threat_(std::move(threat)), k_(k) {
  model.require_classifier("be checked");
  neighbors::require_valid_k(k, model.reference.rows());
  if (threat_.space == Space::raw && !model.is_affine()) {
    throw InputError(Fault{.field = "space",
                           .value = "raw",
                           .rule = "the model's preparation of rows is not affine, so that radii exist only after it",
                           .remedy = "use `space=preprocessed`"});
  }
  mapped_ = model.reference * model.metric.map().transpose();
  longest_row_ = mapped_.rowwise().norm().maxCoeff();
  pulled_back_ = mapped_ * map_of_perturbations(model, threat_.space);
  if (const Ellipsoid* ellipsoid = threat_.ellipsoid()) {
    inverse_ = ellipsoid->matrix().fullPivLu().inverse();
    conjugate_ = pulled_back_ * inverse_;
  }
}

RowVector Checker::map_row(const RowView& row) const {
  const RowVector prepared = threat_.space == Space::raw ? preprocessed(model_, row) : RowVector(row);
  return prepared * model_.metric.map().transpose();
}

Checker::Tested Checker::tested(const RowView& row, int label) const {
  Tested tested{row, map_row(row), {}, label};
  tested.squared_distances = (mapped_.rowwise() - tested.mapped).rowwise().squaredNorm();
  return tested;
}

int Checker::vote(const Vector& squared_distances) const {
  std::vector<std::pair<double, Index>> order;
  for (Index row = 0; row < squared_distances.size(); ++row) order.emplace_back(squared_distances[row], row);
  std::partial_sort(order.begin(), order.begin() + k_, order.end());
  const auto code = [&](Index n) {
    return model_.labels.codes[static_cast<std::size_t>(order[static_cast<std::size_t>(n)].second)];
  };
  const auto votes = [&](int of) {
    Index count = 0;
    for (Index n = 0; n < k_; ++n) count += code(n) == of ? 1 : 0;
    return count;
  };
  int winner = code(0);
  for (Index n = 1; n < k_; ++n) {
    if (votes(code(n)) > votes(winner)) winner = code(n);
  }
  return winner;
}

std::vector<int> Checker::predict(const MatrixView& rows) const {
  std::vector<int> classes;
  for (Index row = 0; row < rows.rows(); ++row) classes.push_back(vote(tested(rows.row(row), 0).squared_distances));
  return classes;
}

std::vector<std::optional<std::string>> Checker::faults(const DatasetView& data, std::span<const Claim> claims,
                                                        const Observer& observer) const {
  const std::vector<int> codes = model_.codes_of(data);
  const Matrix embedded = model_.embedding ? model_.embedding->apply(data.x) : Matrix(data.x);
  std::vector<std::optional<std::string>> faults(claims.size());
  constexpr Index stretch = 32;
  const auto total = static_cast<Index>(claims.size());
  for (Index begin = 0; begin < total; begin += stretch) {
    if (asks_to_stop(observer, {"check", begin, total, 0.0})) throw Stopped{};
    parallel_for(std::min(stretch, total - begin), 1, [&](Index from, Index to) {
      for (auto at = static_cast<std::size_t>(begin + from); at < static_cast<std::size_t>(begin + to); ++at) {
        const Claim& claim = claims[at];
        const RowVector row = threat_.space == Space::raw ? RowVector(data.x.row(claim.row))
                                                          : preprocessed(model_, embedded.row(claim.row));
        faults[at] = fault(tested(row, codes[static_cast<std::size_t>(claim.row)]), claim);
      }
    });
  }
  return faults;
}

std::optional<std::string> Checker::fault(const Tested& tested, const Claim& claim) const {
  const int predicted = vote(tested.squared_distances);
  if (claim.predicted != predicted) return "the model predicts another class for the row";
  if (predicted != tested.label) {
    if (claim.radius == 0.0) return std::nullopt;
    return fmt::format("the prediction is wrong, so that the radius is 0, not {}", claim.radius);
  }
  if (claim.radius > 0.0 && claim.kind == BoundKind::lower_bound) {
    if (auto fault = fault_of_bound(tested, claim.radius)) return fault;
  }
  if (claim.radius > 0.0 && claim.kind == BoundKind::exact) {
    if (auto fault = fault_of_exact(tested, claim.radius)) return fault;
  }
  if (claim.witness) return fault_of_witness(tested, claim);
  if (claim.kind == BoundKind::upper_bound && std::isfinite(claim.radius)) {
    return "an attack can only be checked with its adversarial row";
  }
  return std::nullopt;
}

std::optional<std::string> Checker::fault_of_witness(const Tested& tested, const Claim& claim) const {
  const RowVector& witness = *claim.witness;
  if (threat_.box &&
      ((witness.array() < threat_.box->lower.array()).any() || (witness.array() > threat_.box->upper.array()).any())) {
    return "the witness is outside the box";
  }
  const double size = threat_.measure((witness - tested.row).transpose());
  // The precision of the witness as a row of float64.
  const double rounding = 1e-11 * (1.0 + longest_row_);
  if (size > claim.radius * (1.0 + 1e-9) + rounding) {
    return fmt::format("the witness is at {}, outside the radius {}", size, claim.radius);
  }
  Tested there = this->tested(witness, tested.label);
  if (vote(there.squared_distances) != tested.label) return std::nullopt;
  // Rows of other classes by as much nearer as rounding may have put them farther.
  for (Index row = 0; row < mapped_.rows(); ++row) {
    if (model_.labels.codes[static_cast<std::size_t>(row)] == tested.label) continue;
    const double computed = there.squared_distances[row];
    there.squared_distances[row] = computed - (gap_rounded_up(there, row, row));
  }
  if (vote(there.squared_distances) != tested.label) return std::nullopt;
  return fmt::format("the witness at {} has the same prediction as the row", size);
}

double Checker::gap_rounded_up(const Tested& tested, Index l, Index i) const {
  const double to_l = tested.squared_distances[l];
  const double to_i = tested.squared_distances[i];
  const double gamma =
      static_cast<double>(mapped_.cols() + pulled_back_.cols() + 8) * std::numeric_limits<double>::epsilon();
  const double scale = longest_row_ + tested.mapped.norm();
  return to_l - to_i + gamma * (to_l + to_i + 4.0 * scale * (std::sqrt(to_l) + std::sqrt(to_i)));
}

double Checker::slope(Index l, Index i) const {
  const RowVector gradient = pulled_back_.row(l) - pulled_back_.row(i);
  if (threat_.ellipsoid() != nullptr) {
    return std::sqrt(std::max(0.0, gradient.dot(conjugate_.row(l) - conjugate_.row(i))));
  }
  switch (threat_.norm()) {
    case Norm::l1:
      return gradient.cwiseAbs().maxCoeff();
    case Norm::l2:
      return gradient.norm();
    case Norm::linf:
      return gradient.cwiseAbs().sum();
  }
  throw std::logic_error("a norm without a dual");
}

std::vector<Index> Checker::rows_of_class(const Tested& tested) const {
  std::vector<Index> rows;
  for (Index row = 0; row < mapped_.rows(); ++row) {
    if (model_.labels.codes[static_cast<std::size_t>(row)] == tested.label) rows.push_back(row);
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [&](Index a, Index b) { return tested.squared_distances[a] < tested.squared_distances[b]; });
  return rows;
}

std::optional<std::string> Checker::fault_of_bound(const Tested& tested, double radius) const {
  const Index majority = (k_ + 1) / 2;
  const std::vector<Index> same_class = rows_of_class(tested);
  Index unheld = 0;
  for (Index l = 0; l < mapped_.rows(); ++l) {
    if (model_.labels.codes[static_cast<std::size_t>(l)] == tested.label) continue;
    Index reached = 0;
    for (const Index i : same_class) {
      const double gap = gap_rounded_up(tested, l, i);
      if (reached == majority || gap <= 0.0) break;
      if (gap >= 2.0 * slope(l, i) * radius * (1.0 - 1e-9)) ++reached;
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

std::optional<std::string> Checker::fault_of_exact(const Tested& tested, double radius) const {
  const std::vector<Index> same_class = rows_of_class(tested);
  if (same_class.empty()) return std::nullopt;
  const double wanted = std::isinf(radius) ? 1e6 : radius * (1.0 - 1e-6);
  for (Index l = 0; l < mapped_.rows(); ++l) {
    if (model_.labels.codes[static_cast<std::size_t>(l)] == tested.label) continue;
    // One constraint suffices for most rows.
    const double nearest_slope = slope(l, same_class.front());
    if (nearest_slope > 0.0 && gap_rounded_up(tested, l, same_class.front()) >= 2.0 * nearest_slope * wanted) continue;
    const double proven = proven_against(tested, l, same_class, wanted);
    if (proven < wanted) {
      return fmt::format("the exact radius {} is too large: row {} can be made nearest by a perturbation of about {}",
                         radius, l, proven);
    }
  }
  return std::nullopt;
}

double Checker::proven_against(const Tested& tested, Index l, const std::vector<Index>& same_class,
                               double wanted) const {
  constexpr int most_rounds = 20'000;
  constexpr int ascents = 20;
  const Index d = pulled_back_.cols();
  const std::optional<Box> limits = threat_.limits_for(tested.row);
  const auto conjugate_of = [&](const Vector& normal) {
    return inverse_.size() > 0 ? Vector(inverse_ * normal) : normal;
  };
  Proof proof(d);
  double proven = 0.0;
  for (int round = 0; round < most_rounds; ++round) {
    // The constraint that the point violates by the longest way, over all rows of the class and the box.
    double worst = 0.0;
    Index name = 0;
    double bound = 0.0;
    const auto offer = [&](Index candidate, double product, double size, double at_least) {
      if (!(size > 0.0)) return;
      const double missing = (at_least - product) / size;
      if (missing <= worst) return;
      worst = missing;
      name = candidate;
      bound = at_least;
    };
    const Vector products = pulled_back_ * proof.point();
    for (const Index i : same_class) {
      offer(i, products[l] - products[i], slope(l, i), 0.5 * gap_rounded_up(tested, l, i));
    }
    for (Index column = 0; limits && column < d; ++column) {
      const double size = inverse_.size() > 0 ? std::sqrt(inverse_(column, column)) : 1.0;
      const double at = proof.point()[column];
      if (std::isfinite(limits->lower[column])) offer(-1 - 2 * column, at, size, limits->lower[column]);
      if (std::isfinite(limits->upper[column])) offer(-2 - 2 * column, -at, size, -limits->upper[column]);
    }
    if (worst > 0.0) {
      const Vector normal = name >= 0 ? Vector((pulled_back_.row(l) - pulled_back_.row(name)).transpose())
                                      : Vector((name % 2 != 0 ? 1.0 : -1.0) * Vector::Unit(d, (-name - 1) / 2));
      proof.add(name, normal, conjugate_of(normal), bound);
    }
    for (int ascent = 0; ascent < ascents; ++ascent) proof.ascend();
    const double before = proven;
    proven = proof.length();
    if (proven >= wanted || (worst <= 1e-9 * proven && proven - before <= 1e-12 * proven)) break;
  }
  return proven;
}

}  // namespace holdfast::certify
