// The tolerances of the tests, each with its reason; tools/check_tolerances refuses any other. A test takes the
// smallest that its reason allows.
#pragma once

#include <cmath>
#include <limits>

#include "holdfast/core/types.hpp"

namespace holdfast::reference {

// Rounding of float64, whose unit in the last place of 1 is 2.2e-16.

/// A few operations on numbers of order 1.
inline constexpr double few_operations = 1e-14;
/// Sums and products over up to some hundred terms of order 1, each rounded.
inline constexpr double rounding = 1e-12;
/// Sums over thousands of rows, or over values of order 10 to 100.
inline constexpr double long_sums = 1e-10;
/// Eigenvectors, inverses and results computed from them: rounding times a condition number of up to a thousand.
inline constexpr double spectral = 1e-9;
/// Square roots of a difference whose exact value is 0: the square root of the rounding of that difference.
inline constexpr double root_of_rounding = 1e-7;

// Rounding of float32, whose unit in the last place of 1 is 1.2e-7.

inline constexpr double float32 = 1e-6;
/// Sums over some hundred terms, such as the layers of a network.
inline constexpr double float32_sums = 1e-5;
/// `root_of_rounding` in float32.
inline constexpr double root_of_float32 = 1e-3;
/// A distance of 1e-4 between vectors of length 1 in float32, relative to that distance.
inline constexpr double short_distance_float32 = 4e-3;

// Derivatives against differences of values.

/// A slope from values of order 1 at distance 1e-5: rounding over the distance, and the square of the distance.
inline constexpr double differences = 1e-8;
/// A gradient relative to its largest entry, from values at distance 1e-6 (`gradient_error`): as above, times the
/// ratio of the value to that entry.
inline constexpr double gradients = 1e-7;
/// The same of losses over logarithms of probabilities, whose third derivatives are of order 10 to 100.
inline constexpr double loss_gradients = 1e-6;
/// The same of losses with roots and divergences among distances near 0, where the derivatives grow without bound.
inline constexpr double root_gradients = 2e-5;
/// The error of a gradient that is wrong in one term or factor: at least this large, so that `gradients` sees it.
inline constexpr double wrong_gradients = 1e-4;

// Certified radii.

/// A radius relative to 1 + its size: a quotient of differences of squared distances, which the code under test rounds
/// to the safe side by a share of 1e-9 at most.
inline constexpr double radii = 1e-9;
/// The absolute part of the same, where a radius of 0 makes the relative part useless.
inline constexpr double near_zero = 1e-11;
/// An attack relative to the smallest perturbation along its line: the bisection ends at 2e-6.
inline constexpr double attacks = 2e-6;
/// Sizes of two attacks that differ in their random steps, relative.
inline constexpr double random_attacks = 0.02;

// Minima.

/// The value at a minimum, for a minimizer that ends on a relative decrease of 1e-9 or less in five iterations.
inline constexpr double minima = 1e-8;
/// The place of a minimum and the gradient there: the value is flat, so about the square root of its error.
inline constexpr double minimizers = 1e-6;
/// A term beside another of 1e8 times its weight moves the minimum by the inverse of that weight.
inline constexpr double dominated = 1e-7;
/// Metrics learned with the perturbation loss from the same rows in finer units. The loss has an epsilon of 1e-10 in
/// fixed units (`PerturbationLoss::epsilon`) and kinks; a descent ends at another point of a nearly flat valley.
inline constexpr double perturbed_metrics = 0.02;

// Figures of others.

/// Exact radii of another implementation, whose search ends at about a millionth.
inline constexpr double other_search = 1e-6;
/// Figures published with four digits after the point.
inline constexpr double four_digits = 5e-5;
/// An objective over 5,000 of all pairs, relative: about 1 / sqrt(5000).
inline constexpr double sampled_pairs = 0.02;

/// Objectives of metrics learned from triplets of which a percent differ, relative to the start.
inline constexpr double other_triplets = 0.01;

// Differences that a test must see.

/// Two results that differ for a reason differ by this much at least, a thousand times what rounding explains.
inline constexpr double visible = 1e-3;

/// The share by which a claim of a radius is wrong so that the checker must refuse it.
inline constexpr double slight_fault = 1e-6;

/// Five standard errors of the mean of `count` independent draws, whose standard deviation is `deviation`.
[[nodiscard]] inline double sampling_error(double deviation, double count) {
  return 5.0 * deviation / std::sqrt(count);
}

/// The largest size of an entry; infinity if one is not a number, which Eigen's maxCoeff may pass over.
[[nodiscard]] inline double largest_entry(const Eigen::Ref<const Matrix>& x) {
  return x.size() == 0 ? 0.0 : x.allFinite() ? x.cwiseAbs().maxCoeff() : std::numeric_limits<double>::infinity();
}

}  // namespace holdfast::reference
