// Losses of one triplet: written once, used by every learner over triplets.
#pragma once

#include <cmath>
#include <concepts>

namespace holdfast::objectives {

/// A loss at one triplet with its slopes (symbols of docs/notation.md) in the gap g, by which the impostor is farther
/// than the target, and in q, a quarter of the squared norm of g's gradient with respect to the anchor:
///     g = D(anchor, impostor)^2 - D(anchor, target)^2,      q = |M (target - impostor)|^2.
struct LossSlope {
  double value;
  double gap_slope;                    ///< d value / d g
  double gradient_norm_squared_slope;  ///< d value / d q
};

/// A loss of a triplet is a pure function of (g, q) that says whether it depends on q at all. Any type that meets this
/// concept is a term of a TripletObjective.
template <class Loss>
concept TripletLoss = requires(const Loss& loss, double gap, double gradient_norm_squared) {
  { loss(gap, gradient_norm_squared) } -> std::same_as<LossSlope>;
  { Loss::uses_gradient_norm } -> std::convertible_to<bool>;
};

/// [1 - g]+, the push of LMNN (Weinberger and Saul, JMLR 2009).
struct HingeLoss {
  static constexpr bool uses_gradient_norm = false;

  LossSlope operator()(double gap, double /*gradient_norm_squared*/) const {
    return gap < 1.0 ? LossSlope{1.0 - gap, -1.0, 0.0} : LossSlope{0.0, 0.0, 0.0};
  }
};

/// [tau^2 - g^2 / (4 (q + eps))]+ where g >= 0, tau^2 where g < 0 (Yang et al., arXiv 2006.05945): the adversarial
/// margin of the triplet, the distance from the anchor to its nearest adversarial example, should reach tau. In units
/// of the data. A violated triplet (g < 0) costs a constant, without a slope: pushing it is the other terms' work.
struct PerturbationLoss {
  static constexpr bool uses_gradient_norm = true;
  static constexpr double epsilon = 1e-10;  ///< in the denominator, as the authors have it

  double margin;  ///< tau

  LossSlope operator()(double gap, double gradient_norm_squared) const {
    const double wanted = margin * margin;
    if (gap < 0.0) return {wanted, 0.0, 0.0};
    const double ratio = gap / (gradient_norm_squared + epsilon);
    const double loss = wanted - 0.25 * gap * ratio;
    if (loss <= 0.0) return {0.0, 0.0, 0.0};
    return {loss, -0.5 * ratio, 0.25 * ratio * ratio};
  }
};

/// [tau - g / (2 sqrt(q))]+: the adversarial margin itself, in units of the data (Wang et al., arXiv 2006.07024). A
/// violated triplet has a negative margin and is pushed like any other. With tau = infinity the loss is minus the
/// margin. It does not change with the scale of M.
struct MarginLoss {
  static constexpr bool uses_gradient_norm = true;

  double margin;  ///< tau

  LossSlope operator()(double gap, double gradient_norm_squared) const {
    // Target and impostor are the same point: no metric separates them, and there is no slope.
    if (!(gradient_norm_squared > 0.0)) return {std::isfinite(margin) ? margin : 0.0, 0.0, 0.0};
    const double inverse = 0.5 / std::sqrt(gradient_norm_squared);
    const double reached = gap * inverse;
    if (reached >= margin) return {0.0, 0.0, 0.0};
    return {(std::isfinite(margin) ? margin : 0.0) - reached, -inverse, 0.5 * reached / gradient_norm_squared};
  }
};

static_assert(TripletLoss<HingeLoss> && TripletLoss<PerturbationLoss> && TripletLoss<MarginLoss>);

/// g / (2 sqrt(q)): the adversarial margin of a triplet at an l2 perturbation of its anchor; 0 where g <= 0.
[[nodiscard]] inline double adversarial_margin(double gap, double gradient_norm_squared) {
  return gap > 0.0 && gradient_norm_squared > 0.0 ? gap / (2.0 * std::sqrt(gradient_norm_squared)) : 0.0;
}

}  // namespace holdfast::objectives
