#include "holdfast/certify/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace holdfast::certify {
namespace {

double dual_length(const RowVector& gradient, Norm norm) {
  switch (norm) {
    case Norm::l1:
      return gradient.cwiseAbs().maxCoeff();
    case Norm::linf:
      return gradient.cwiseAbs().sum();
    case Norm::l2:
    case Norm::ellipsoid:
      break;
  }
  return gradient.norm();
}

/// Half-spaces normal . x >= bound with weights >= 0 on them. Whatever the weights, every x in all half-spaces has
/// |x|^2 >= 2 sum w b - |sum w a|^2 (weak duality): that is the proof; coordinate ascent only finds good weights.
class Proof {
 public:
  explicit Proof(Index dimension) : point_(Vector::Zero(dimension)) {}

  /// Adds the half-space that goes by that name, once.
  void add(Index name, Vector normal, double bound) {
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) return;
    names_.push_back(name);
    normals_.push_back(std::move(normal));
    bounds_.push_back(bound);
    weights_.push_back(0.0);
  }

  void ascend() {
    for (std::size_t j = 0; j < normals_.size(); ++j) {
      const double step = (bounds_[j] - normals_[j].dot(point_)) / normals_[j].squaredNorm();
      const double change = std::max(-weights_[j], step);
      weights_[j] += change;
      point_ += change * normals_[j];
    }
  }

  [[nodiscard]] const Vector& point() const { return point_; }
  /// The length that is proven.
  [[nodiscard]] double length() const {
    Vector sum = Vector::Zero(point_.size());
    double value = 0.0;
    for (std::size_t j = 0; j < normals_.size(); ++j) {
      sum += weights_[j] * normals_[j];
      value += 2.0 * weights_[j] * bounds_[j];
    }
    return std::sqrt(std::max(0.0, value - sum.squaredNorm()));
  }

 private:
  Vector point_;
  std::vector<Index> names_;
  std::vector<Vector> normals_;
  std::vector<double> bounds_;
  std::vector<double> weights_;
};

}  // namespace

Checker::Checker(const PerturbedClassifier& classifier, Index k, Norm norm)
    : classifier_(classifier), k_(k), norm_(norm), pulled_back_(classifier.mapped() * classifier.map()) {
  classifier_.require_norm(norm);
}

Vector Checker::squared_distances(const RowView& point) const {
  return (classifier_.mapped().rowwise() - point).rowwise().squaredNorm();
}

int Checker::predict(const RowView& point) const {
  const Vector distances = squared_distances(point);
  std::vector<std::pair<double, Index>> order;
  for (Index row = 0; row < distances.size(); ++row) order.emplace_back(distances[row], row);
  std::partial_sort(order.begin(), order.begin() + k_, order.end());
  const auto votes = [&](int code) {
    return std::count_if(order.begin(), order.begin() + k_, [&](const auto& at) {
      return classifier_.codes()[static_cast<std::size_t>(at.second)] == code;
    });
  };
  int winner = classifier_.codes()[static_cast<std::size_t>(order.front().second)];
  for (Index n = 1; n < k_; ++n) {
    const int code = classifier_.codes()[static_cast<std::size_t>(order[static_cast<std::size_t>(n)].second)];
    if (votes(code) > votes(winner)) winner = code;
  }
  return winner;
}

std::optional<std::string> Checker::fault(const RowView& query, int label, const Claim& claim,
                                          const Box* limits) const {
  if (claim.radius > 0.0 && predict(query) != label) {
    return fmt::format("the radius is {}, but the row is predicted as another class already", claim.radius);
  }
  if (claim.radius > 0.0 && claim.kind == BoundKind::lower_bound) {
    if (auto fault = fault_of_bound(query, label, claim.radius)) return fault;
  }
  if (claim.radius > 0.0 && claim.kind == BoundKind::exact) {
    if (auto fault = fault_of_exact(query, label, claim.radius, limits)) return fault;
  }
  return claim.change ? fault_of_witness(label, claim) : std::nullopt;
}

std::optional<std::string> Checker::fault_of_witness(int label, const Claim& claim) const {
  const double size = length(classifier_.measured(*claim.change), norm_);
  // What the witness loses as a row of float64.
  const double rounding = 1e-11 * (1.0 + classifier_.longest_row());
  if (size > claim.radius * (1.0 + 1e-9) + rounding) {
    return fmt::format("the witness is at {}, outside the radius {}", size, claim.radius);
  }
  if (predict(*claim.mapped_witness) == label) {
    return fmt::format("the witness at {} has the same prediction as the row", size);
  }
  return std::nullopt;
}

