// A walk along the decision boundary that asks for predictions only.
#pragma once

#include "attack/victim.hpp"
#include "holdfast/core/random.hpp"

namespace holdfast::attack {

/// Shortens the target's perturbation by random steps: of each round's proposals, some way aside and some way back
/// towards the row, the shortest that still changes the prediction is kept. Steps grow while that succeeds and shrink
/// while it fails. At most `tries` predictions. Does nothing where there is no perturbation to start from.
void walk_boundary(Target& target, certify::Norm norm, Index tries, Random& random);

}  // namespace holdfast::attack
