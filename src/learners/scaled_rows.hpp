// Training rows in float32, near 1 in size, and random shifts of images.
#pragma once

#include <cstdint>
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
  /// The column of the pixel (down, right) of the pixel at `column`, or of the outermost one on the way.
  [[nodiscard]] Index moved(Index column, Index down, Index right) const;

 private:
  Index planes_ = 1;
  Index side_ = 0;
};

/// How images are treated; 0 and 0 for rows that are none.
struct ImageOptions {
  Index shift = 0;
  Index border = 0;
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
  /// The given rows, each moved at random if images are shifted.
  [[nodiscard]] MatrixF select_shifted(std::span<const Index> rows, Random& random) const;
  /// Scaled rows as preprocessed rows, P x d: columns left out get their mean.
  [[nodiscard]] Matrix restored(const MatrixF& scaled) const;
  /// L of the Euclidean distance over the columns that are left.
  [[nodiscard]] Matrix map() const;

 private:
  void fill(const MatrixView& x, std::span<const Index> order);
  void fill_shifts(const MatrixView& x, std::span<const Index> order, const preprocess::Preprocessor* preprocessor);

  Index dimension_;
  Index shift_;
  std::vector<Index> kept_;  ///< columns
  RowVector mean_;
  double unit_ = 1.0;
  MatrixF values_;                           ///< n x kept, scaled; if images are shifted, n x d raw values
  std::vector<std::vector<Index>> sources_;  ///< by shift: the column of values_ for each kept column
  Eigen::RowVectorXf scale_;                 ///< of raw values, for each kept column
  Eigen::RowVectorXf offset_;
};

}  // namespace holdfast::learners
