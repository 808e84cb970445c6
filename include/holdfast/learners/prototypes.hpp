// Learned prototypes: reference rows that make the certified margins of the training rows large.
#pragma once

#include <optional>

#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/option_table.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/objectives/certified_margin_loss.hpp"

namespace holdfast::learners {

/// Where prototypes begin.
enum class PrototypeStart {
  random,  ///< at rows of their class, drawn without replacement
  kmeans,  ///< at the centres of k-means within their class
};

/// Symbols of Voracek and Hein (ICML 2022). Lengths are in units of the preprocessed rows.
struct PrototypesOptions {
  Index per_class = 0;  ///< prototypes per class, at most its rows; 0: a fifteenth of its rows, at least 5, at most 400
  std::optional<double> margin;  ///< tau; absent: derived from the data
  double margin_factor = 1.0;    ///< of the derived margin
  std::optional<double> radius;  ///< R, at which held-out rows should be certified; absent: 0.63 tau
  objectives::CertifiedMarginLoss::Form loss = objectives::CertifiedMarginLoss::Form::hinge;
  PrototypeStart start = PrototypeStart::random;
  Index batch = 0;                 ///< rows per step; 0: a twentieth of the rows, at least 10, at most 500
  double rate = 0.03;              ///< the first step per row, in units of tau; it falls to a fiftieth
  Index max_iterations = 100;      ///< passes over the rows
  std::optional<double> held_out;  ///< share of the rows held out; absent: 0.1 of 1,000 rows or more, else 0
  Index shift = 0;                 ///< images are moved by up to this many pixels
  double warp = 0.0;               ///< images are warped smoothly by about this many pixels
  Index border = 0;                ///< outer pixels of images that are left out

  [[nodiscard]] static const OptionTable<PrototypesOptions>& table();
};

/// Minimises, over prototypes w_1..w_P of fixed classes, the mean over training rows of a loss of the certified margin
///     e(x) = max over own i, min over other j, of (|x - w_j|^2 - |x - w_i|^2) / (2 |w_i - w_j|)
/// (objectives::PrototypeMargins, objectives::CertifiedMarginLoss), a lower bound of the distance to the nearest input
/// that the prototypes classify otherwise. The prototypes become the reference rows of the model; the metric is
/// Euclidean.
///
/// Steps along the gradient of mini-batches with Nesterov momentum 0.9 and a rate that falls exponentially, in float32;
/// no step moves a prototype by more than tau. The derived tau is R / 0.63 if R is given, else the 0.75 quantile of the
/// margins of training rows under the start prototypes. With rows held out, the prototypes are those of the pass after
/// which most of them have a margin above R; without, those of the last pass. `derived` has `prototypes` (P), `margin`,
/// `radius`, and with rows held out their number `held_out_rows` and `held_out_certified`, the share of them with a
/// margin above R; `training_certified` is that of the rows learned from.
///
/// Images are rows of s x s or 3 x s x s pixels. With `shift`, half of the rows, drawn anew for each batch, are moved
/// by up to that many pixels in either direction before preprocessing, and with `warp` all rows along a smooth field of
/// displacements: normal ones of that standard deviation at 5 x 5 knots, interpolated between; the outermost pixels
/// fill what is left open. With `border`, the metric is the Euclidean distance of the inner pixels: L has a row for
/// each of them. All need preprocessing that keeps columns apart.
///
/// A pass costs 2 n P d operations in matrix products and about a fifth on top. Memory: (n + 4 P) d + P^2 numbers of
/// float32. Learns from labels. Throws InputError as require_separable does, and for images that are none.
[[nodiscard]] Fit fit_prototypes(const MatrixView& x, const constraints::Supervision& supervision,
                                 const PrototypesOptions& options = {}, const FitContext& context = {});

}  // namespace holdfast::learners
