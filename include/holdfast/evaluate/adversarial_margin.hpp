// The smallest perturbations that break triplets.
#pragma once

#include <span>

#include "holdfast/constraints/triplets.hpp"
#include "holdfast/geometry/norm.hpp"
#include "holdfast/metric/metric.hpp"

namespace holdfast::evaluate {

/// The adversarial margin of each triplet (i, j, l) of rows of `x` (n x d): the size in the p-norm of the smallest
/// perturbation of x_i that makes it as far from its target x_j as from its impostor x_l,
///     g / (2 |M (x_j - x_l)|_p*),   g = D2(x_i, x_l) - D2(x_i, x_j),
/// p* the dual norm (Yang et al., arXiv 2006.05945, section 3.1). 0 if g <= 0: the triplet is broken already; also if
/// target and impostor are at one point, which no perturbation tells apart. In units of `x`.
///
/// Throws InputError for a row outside 0..n-1, and a metric of another dimension than the rows.
[[nodiscard]] Vector adversarial_margins(const MatrixView& x, std::span<const constraints::Triplet> triplets,
                                         const metric::Metric& metric, geometry::Norm norm = geometry::Norm::l2);

/// The support point of each triplet, m x d: the point that is equally far from target and impostor and in l2 nearest
/// to x_i, its nearest adversarial example,
///     x_i - g / (2 q) M (x_j - x_l),   q = |M (x_j - x_l)|_2^2.
/// If g < 0, it is the nearest point at which the triplet would hold; if q = 0, it is x_i itself. Throws as
/// adversarial_margins does.
[[nodiscard]] Matrix support_points(const MatrixView& x, std::span<const constraints::Triplet> triplets,
                                    const metric::Metric& metric);

}  // namespace holdfast::evaluate
