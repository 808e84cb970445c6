#include "learners/scaled_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"

namespace holdfast::learners {
namespace {

/// s for s x s columns, else 0.
Index side_of_square(Index columns) {
  const auto side = static_cast<Index>(std::lround(std::sqrt(static_cast<double>(columns))));
  return side * side == columns ? side : 0;
}

/// Throws InputError unless `pixels` of images may be cut off or shifted.
void require_fits(const char* option, Index pixels, Index largest, Index side) {
  if (pixels <= largest) return;
  throw InputError(Fault{.field = option,
                         .value = fmt::format("{}", pixels),
                         .rule = fmt::format("must be at most {} pixels, for images of {} x {}", largest, side, side)});
}

}  // namespace

ImageGrid::ImageGrid(Index columns, const char* option) {
  side_ = side_of_square(columns);
  if (side_ > 0) return;
  planes_ = 3;
  side_ = columns % 3 == 0 ? side_of_square(columns / 3) : 0;
  if (side_ > 0) return;
  throw InputError(
      Fault{.field = option,
            .rule = fmt::format("the rows must be images of s x s or 3 x s x s pixels; they have {} columns", columns),
            .remedy = "leave it out"});
}

std::vector<Index> ImageGrid::inner(Index border) const {
  std::vector<Index> columns;
  for (Index plane = 0; plane < planes_; ++plane) {
    for (Index y = border; y < side_ - border; ++y) {
      for (Index x = border; x < side_ - border; ++x) columns.push_back((plane * side_ + y) * side_ + x);
    }
  }
  return columns;
}

Index ImageGrid::moved(Index column, Index down, Index right) const {
  const Index plane = column / (side_ * side_);
  const Index y = std::clamp<Index>(column / side_ % side_ + down, 0, side_ - 1);
  const Index x = std::clamp<Index>(column % side_ + right, 0, side_ - 1);
  return (plane * side_ + y) * side_ + x;
}

ScaledRows::ScaledRows(const MatrixView& x, std::span<const Index> order, const ImageOptions& options,
                       const preprocess::Preprocessor* preprocessor)
    : dimension_(x.cols()), shift_(options.shift), mean_(RowVector::Zero(x.cols())) {
  const char* const option = options.border > 0 ? "border" : "shift";
  if (options.border > 0 || options.shift > 0) {
    if (preprocessor != nullptr && !preprocessor->keeps_columns()) {
      throw InputError(Fault{
          .field = option,
          .rule = fmt::format("the preprocessing \"{}\" makes rows that are no images", preprocessor->specification()),
          .remedy = "leave it out, or preprocess by none, center, standardize or minmax"});
    }
    const ImageGrid grid(x.cols(), option);
    require_fits("border", options.border, (grid.side() - 1) / 2, grid.side());
    require_fits("shift", options.shift, grid.side() - 1, grid.side());
    kept_ = grid.inner(options.border);
    for (Index down = -shift_; down <= shift_; ++down) {
      for (Index right = -shift_; right <= shift_; ++right) {
        std::vector<Index>& columns = sources_.emplace_back();
        for (const Index column : kept_) columns.push_back(grid.moved(column, down, right));
      }
    }
  } else {
    kept_.resize(static_cast<std::size_t>(x.cols()));
    std::iota(kept_.begin(), kept_.end(), Index{0});
  }
  // In the order given, so that the bits do not depend on that of x.
  for (const Index row : order) mean_ += x.row(row);
  mean_ /= static_cast<double>(order.size());
  double largest = 0.0;
  for (const Index row : order) largest = std::max(largest, (x.row(row) - mean_).cwiseAbs().maxCoeff());
  if (largest > 0.0 && std::isfinite(largest)) unit_ = std::ldexp(1.0, -std::ilogb(largest));
  if (shift_ > 0) {
    fill_shifts(x, order, preprocessor);
  } else {
    fill(x, order);
  }
}

void ScaledRows::fill(const MatrixView& x, std::span<const Index> order) {
  values_.resize(static_cast<Index>(order.size()), columns());
  for (Index row = 0; row < values_.rows(); ++row) {
    const auto given = x.row(order[static_cast<std::size_t>(row)]);
    for (Index k = 0; k < columns(); ++k) {
      const Index column = kept_[static_cast<std::size_t>(k)];
      values_(row, k) = static_cast<float>((given[column] - mean_[column]) * unit_);
    }
  }
}

/// Images are shifted before they are preprocessed by z = a x + c, column by column: so the rows are kept raw, and a
/// raw pixel becomes (a x + c - mean) * unit where it lands.
void ScaledRows::fill_shifts(const MatrixView& x, std::span<const Index> order,
                             const preprocess::Preprocessor* preprocessor) {
  Matrix probes = Matrix::Zero(2, dimension_);
  probes.row(1).setOnes();
  if (preprocessor != nullptr) probes = preprocessor->apply(probes);
  const RowVector slopes = probes.row(1) - probes.row(0);
  scale_.resize(columns());
  offset_.resize(columns());
  for (Index k = 0; k < columns(); ++k) {
    const Index column = kept_[static_cast<std::size_t>(k)];
    scale_[k] = static_cast<float>(slopes[column] * unit_);
    offset_[k] = static_cast<float>((probes(0, column) - mean_[column]) * unit_);
  }
  values_.resize(static_cast<Index>(order.size()), dimension_);
  for (Index row = 0; row < values_.rows(); ++row) {
    const auto given = x.row(order[static_cast<std::size_t>(row)]);
    values_.row(row) = (preprocessor != nullptr ? preprocessor->restore(given) : Matrix(given)).template cast<float>();
  }
}

MatrixF ScaledRows::select(std::span<const Index> rows) const {
  MatrixF result(static_cast<Index>(rows.size()), columns());
  for (Index row = 0; row < result.rows(); ++row) {
    const auto values = values_.row(rows[static_cast<std::size_t>(row)]);
    if (shift_ == 0) {
      result.row(row) = values;
      continue;
    }
    for (Index k = 0; k < columns(); ++k)
      result(row, k) = values[kept_[static_cast<std::size_t>(k)]] * scale_[k] + offset_[k];
  }
  return result;
}

MatrixF ScaledRows::select_shifted(std::span<const Index> rows, Random& random) const {
  if (shift_ == 0) return select(rows);
  MatrixF result(static_cast<Index>(rows.size()), columns());
  for (Index row = 0; row < result.rows(); ++row) {
    const std::vector<Index>& source =
        sources_[static_cast<std::size_t>(random.below(static_cast<Index>(sources_.size())))];
    const float* const values = values_.row(rows[static_cast<std::size_t>(row)]).data();
    for (Index k = 0; k < columns(); ++k)
      result(row, k) = values[source[static_cast<std::size_t>(k)]] * scale_[k] + offset_[k];
  }
  return result;
}

Matrix ScaledRows::restored(const MatrixF& scaled) const {
  Matrix result = mean_.replicate(scaled.rows(), 1);
  for (Index row = 0; row < scaled.rows(); ++row) {
    for (Index k = 0; k < columns(); ++k) {
      result(row, kept_[static_cast<std::size_t>(k)]) += static_cast<double>(scaled(row, k)) / unit_;
    }
  }
  return result;
}

Matrix ScaledRows::map() const {
  Matrix map = Matrix::Zero(columns(), dimension_);
  for (Index k = 0; k < columns(); ++k) map(k, kept_[static_cast<std::size_t>(k)]) = 1.0;
  return map;
}

}  // namespace holdfast::learners
