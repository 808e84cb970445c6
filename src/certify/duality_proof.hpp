// Proofs that no short point lies in all of several half-spaces.
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast::certify {

/// Half-spaces normal . delta >= bound, with A^-1 normal beside each normal.
struct ConjugateHalfSpaces {
  Matrix normals;     ///< n x d
  Matrix conjugates;  ///< n x d
  Vector bounds;      ///< n
};

/// sqrt(normal . conjugate), where conjugate = A^-1 normal.
[[nodiscard]] double conjugate_length(const RowVector& normal, const RowVector& conjugate);

/// A length below which no delta is in all half-spaces, measured by sqrt(delta^T A delta); stops once that reaches
/// `wanted`. The half-spaces get weights w >= 0. Whatever the weights, every delta in all half-spaces has
///     delta^T A delta >= 2 sum w b - (sum w a)^T A^-1 (sum w a)    (weak duality):
/// that is the proof; coordinate ascent (Hildreth 1957) only finds good weights. `inverse`: A^-1, d x d.
[[nodiscard]] double proven_length(ConjugateHalfSpaces half_spaces, const Matrix& inverse, double wanted);

}  // namespace holdfast::certify