std::optional<std::string> Checker::fault_of_bound(const RowView& query, int label, double radius) const {
  const Vector distances = squared_distances(query);
  const auto majority = (k_ + 1) / 2;
  std::vector<std::pair<double, Index>> own;
  for (Index row = 0; row < distances.size(); ++row) {
    if (classifier_.codes()[static_cast<std::size_t>(row)] == label) own.emplace_back(distances[row], row);
  }
  std::sort(own.begin(), own.end());
  Index unheld = 0;
  for (Index l = 0; l < distances.size(); ++l) {
    if (classifier_.codes()[static_cast<std::size_t>(l)] == label) continue;
    Index reached = 0;
    for (const auto& [distance, i] : own) {
      const double gap = distances[l] - distance;
      if (reached == majority || gap <= 0.0) break;
      const double slope = dual_length(pulled_back_.row(l) - pulled_back_.row(i), norm_);
      if (gap >= 2.0 * slope * radius * (1.0 - 1e-9)) ++reached;
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

std::optional<std::string> Checker::fault_of_exact(const RowView& query, int label, double radius,
                                                   const Box* limits) const {
  constexpr int most_rounds = 20'000;
  constexpr int ascents = 20;
  const Vector distances = squared_distances(query);
  std::vector<std::pair<double, Index>> own;
  for (Index row = 0; row < distances.size(); ++row) {
    if (classifier_.codes()[static_cast<std::size_t>(row)] == label) own.emplace_back(distances[row], row);
  }
  if (own.empty()) return std::nullopt;
  std::sort(own.begin(), own.end());
  const double wanted = std::isinf(radius) ? 1e6 : radius * (1.0 - 1e-6);
  for (Index l = 0; l < distances.size(); ++l) {
    if (classifier_.codes()[static_cast<std::size_t>(l)] == label) continue;
    // One constraint suffices for most rows.
    const double nearest_slope = (pulled_back_.row(l) - pulled_back_.row(own.front().second)).norm();
    if (distances[l] - own.front().first >= 2.0 * nearest_slope * wanted && nearest_slope > 0.0) continue;
    Proof proof(classifier_.map().cols());
    double proven = 0.0;
    for (int round = 0; round < most_rounds; ++round) {
      // The constraint that the point violates by the longest way, over all rows of the class and the box.
      double worst = 0.0;
      Index name = 0;
      Vector normal;
      double bound = 0.0;
      const auto offer = [&](Index candidate_name, const Vector& candidate, double at_least) {
        const double size = candidate.norm();
        if (!(size > 0.0)) return;
        const double missing = (at_least - candidate.dot(proof.point())) / size;
        if (missing <= worst) return;
        worst = missing;
        name = candidate_name;
        normal = candidate;
        bound = at_least;
      };
      for (const auto& [distance, i] : own) {
        offer(i, (pulled_back_.row(l) - pulled_back_.row(i)).transpose(), 0.5 * (distances[l] - distance));
      }
      for (Index column = 0; limits != nullptr && column < limits->lower.size(); ++column) {
        const Vector unit = Vector::Unit(limits->lower.size(), column);
        const Vector direction =
            classifier_.is_in_ellipsoid() ? Vector(classifier_.unit_ball().transpose() * unit) : unit;
        if (std::isfinite(limits->lower[column])) offer(-1 - 2 * column, direction, limits->lower[column]);
        if (std::isfinite(limits->upper[column])) offer(-2 - 2 * column, -direction, -limits->upper[column]);
      }
      if (worst > 0.0) proof.add(name, normal, bound);
      for (int ascent = 0; ascent < ascents; ++ascent) proof.ascend();
      const double before = proven;
      proven = proof.length();
      if (proven >= wanted || (worst <= 1e-9 * proven && proven - before <= 1e-12 * proven)) break;
    }
    if (proven < wanted) {
      return fmt::format("the exact radius {} is too large: row {} can be made nearest by a perturbation of about {}",
                         radius, l, proven);
    }
  }
  return std::nullopt;
}

}  // namespace holdfast::certify
