// Minimisation over x >= 0.
#pragma once

#include <functional>
#include <string_view>

#include "holdfast/core/observer.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/optim/minimize.hpp"

namespace holdfast::optim {

/// Projected L-BFGS over x >= 0: the quasi-Newton direction of the entries that are free to move, followed along its
/// projection with backtracking (the orthant-wise method of Andrew and Gao 2007, for one orthant). Entries that do not
/// pay are exactly zero. A linear penalty, such as that of the l1 norm over x >= 0, is part of `function`.
/// Arguments, stopping and the meaning of values that are not finite are those of `minimize`.
[[nodiscard]] Minimum minimize_nonnegative(const std::function<double(const Vector& x, Vector& gradient)>& function,
                                           Vector start, const MinimizeOptions& options = {},
                                           const Observer& observer = {}, std::string_view stage = "minimize");

}  // namespace holdfast::optim
