// Symmetric positive definite matrices: functions of the spectrum, their derivatives, and the weighted geometric mean.
#pragma once

#include <functional>

#include "holdfast/core/types.hpp"
#include "holdfast/linalg/symmetric_eigen.hpp"

namespace holdfast::linalg {

/// U diag(values) U^T for the eigenvectors U: the function f(A) with values = f(eigenvalues), symmetric bit by bit.
[[nodiscard]] Matrix with_spectrum(const SymmetricEigen& eigen, const Vector& values);

/// The divided differences H_ij = (f(t_i) - f(t_j)) / (t_i - t_j), f' at the midpoint where t_i and t_j are too close
/// for the quotient to keep its digits (Daleckii and Krein 1965).
[[nodiscard]] Matrix divided_differences(const Vector& t, const std::function<double(double)>& f,
                                         const std::function<double(double)>& derivative);

/// The derivative of f(A) in the symmetric direction `d`, U [(U^T d U) o H] U^T, with H of f at A's eigenvalues. The
/// map is its own adjoint: it also takes a gradient in f(A) to the gradient in A.
[[nodiscard]] Matrix spectral_derivative(const SymmetricEigen& eigen, const Matrix& differences, const MatrixView& d);

/// A factor L (d x d) with L^T L = A^-1 #_t B = A^-1/2 (A^1/2 B A^1/2)^t A^-1/2, the point t of the geodesic from A^-1
/// (t = 0) to B (t = 1); for t = 1/2 the solution M of M A M = B. `a` and `b` are symmetric positive definite, d x d.
/// Throws std::domain_error where they are not, to rounding.
[[nodiscard]] Matrix geometric_mean_factor(const MatrixView& a, const MatrixView& b, double t);

/// B^+ of a matrix of any shape: the shortest x with B x nearest to y is B^+ y. Directions that B shortens by more than
/// a millionth of its largest stretch count as lost.
[[nodiscard]] Matrix pseudo_inverse(const MatrixView& b);

/// The lower triangular C with C C^T = a. Throws std::domain_error where `a` is not positive definite to rounding.
[[nodiscard]] Matrix cholesky(const MatrixView& a);

}  // namespace holdfast::linalg
