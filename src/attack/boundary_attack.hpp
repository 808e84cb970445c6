// An attack along the decision boundary that asks for predictions only.
#pragma once

#include "attack/attack_state.hpp"
#include "holdfast/core/random.hpp"

namespace holdfast::attack {

/// Shortens the best perturbation by random steps: of each round's proposals, each a step aside and a step back towards
/// the row, the shortest that still changes the prediction is kept. Steps grow after success and shrink after failure.
/// At most `query_budget` predictions. Does nothing if there is no perturbation to start from.
void boundary_attack(AttackState& state, geometry::Norm norm, Index query_budget, Random& random);

}  // namespace holdfast::attack
