// Training rows in float32, near 1 in size, and random changes of images.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/preprocess/preprocessor.hpp"

namespace holdfast::learners {

/// The columns of images, c planes of s x s pixels.
class ImageGrid {
 public:
  /// Throws InputError, naming `option`, unless d columns are 1 or 3 square planes.
  ImageGrid(Index columns, const char* option);

  [[nodiscard]] Index side() const { return side_; }
  /// The column of each pixel that is not among the `border` outermost on any side.
  [[nodiscard]] std::vector<Index> inner(Index border) const;

 private:
  Index planes_ = 1;
  Index side_ = 0;
};

/// How images are treated; all 0 for rows that are none.
struct ImageOptions {
  Index shift = 0;    ///< pixels, at most, in either direction; of half of the rows
  double warp = 0.0;  ///< standard deviation in pixels of a smooth random displacement
  Index border = 0;   ///< pixels on every side that are left out

  [[nodiscard]] bool changes_images() const { return shift > 0 || warp > 0.0; }
};

/// Rows x as (x - mean) * unit in float32, unit a power of two at which the largest entry is between 1 and 2, without
/// the border of images.
class ScaledRows {
 public:
  /// Takes n x d preprocessed rows in the order given. `preprocessor` made them; null: they are raw rows. Throws
  /// InputError for border or shift of rows that are no images, too large ones, and after preprocessing that mixes
  /// pixels.
  ScaledRows(const MatrixView& x, std::span<const Index> order, const ImageOptions& options,
             const preprocess::Preprocessor* preprocessor);

  [[nodiscard]] Index rows() const { return values_.rows(); }
  /// The columns that are left.
  [[nodiscard]] Index columns() const { return static_cast<Index>(kept_.size()); }
  [[nodiscard]] double unit() const { return unit_; }
  /// Whether the rows are finite after scaling.
  [[nodiscard]] bool is_finite() const { return mean_.allFinite() && values_.allFinite(); }

  /// The given rows.
  [[nodiscard]] MatrixF select(std::span<const Index> rows) const;
  /// The given rows, each changed at random if images are shifted or warped. The bits do not depend on the number of
  /// threads.
  [[nodiscard]] MatrixF select_changed(std::span<const Index> rows, Random& random) const;
  /// Scaled rows as preprocessed rows, P x d: columns left out get their mean.
  [[nodiscard]] Matrix restored(const MatrixF& scaled) const;
  /// L of the Euclidean distance over the columns that are left.
  [[nodiscard]] Matrix map() const;

 private:
  void fill(const MatrixView& x, std::span<const Index> order);
  void fill_raw(const MatrixView& x, std::span<const Index> order, const preprocess::Preprocessor* preprocessor);
  void prepare_warps();
  /// A raw row shifted by whole pixels, then warped by `displacements`, one pair (down, right) per knot.
  void change(const float* raw, Index down, Index right, std::span<const float> displacements, float* result) const;

  Index dimension_;
  ImageOptions options_;
  Index side_ = 0;           ///< of images
  std::vector<Index> kept_;  ///< columns
  RowVector mean_;
  double unit_ = 1.0;
  MatrixF values_;            ///< n x kept, scaled; if images are changed, n x d raw values
  Eigen::RowVectorXf scale_;  ///< of raw values, for each kept column
  Eigen::RowVectorXf offset_;
  std::vector<std::array<Index, 4>> knots_;  ///< around each kept column
  std::vector<std::array<float, 4>> knot_weights_;
};

}  // namespace holdfast::learners
