// Certified margins of rows under prototypes that move, and the gradient of a loss of them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "holdfast/core/types.hpp"
#include "holdfast/objectives/certified_margin_loss.hpp"

namespace holdfast::objectives {

/// The certified margin of a row of class y under prototypes w_p of fixed classes (Voracek and Hein, ICML 2022), in l2,
///     e(x) = max over i of y, min over j of other classes, of (|x - w_j|^2 - |x - w_i|^2) / (2 |w_i - w_j|):
/// no perturbation shorter than e(x) changes the prediction of the nearest prototype. Negative if the prediction is
/// wrong. A pair of equal prototypes has the margin 0.
struct CertifiedMargin {
  double value;        ///< infinite if y is the only class with prototypes
  std::int32_t own;    ///< i; -1 if y has no prototype, and then the value is minus infinity
  std::int32_t other;  ///< j; -1 if there is none
};

/// The gradient of a loss in the prototypes, P x d, most of whose rows are zero.
template <class Scalar>
struct PrototypeGradient {
  Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows;
  std::vector<std::uint8_t> touched;  ///< P: whether the row may be other than zero

  PrototypeGradient(Index prototypes, Index dimension);
  void clear();
};

/// Prototypes that move, and certified margins under them.
///
/// Distances of rows to prototypes are one matrix product, 2 n P d operations. The pairs (i, j) of a row are searched
/// by bounds: |w_i - w_j| is kept for all pairs as it was some updates ago, and is off by at most the distances that
/// w_i and w_j have moved since. Few pairs are then measured, and the result is that of all pairs. The distances of
/// pairs are computed anew every 5 P / rows-per-update updates or so, a fifth of the work. Memory: P^2 + (P + n) d
/// numbers.
///
/// With float, values have the rounding of float32: some 1e-6 of the lengths of rows and prototypes, which therefore
/// should be centred. The bits do not depend on the number of threads.
template <class Scalar>
class PrototypeMargins {
 public:
  using Rows = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using RowsView = Eigen::Ref<const Rows>;
  /// Changes one prototype in place.
  using Move = std::function<void(Index prototype, Eigen::Ref<Eigen::Matrix<Scalar, 1, Eigen::Dynamic>> row)>;

  /// P x d prototypes, those of class c from row starts[c] to starts[c + 1] - 1; c + 1 starts. Pairs are measured anew
  /// every `refresh` updates.
  PrototypeMargins(Rows prototypes, std::vector<Index> starts, Index refresh = 1);

  [[nodiscard]] const Rows& prototypes() const { return prototypes_; }
  [[nodiscard]] const std::vector<Index>& starts() const { return starts_; }
  /// The class of each prototype, P.
  [[nodiscard]] std::vector<int> codes() const;

  /// Moves every prototype, in parallel.
  void update(const Move& move);

  /// The margins of rows (n x d) with their classes (n).
  [[nodiscard]] std::vector<CertifiedMargin> margins(const RowsView& x, std::span<const int> codes) const;

  /// The sum over rows of loss(e), whose gradient is added to `gradient`: with n = |w_i - w_j| and u = (w_i - w_j) / n,
  ///     de/dw_i = ((x - w_i) - e u) / n,      de/dw_j = (-(x - w_j) + e u) / n.
  /// `margins`: those of the rows.
  [[nodiscard]] double add_gradient(const RowsView& x, std::span<const CertifiedMargin> margins,
                                    const CertifiedMarginLoss& loss, PrototypeGradient<Scalar>& gradient) const;

 private:
  class Search;

  void measure_pairs();

  Rows prototypes_;
  std::vector<Index> starts_;
  Index refresh_;
  Index updates_ = 0;                                 ///< since pairs were measured
  Eigen::Matrix<Scalar, Eigen::Dynamic, 1> squares_;  ///< |w_p|^2
  Rows measured_;                                     ///< the prototypes when pairs were measured
  Eigen::Matrix<Scalar, Eigen::Dynamic, 1> moved_;    ///< |w_p - measured_p|, rounded up
  Rows pairs_;                                        ///< P x P: at least |measured_i - measured_j|
  Scalar pair_error_ = 0;                             ///< pairs_^2 exceeds the squared distance by at most this
};

extern template class PrototypeMargins<float>;
extern template class PrototypeMargins<double>;
extern template struct PrototypeGradient<float>;
extern template struct PrototypeGradient<double>;

}  // namespace holdfast::objectives
