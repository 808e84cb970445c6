#include "attack/attack_state.hpp"

#include <limits>

#include "holdfast/linalg/products.hpp"

namespace holdfast::attack {

AttackState::AttackState(const certify::CertifiedKnn& knn, const certify::CertificationProblem& problem, Index row)
    : classifier_(knn.classifier()),
      threat_(knn.threat()),
      k_(problem.k),
      query_(problem.queries.row(row)),
      row_(problem.rows.row(row)),
      label_(problem.classes[static_cast<std::size_t>(row)]),
      left_out_(problem.left_out_of(row)),
      size_(std::numeric_limits<double>::infinity()) {}

std::vector<int> AttackState::predict(const Matrix& perturbations) const {
  Matrix points = linalg::product_with_transpose(Matrix(perturbations.transpose()), classifier_.map());
  points.rowwise() += query_;
  const std::vector<Index> left_out(left_out_ < 0 ? 0 : static_cast<std::size_t>(points.rows()), left_out_);
  return classifier_.predict(points, k_, left_out);
}

void AttackState::keep(const Vector& u) {
  const double size = geometry::length(u, threat_.norm());
  if (!(size < size_)) return;
  best_ = u;
  size_ = size;
}

bool AttackState::try_all(const Matrix& perturbations) {
  const std::vector<int> labels = predict(perturbations);
  const double before = size_;
  for (Index column = 0; column < perturbations.cols(); ++column) {
    if (labels[static_cast<std::size_t>(column)] != label_) keep(perturbations.col(column));
  }
  return size_ < before;
}

void AttackState::search_line(const Vector& u) {
  // A projection ends on the border of its cell: a hair beyond it first, then the room on either side.
  const std::vector<double> first = {0.5,        0.75, 0.9, 0.97, 1.0 - 1e-6, 1.0 + 1e-9,
                                     1.0 + 1e-6, 1.02, 1.1, 1.3,  2.0,        4.0};
  constexpr int sections = 8;
  constexpr int rounds = 4;
  const double size = geometry::length(u, threat_.norm());
  if (!(size > 0.0)) return;
  const auto along = [&](const std::vector<double>& shares, double& low, double& high) {
    Matrix points(u.size(), static_cast<Index>(shares.size()));
    for (std::size_t i = 0; i < shares.size(); ++i) points.col(static_cast<Index>(i)) = within_box(shares[i] * u);
    const std::vector<int> labels = predict(points);
    for (std::size_t i = 0; i < shares.size(); ++i) {
      if (labels[i] != label_) {
        high = shares[i];
        keep(points.col(static_cast<Index>(i)));
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

Vector AttackState::within_box(const Vector& u) const {
  if (!threat_.box) return u;
  const RowVector moved = row_ + classifier_.to_row_space(u).transpose();
  const RowVector kept = threat_.box->clamp(moved);
  return kept == moved ? u : classifier_.to_norm_space((kept - row_).transpose());
}

Adversarial AttackState::adversarial() const {
  constexpr double unit_roundoff = std::numeric_limits<double>::epsilon();
  Adversarial result{{std::numeric_limits<double>::infinity(), certify::BoundKind::upper_bound}, label_};
  if (!is_changed()) return result;
  // The row is rounded once more as it is formed; if that undoes the change, a little more of the perturbation.
  for (const double share : {1.0, 1.0 + 1e-12, 1.0 + 1e-10, 1.0 + 1e-8, 1.0 + 1e-6}) {
    RowVector row = row_ + classifier_.to_row_space(share * best_).transpose();
    if (threat_.box) row = threat_.box->clamp(row);
    const Vector u = classifier_.to_norm_space((row - row_).transpose());
    const int label = predict(u).front();
    if (label == label_) continue;
    result.certificate.radius =
        geometry::length(u, threat_.norm()) * (1.0 + static_cast<double>(u.size() + 4) * unit_roundoff);
    result.certificate.witness = row;
    result.label = label;
    break;
  }
  return result;
}

}  // namespace holdfast::attack
