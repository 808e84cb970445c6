#include "attack/boundary_attack.hpp"

#include <algorithm>

namespace holdfast::attack {

void boundary_attack(AttackState& state, geometry::Norm norm, Index query_budget, Random& random) {
  constexpr Index proposals = 16;
  constexpr double smallest_step = 1e-7;
  if (!state.is_changed()) return;
  const Index d = state.best().size();
  double aside = 0.1;  // length of the step aside, relative to the perturbation
  double back = 0.01;  // relative shortening asked for
  for (Index asked = 0; asked + proposals <= query_budget && back > smallest_step; asked += proposals) {
    Matrix some(d, proposals);
    for (Index column = 0; column < proposals; ++column) {
      Vector step(d);
      for (double& value : step) value = random.normal();
      Vector u = state.best() + step * (aside * state.best().norm() / step.norm());
      u *= state.size() * (1.0 - back) / geometry::length(u, norm);
      some.col(column) = state.within_box(u);
    }
    const bool shorter = state.try_all(some);
    aside = std::min(1.0, aside * (shorter ? 1.2 : 0.7));
    back = std::min(0.3, back * (shorter ? 1.5 : 0.6));
  }
}

}  // namespace holdfast::attack
