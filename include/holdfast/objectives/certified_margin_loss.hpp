// Losses of certified margins.
#pragma once

#include <cmath>

namespace holdfast::objectives {

/// A loss of a row's certified margin e (in units of the data; negative if the row is classified wrongly), which falls
/// as e grows. Losses are in units of the data too, with slopes of about -1 where they matter, so that one step size
/// suits all of them.
struct CertifiedMarginLoss {
  enum class Form {
    hinge,          ///< [tau - e]+
    squared_hinge,  ///< [tau - e]+^2 / (2 tau)
    sigmoid,        ///< 4 s / (1 + exp((e - R) / s)), s = (tau - R) / 2: about 4 s times the share of rows with e < R
  };
  struct Slope {
    double value;
    double slope;  ///< d value / d e, at most 0
  };

  Form form = Form::hinge;
  double margin = 1.0;  ///< tau > 0: margins beyond it count little (sigmoid) or not at all
  double radius = 0.5;  ///< R, 0 < R < tau; sigmoid only

  [[nodiscard]] Slope operator()(double e) const {
    if (form == Form::sigmoid) {
      const double width = 0.5 * (margin - radius);
      const double share = 1.0 / (1.0 + std::exp((e - radius) / width));
      return {4.0 * width * share, -4.0 * share * (1.0 - share)};
    }
    const double missing = margin - e;
    if (!(missing > 0.0)) return {0.0, 0.0};
    if (form == Form::hinge) return {missing, -1.0};
    return {0.5 * missing * missing / margin, -missing / margin};
  }
};

}  // namespace holdfast::objectives
