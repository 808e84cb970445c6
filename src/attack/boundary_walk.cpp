#include "attack/boundary_walk.hpp"

#include <algorithm>

namespace holdfast::attack {

void walk_boundary(Target& target, certify::Norm norm, Index tries, Random& random) {
  constexpr Index proposals = 16;
  constexpr double smallest_step = 1e-7;
  if (!target.is_changed()) return;
  const Index d = target.best().size();
  double aside = 0.1;  // length of a step aside, relative to the perturbation
  double back = 0.01;  // relative shortening asked for
  for (Index asked = 0; asked + proposals <= tries && back > smallest_step; asked += proposals) {
    Matrix some(d, proposals);
    for (Index column = 0; column < proposals; ++column) {
      Vector step(d);
      for (double& value : step) value = random.normal();
      Vector u = target.best() + step * (aside * target.best().norm() / step.norm());
      u *= target.size() * (1.0 - back) / certify::length(u, norm);
      some.col(column) = target.within_box(u);
    }
    const bool shorter = target.try_all(some);
    aside = std::min(1.0, aside * (shorter ? 1.2 : 0.7));
    back = std::min(0.3, back * (shorter ? 1.5 : 0.6));
  }
}

}  // namespace holdfast::attack
