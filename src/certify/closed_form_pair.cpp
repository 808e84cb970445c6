#include "certify/closed_form_pair.hpp"

#include <Eigen/Cholesky>
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

namespace holdfast::certify {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
/// The share of the threshold by which the end of a perturbation may miss it.
constexpr double slack = 1e-9;

/// The x in [low, high], in (0, 1e300), at which `rises` turns true, by bisection of its logarithm; `high` if it stays
/// false.
template <class Predicate>
double turning_point(double low, double high, Predicate&& rises) {
  constexpr int steps = 200;
  for (int step = 0; step < steps; ++step) {
    const double middle = std::sqrt(low) * std::sqrt(high);
    (rises(middle) ? high : low) = middle;
  }
  return high;
}

}  // namespace

ClosedFormPair::ClosedFormPair(Matrix map, const Matrix& inverse)
    : map_(std::move(map)), conjugate_(inverse * map_.transpose()) {
  if (!(map_.cwiseAbs().maxCoeff() > 0.0)) return;
  // N = S S^T with S = B F and A^-1 = F F^T: singular values of S keep the digits that those of N lose.
  const Matrix root = map_ * Matrix(inverse.llt().matrixL());
  const Eigen::BDCSVD<Matrix> solver(root, Eigen::ComputeThinU);
  const Matrix& vectors = solver.matrixU();
  const Vector& values = solver.singularValues();  // falling
  const double tolerance = 1e-10;                  // relative
  const Matrix product = vectors * values.array().square().matrix().asDiagonal() * vectors.transpose();
  const double error = (product - map_ * conjugate_).norm();
  const double skew = (vectors.transpose() * vectors - Matrix::Identity(vectors.cols(), vectors.cols())).norm();
  if (!(error <= tolerance * values[0] * values[0]) || !(skew <= tolerance)) {
    throw std::runtime_error("the singular values of the map of perturbations did not converge");
  }
  // Smaller ones are the rounding of 0.
  const double cut = 4.0 * static_cast<double>(map_.rows() + map_.cols()) * std::numeric_limits<double>::epsilon();
  const Index kept = (values.array() > cut * values[0]).count();
  basis_ = vectors.leftCols(kept);
  eigenvalues_ = values.head(kept).array().square();
}

/// The size of the perturbation A^-1 B^T p.
double ClosedFormPair::length_of(const Vector& p) const {
  return std::sqrt(std::max(0.0, (map_.transpose() * p).dot(conjugate_ * p)));
}

/// g + B delta of that perturbation.
Vector ClosedFormPair::end_of(const Vector& g, const Vector& p) const { return g + map_ * (conjugate_ * p); }

PairInterval ClosedFormPair::shortened(const Vector& g, double t, double rounding) const {
  if (eigenvalues_.size() == 0) return {infinity, infinity};
  const Vector a = basis_.transpose() * g;
  const double largest = eigenvalues_[0];
  // |mu (mu + N)^-1 g| rises with mu, from 0 to |g|.
  const double mu = turning_point(largest * 0x1p-300, largest * 0x1p80, [&](double at) {
    return (at * a.array() / (at + eigenvalues_.array())).matrix().norm() > t;
  });
  const Vector p = basis_ * (a.array() / (mu + eigenvalues_.array())).matrix();
  const double length = length_of(p);
  if (!(length > 0.0)) return {0.0, infinity};
  const bool reaches = end_of(g, -p).norm() <= t * (1.0 + slack) + rounding;
  return {std::max(0.0, (p.dot(g) - t * p.norm()) / length), reaches ? length : infinity};
}

PairInterval ClosedFormPair::lengthened(const Vector& g, double t, double rounding) const {
  if (eigenvalues_.size() == 0) return {infinity, infinity};
  if (!(t > 0.0)) return {0.0, 0.0};
  const Vector a = basis_.transpose() * g;
  const double largest = eigenvalues_[0];
  const Vector shares = eigenvalues_ / largest;
  // 1 - mu m_i, with nu = 1 - mu m_max, is (1 - share_i) + nu share_i.
  const auto divisors = [&](double nu) { return Vector(1.0 - shares.array() * (1.0 - nu)); };
  constexpr double least_nu = 1e-12;  // above the rounding of m_max
  const auto end_at = [&](double nu) { return Vector(a.array() / divisors(nu).array()); };
  const double nu = turning_point(least_nu, 1.0, [&](double at) { return end_at(at).norm() < t; });
  const double mu = (1.0 - nu) / largest;
  const Vector end = end_at(nu);
  // t^2 - g . (1 - mu N)^-1 g, without the difference of two squares.
  const double gain =
      (t - a.norm()) * (t + a.norm()) - mu * (a.array().square() * eigenvalues_.array() / divisors(nu).array()).sum();
  Vector p = mu * end;
  if (end.norm() < t) {  // the rest comes from the direction in which B is largest
    const double missing = (t - end.norm()) * (t + end.norm());
    const double rest = missing / (std::sqrt(end[0] * end[0] + missing) + std::abs(end[0]));
    p[0] += std::copysign(rest / largest, end[0]);
  }
  const Vector image = basis_ * p;
  const bool reaches = end_of(g, image).norm() >= t * (1.0 - slack) - rounding;
  return {std::sqrt(std::max(0.0, mu * gain)), reaches ? length_of(image) : infinity};
}

}  // namespace holdfast::certify
