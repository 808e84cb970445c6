#include "learners/scaled_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"

namespace holdfast::learners {
namespace {

/// Knots of a warp along a side of an image.
constexpr Index knots_per_side = 5;

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

ScaledRows::ScaledRows(const MatrixView& x, std::span<const Index> order, const ImageOptions& options,
                       const preprocess::Preprocessor* preprocessor)
    : dimension_(x.cols()), options_(options), mean_(RowVector::Zero(x.cols())) {
  const char* const option = options.border > 0 ? "border" : options.shift > 0 ? "shift" : "warp";
  if (options.border > 0 || options.changes_images()) {
    if (preprocessor != nullptr && !preprocessor->keeps_columns()) {
      throw InputError(Fault{
          .field = option,
          .rule = fmt::format("the preprocessing \"{}\" makes rows that are no images", preprocessor->specification()),
          .remedy = "leave it out, or preprocess by none, center, standardize or minmax"});
    }
    const ImageGrid grid(x.cols(), option);
    side_ = grid.side();
    require_fits("border", options.border, (side_ - 1) / 2, side_);
    require_fits("shift", options.shift, side_ - 1, side_);
    kept_ = grid.inner(options.border);
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
  if (options.changes_images()) {
    fill_raw(x, order, preprocessor);
    prepare_warps();
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

/// Images are changed before they are preprocessed by z = a x + c, column by column: so the rows are kept raw, and a
/// raw pixel becomes (a x + c - mean) * unit where it lands.
void ScaledRows::fill_raw(const MatrixView& x, std::span<const Index> order,
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

/// The displacement of a pixel is interpolated between those of the four knots around it.
void ScaledRows::prepare_warps() {
  const double spacing = static_cast<double>(side_ - 1) / static_cast<double>(knots_per_side - 1);
  for (const Index column : kept_) {
    const auto place = [&](Index pixel) {
      const double at = spacing > 0.0 ? static_cast<double>(pixel) / spacing : 0.0;
      const Index knot = std::min<Index>(static_cast<Index>(at), knots_per_side - 2);
      return std::pair(knot, static_cast<float>(at - static_cast<double>(knot)));
    };
    const auto [y, below] = place(column / side_ % side_);
    const auto [x, beside] = place(column % side_);
    const Index first = y * knots_per_side + x;
    knots_.push_back({first, first + 1, first + knots_per_side, first + knots_per_side + 1});
    knot_weights_.push_back({(1 - below) * (1 - beside), (1 - below) * beside, below * (1 - beside), below * beside});
  }
}

MatrixF ScaledRows::select(std::span<const Index> rows) const {
  MatrixF result(static_cast<Index>(rows.size()), columns());
  for (Index row = 0; row < result.rows(); ++row) {
    const auto values = values_.row(rows[static_cast<std::size_t>(row)]);
    if (!options_.changes_images()) {
      result.row(row) = values;
      continue;
    }
    for (Index k = 0; k < columns(); ++k)
      result(row, k) = values[kept_[static_cast<std::size_t>(k)]] * scale_[k] + offset_[k];
  }
  return result;
}

void ScaledRows::change(const float* raw, Index down, Index right, std::span<const float> displacements,
                        float* result) const {
  const auto last = static_cast<float>(side_ - 1);
  for (Index k = 0; k < columns(); ++k) {
    const Index column = kept_[static_cast<std::size_t>(k)];
    const float* const plane = raw + column / (side_ * side_) * side_ * side_;
    auto y = static_cast<float>(column / side_ % side_ + down);
    auto x = static_cast<float>(column % side_ + right);
    if (!displacements.empty()) {
      const auto& knots = knots_[static_cast<std::size_t>(k)];
      const auto& weights = knot_weights_[static_cast<std::size_t>(k)];
      for (std::size_t corner = 0; corner < 4; ++corner) {
        const auto at = static_cast<std::size_t>(2 * knots[corner]);
        y += weights[corner] * displacements[at];
        x += weights[corner] * displacements[at + 1];
      }
    }
    // Between the four pixels around (y, x); the outermost pixels go on beyond the edge.
    y = std::clamp(y, 0.0F, last);
    x = std::clamp(x, 0.0F, last);
    const auto top = static_cast<Index>(y);
    const auto left = static_cast<Index>(x);
    const Index bottom = std::min(top + 1, side_ - 1);
    const Index beside = std::min(left + 1, side_ - 1);
    const float below = y - static_cast<float>(top);
    const float after = x - static_cast<float>(left);
    const float upper = plane[top * side_ + left] * (1 - after) + plane[top * side_ + beside] * after;
    const float lower = plane[bottom * side_ + left] * (1 - after) + plane[bottom * side_ + beside] * after;
    result[k] = (upper * (1 - below) + lower * below) * scale_[k] + offset_[k];
  }
}

MatrixF ScaledRows::select_changed(std::span<const Index> rows, Random& random) const {
  if (!options_.changes_images()) return select(rows);
  constexpr std::size_t numbers = 2 * knots_per_side * knots_per_side;
  const std::size_t per_row = options_.warp > 0.0 ? numbers : 0;
  std::vector<std::array<Index, 2>> shifts;
  std::vector<float> displacements;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    // Half of the images stay in place, as most images to come will be.
    const bool moves = random.uniform() < 0.5;
    const Index down = random.below(2 * options_.shift + 1) - options_.shift;
    const Index right = random.below(2 * options_.shift + 1) - options_.shift;
    shifts.push_back({moves ? down : 0, moves ? right : 0});
    for (std::size_t i = 0; i < per_row; ++i)
      displacements.push_back(static_cast<float>(options_.warp * random.normal()));
  }
  MatrixF result(static_cast<Index>(rows.size()), columns());
  parallel_for(result.rows(), grain_of(30 * columns()), [&](Index begin, Index end) {
    for (Index row = begin; row < end; ++row) {
      const auto at = static_cast<std::size_t>(row);
      change(values_.row(rows[at]).data(), shifts[at][0], shifts[at][1],
             std::span(displacements).subspan(at * per_row, per_row), result.row(row).data());
    }
  });
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
