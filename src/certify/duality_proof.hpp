// Proofs that no short point lies in all of several half-spaces.
#pragma once

#include "holdfast/core/types.hpp"
#include "holdfast/geometry/norm.hpp"

namespace holdfast::certify {

/// Half-spaces normal . delta >= bound, with A^-1 normal beside each normal.
struct ConjugateHalfSpaces {
  Matrix normals;     ///< n x d
  Matrix conjugates;  ///< n x d
  Vector bounds;      ///< n
};

/// A length below which no point lies in all half-spaces.
struct ProvenLength {
  double length = 0.0;
  /// Of no use where more is wanted: a point of about this length lies in all of them.
  bool is_reached = false;
};

/// sqrt(normal . conjugate), where conjugate = A^-1 normal.
[[nodiscard]] double conjugate_length(const RowVector& normal, const RowVector& conjugate);

/// A length below which no delta is in all half-spaces, measured by sqrt(delta^T A delta); stops once that reaches
/// `wanted`. The half-spaces get weights w >= 0. Whatever the weights, every delta in all half-spaces has
///     delta^T A delta >= 2 sum w b - (sum w a)^T A^-1 (sum w a)    (weak duality):
/// that is the proof; coordinate ascent (Hildreth 1957) only finds good weights. `inverse`: A^-1, d x d.
[[nodiscard]] double proven_length(ConjugateHalfSpaces half_spaces, const Matrix& inverse, double wanted);

/// The same in l1 or linf, for half-spaces normal . delta >= bound with n x d normals. Whatever the weights w >= 0,
///     |delta|_p >= sum w b / |sum w a|_p*,
/// and the dual simplex method of the certifiers only finds good ones. Without `is_reached`, the method may have ended
/// before it had them.
[[nodiscard]] ProvenLength proven_length(Matrix normals, Vector bounds, geometry::Norm norm, double wanted);

}  // namespace holdfast::certify
