#include "attack/victim.hpp"

#include <algorithm>
#include <limits>

#include "holdfast/linalg/products.hpp"
#include "holdfast/neighbors/classifier.hpp"

namespace holdfast::attack {

using certify::PerturbedClassifier;

Victim::Victim(const PerturbedClassifier& classifier, Index k)
    : classifier_(classifier),
      k_(k),
      classes_(1 + *std::max_element(classifier.codes().begin(), classifier.codes().end())),
      index_(classifier.mapped()) {
  neighbors::require_valid_k(k, classifier.size());
}

std::vector<int> Victim::predict(const MatrixView& points) const {
  return neighbors::vote(index_.search(points, k_), classifier_.codes(), classes_);
}

Target::Target(const Victim& victim, const RowView& query, const RowView& row, int label, const AttackOptions& options)
    : victim_(victim),
      query_(query),
      row_(row),
      label_(label),
      options_(options),
      size_(std::numeric_limits<double>::infinity()) {}

std::vector<int> Target::predict(const std::vector<Vector>& perturbations) const {
  const auto count = static_cast<Index>(perturbations.size());
  Matrix moves(count, victim_.classifier().map().cols());
  for (Index i = 0; i < count; ++i) moves.row(i) = perturbations[static_cast<std::size_t>(i)].transpose();
  Matrix points = linalg::product_with_transpose(moves, victim_.classifier().map());
  points.rowwise() += query_;
  return victim_.predict(points);
}

void Target::keep(const Vector& u) {
  const double size = certify::length(u, options_.norm);
  if (!(size < size_)) return;
  best_ = u;
  size_ = size;
}

bool Target::try_all(const Matrix& perturbations) {
  std::vector<Vector> columns;
  for (Index column = 0; column < perturbations.cols(); ++column) columns.emplace_back(perturbations.col(column));
  const std::vector<int> labels = predict(columns);
  const double before = size_;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (labels[i] != label_) keep(columns[i]);
  }
  return size_ < before;
}

void Target::try_along(const Vector& u) {
  // A projection ends on the border of its cell: a hair beyond it first, then the room on either side.
  const std::vector<double> first = {0.5,        0.75, 0.9, 0.97, 1.0 - 1e-6, 1.0 + 1e-9,
                                     1.0 + 1e-6, 1.02, 1.1, 1.3,  2.0,        4.0};
  constexpr int sections = 8;
  constexpr int rounds = 4;
  const double size = certify::length(u, options_.norm);
  if (!(size > 0.0)) return;
  const auto along = [&](const std::vector<double>& shares, double& low, double& high) {
    std::vector<Vector> points;
    for (const double share : shares) points.push_back(within_box(share * u));
    const std::vector<int> labels = predict(points);
    for (std::size_t i = 0; i < shares.size(); ++i) {
      if (labels[i] != label_) {
        high = shares[i];
        keep(points[i]);
        return;
      }
      low = shares[i];
    }
  };
  double low = 0.0;
  double high = std::numeric_limits<double>::infinity();
  along(first, low, high);
  for (int round = 0; round < rounds && high < 5.0 && high - low > 2e-6 * high && low * size < size_; ++round) {
    std::vector<double> shares;
    for (int i = 1; i < sections; ++i) shares.push_back(low + (high - low) * i / sections);
    along(shares, low, high);
  }
}

Vector Target::within_box(const Vector& u) const {
  if (!options_.box) return u;
  const RowVector moved = row_ + victim_.classifier().change(u).transpose();
  const RowVector kept = moved.cwiseMax(options_.box->lower).cwiseMin(options_.box->upper);
  return kept == moved ? u : victim_.classifier().measured((kept - row_).transpose());
}

Adversarial Target::adversarial() const {
  constexpr double unit_roundoff = std::numeric_limits<double>::epsilon();
  Adversarial result{{std::numeric_limits<double>::infinity(), certify::BoundKind::upper_bound, options_.norm,
                      victim_.classifier().space(), std::nullopt},
                     label_};
  if (!is_changed()) return result;
  // The row is rounded once more as it is formed; where that undoes the change, a little more of the perturbation.
  for (const double share : {1.0, 1.0 + 1e-12, 1.0 + 1e-10, 1.0 + 1e-8, 1.0 + 1e-6}) {
    RowVector row = row_ + victim_.classifier().change(share * best_).transpose();
    if (options_.box) row = row.cwiseMax(options_.box->lower).cwiseMin(options_.box->upper);
    const Vector u = victim_.classifier().measured((row - row_).transpose());
    const int label = predict({u}).front();
    if (label == label_) continue;
    result.certificate.radius =
        certify::length(u, options_.norm) * (1.0 + static_cast<double>(u.size() + 4) * unit_roundoff);
    result.certificate.witness = row;
    result.label = label;
    break;
  }
  return result;
}

}  // namespace holdfast::attack
