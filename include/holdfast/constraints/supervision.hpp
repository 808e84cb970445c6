// What tells a learner which rows should be near and which far.
#pragma once

#include <variant>

#include "holdfast/constraints/pairs.hpp"
#include "holdfast/constraints/triplets.hpp"
#include "holdfast/core/dataset.hpp"

namespace holdfast::constraints {

/// Labels of the rows, or pairs, or triplets of them.
using Supervision = std::variant<Labels, PairSet, TripletSet>;

}  // namespace holdfast::constraints
