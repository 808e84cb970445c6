// Minimisation under bounds on the variables.
#pragma once

#include <string_view>

#include "holdfast/optim/minimize.hpp"
#include "holdfast/optim/projection.hpp"

namespace holdfast::optim {

/// Projected L-BFGS: the quasi-Newton direction of the entries that are free to move, followed along its projection
/// with backtracking (the orthant-wise method of Andrew and Gao 2007, for one orthant). Over x >= 0, entries that do
/// not pay are exactly zero, and a linear penalty, such as that of the l1 norm, is part of `function`. The start is
/// projected. Arguments, stopping and the meaning of values that are not finite are those of `minimize`.
[[nodiscard]] Minimum minimize_projected(const Evaluator& function, Vector start, const Projection& bounds,
                                         const MinimizeOptions& options = {}, const Observer& observer = {},
                                         std::string_view stage = "minimize");

}  // namespace holdfast::optim
