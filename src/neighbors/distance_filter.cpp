#include "holdfast/neighbors/distance_filter.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "holdfast/core/parallel.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/range.hpp"

namespace holdfast::neighbors {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr double unit_roundoff_f32 = 0x1p-24;
constexpr double unit_roundoff_f64 = 0x1p-52;  // twice that of rounding to nearest
constexpr double underflow = 0x1p-100;         // A
/// Directions, the columns from which they save more than they cost, and the rows from which finding them does.
constexpr Index most_directions = 128;
constexpr Index fewest_columns = 2 * most_directions;
constexpr Index fewest_rows = 4096;
constexpr Index sampled_rows = 2048;
constexpr int steps = 2;
/// Of the sample's variance; with less the bounds are too low to be of use.
constexpr double least_share = 0.8;
constexpr double largest_skew = 1e-12;  // |V^T V - I|_F
constexpr double underflow_of_pairs = 0x1p-60;
/// Longer queries, in units, have no bound.
constexpr double longest_query = 0x1p60;

Matrix orthonormal(const Matrix& columns) {
  const Eigen::HouseholderQR<Matrix> factors(columns);
  return factors.householderQ() * Matrix::Identity(columns.rows(), columns.cols());
}

/// A float of at most `value`.
float rounded_down(double value) {
  const auto rounded = static_cast<float>(value);
  return static_cast<double>(rounded) > value ? std::nextafter(rounded, -infinity) : rounded;
}

/// The sum of the squared differences of two rows of numbers.
double squared_difference(const float* a, const float* b, Index count) {
  constexpr Index lanes = 16;
  float sums[lanes] = {};
  const Index in_lanes = count / lanes * lanes;
  for (Index k = 0; k < in_lanes; k += lanes) {
    for (Index lane = 0; lane < lanes; ++lane) {
      const float difference = a[k + lane] - b[k + lane];
      sums[lane] += difference * difference;
    }
  }
  float rest = 0.0F;
  for (Index k = in_lanes; k < count; ++k) {
    const float difference = a[k] - b[k];
    rest += difference * difference;
  }
  for (Index half = lanes / 2; half > 0; half /= 2) {
    for (Index lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
  }
  return static_cast<double>(sums[0] + rest);
}

/// The median of each column over some rows: an outlier does not move it away from the other rows. Zero if a value is
/// not finite.
template <class Rows>
RowVector median_of_some(const Rows& rows) {
  constexpr Index most = 65;
  const Index stride = (rows.rows() + most - 1) / most;
  Matrix some((rows.rows() + stride - 1) / stride, rows.cols());
  for (Index i = 0; i < some.rows(); ++i) some.row(i) = rows.row(i * stride).template cast<double>();
  RowVector medians = RowVector::Zero(rows.cols());
  if (!some.allFinite()) return medians;
  for (Index column = 0; column < rows.cols(); ++column) {
    Vector values = some.col(column);
    const auto middle = values.begin() + values.size() / 2;
    std::nth_element(values.begin(), middle, values.end());
    medians[column] = *middle;
  }
  return medians;
}

}  // namespace

template <class Rows>
DistanceFilter::DistanceFilter(const Rows& rows)
    : kernel_(&linalg::panel_kernels().f32),
      size_(rows.rows()),
      panels_((size_ + kernel_->panel_width - 1) / kernel_->panel_width),
      dimension_(rows.cols()),
      centre_(median_of_some(rows)) {
  const Index piece = panel_width() * std::max<Index>(1, 1024 / panel_width());
  const Index grain = grain_of(4 * piece * std::max<Index>(1, dimension_));
  const Index pieces = (size_ + piece - 1) / piece;
  const auto of_piece = [&](Index at) {
    return Matrix(rows.middleRows(at * piece, std::min(piece, size_ - at * piece)).template cast<double>());
  };
  Vector longest(pieces);
  parallel_for(pieces, grain, [&](Index begin, Index end) {
    for (Index at = begin; at < end; ++at) {
      longest[at] = linalg::largest_size(of_piece(at).rowwise() - centre_);
    }
  });
  const double largest = longest.maxCoeff() * std::sqrt(static_cast<double>(std::max<Index>(1, dimension_)));
  const bool in_range = longest.allFinite() && largest < std::ldexp(1.0, linalg::safe_exponent) &&
                        (largest == 0.0 || largest > std::ldexp(1.0, -linalg::safe_exponent));
  if (in_range && largest > 0.0) unit_ = std::ldexp(1.0, -std::ilogb(largest));
  inverse_square_ = 1.0 / (unit_ * unit_);
  if (in_range && size_ >= fewest_rows && dimension_ >= fewest_columns) {
    const Index stride = (size_ + sampled_rows - 1) / sampled_rows;
    Matrix sample((size_ + stride - 1) / stride, dimension_);
    for (Index i = 0; i < sample.rows(); ++i) sample.row(i) = rows.row(i * stride).template cast<double>();
    choose_directions(scaled(sample));
  }
  set_error();
  is_off_ = !in_range || !(error_ < 0.25);
  values_.assign(static_cast<std::size_t>(columns() * dimension_), 0.0F);
  bias_.assign(static_cast<std::size_t>(columns()), infinity);
  numbers_ = MatrixF::Zero(size_, dimension_);
  lengths_ = Eigen::VectorXf::Constant(size_, infinity);
  if (is_off_) {
    std::fill_n(bias_.begin(), size_, 0.0F);
    return;
  }
  parallel_for(pieces, grain, [&](Index begin, Index end) {
    for (Index at = begin; at < end; ++at) pack(scaled(of_piece(at)), at * piece);
  });
}

template DistanceFilter::DistanceFilter(const Matrix& rows);
template DistanceFilter::DistanceFilter(const MatrixF& rows);

Matrix DistanceFilter::scaled(const MatrixView& x) const { return (x.rowwise() - centre_) * unit_; }

void DistanceFilter::choose_directions(const Matrix& sample) {
  const Index stride = sample.rows() / most_directions;
  Matrix start(sample.cols(), most_directions);
  for (Index i = 0; i < most_directions; ++i) start.col(i) = sample.row(i * stride).transpose();
  Matrix directions = orthonormal(start);
  Matrix coordinates = linalg::product(sample, directions);
  for (int step = 0; step < steps; ++step) {
    directions = orthonormal(linalg::transpose_product(sample, coordinates));
    coordinates = linalg::product(sample, directions);
  }
  if (!(coordinates.squaredNorm() >= least_share * sample.squaredNorm())) return;
  const Matrix gram = linalg::transpose_product(directions, directions);
  if (!((gram - Matrix::Identity(most_directions, most_directions)).norm() < largest_skew)) return;
  directions_ = std::move(directions);
}

void DistanceFilter::set_error() {
  const auto columns = static_cast<double>(dimension_);
  eta_ = 1.01 * unit_roundoff_f32;
  if (is_shortened()) {
    // Each coordinate is a product over d entries, by directions that are orthonormal to largest_skew. That moves the
    // squared length of what is left by kappa |x|^2 at most, and its root by sqrt(kappa) |x|.
    const double product = (columns + 8.0) * unit_roundoff_f64 * std::sqrt(static_cast<double>(most_directions));
    const double kappa = 4.0 * product + 3.0 * largest_skew;
    eta_ += 1.01 * (product + largest_skew + std::sqrt(kappa));
    dimension_ = most_directions + 1;
  }
  error_ = 6.1 * eta_ + 2.1 * static_cast<double>(dimension_ + 2) * unit_roundoff_f32 +
           8.0 * (columns + 8.0) * unit_roundoff_f64;
}

Matrix DistanceFilter::numbers_of(const Matrix& x) const {
  if (!is_shortened()) return x;
  Matrix numbers(x.rows(), dimension_);
  numbers.leftCols(most_directions) = linalg::product(x, directions_);
  numbers.col(most_directions) =
      (x.rowwise().squaredNorm() - numbers.leftCols(most_directions).rowwise().squaredNorm()).cwiseMax(0.0).cwiseSqrt();
  return numbers;
}

void DistanceFilter::pack(const Matrix& block, Index first) {
  const Matrix numbers = numbers_of(block);
  const Index width = panel_width();
  for (Index i = 0; i < block.rows(); ++i) {
    const Index row = first + i;
    numbers_.row(row) = numbers.row(i).cast<float>();
    float* const out = values_.data() + row / width * dimension_ * width + row % width;
    for (Index k = 0; k < dimension_; ++k) out[k * width] = numbers_(row, k);
    const double squared = block.row(i).squaredNorm();
    bias_[static_cast<std::size_t>(row)] = rounded_down(0.5 * (1.0 - error_) * squared);
    lengths_[row] = std::nextafter(static_cast<float>(std::sqrt(squared)), infinity);
  }
}

DistanceFilter::Queries DistanceFilter::prepare(const MatrixView& queries) const {
  const Index count = queries.rows();
  const Index tile = kernel_->row_tile;
  Queries prepared{MatrixF::Zero((count + tile - 1) / tile * tile, dimension_),
                   Vector::Constant(count, -std::numeric_limits<double>::infinity()),
                   Vector::Constant(count, std::numeric_limits<double>::infinity())};
  if (is_off_) return prepared;
  const Matrix x = scaled(queries);
  const Matrix numbers = numbers_of(x);
  for (Index i = 0; i < count; ++i) {
    const double length = x.row(i).norm();
    if (!(length < longest_query)) continue;
    prepared.numbers.row(i) = numbers.row(i).cast<float>();
    prepared.lengths[i] = length;
    prepared.shifts[i] = (1.0 - error_) * length * length - underflow * (1.0 + length);
  }
  return prepared;
}

DistanceFilter::Queries DistanceFilter::select(const Queries& queries, const std::vector<Index>& chosen) const {
  const auto count = static_cast<Index>(chosen.size());
  const Index tile = kernel_->row_tile;
  Queries selected{MatrixF::Zero((count + tile - 1) / tile * tile, dimension_), Vector(count), Vector(count)};
  for (Index i = 0; i < count; ++i) {
    selected.numbers.row(i) = queries.numbers.row(chosen[static_cast<std::size_t>(i)]);
    selected.shifts[i] = queries.shifts[chosen[static_cast<std::size_t>(i)]];
    selected.lengths[i] = queries.lengths[chosen[static_cast<std::size_t>(i)]];
  }
  return selected;
}

float DistanceFilter::score_above(double squared, double shift) const {
  const double scaled = squared / inverse_square_;
  // What float64 may have lost, where the terms cancel.
  const double lost = 4.0 * std::numeric_limits<double>::epsilon() * (scaled + std::abs(shift));
  const double limit = 0.5 * (scaled - shift) + lost;
  // Above the float nearest to the limit is above the limit.
  constexpr auto largest = static_cast<double>(std::numeric_limits<float>::max());
  return limit < largest ? std::nextafter(static_cast<float>(limit), infinity) : infinity;
}

double DistanceFilter::distance_at_least(const float* a, const float* b, double lengths) const {
  const double t = squared_difference(a, b, dimension_);
  const double moved = 1.01 * eta_ * lengths + underflow_of_pairs;
  return std::max(0.0, std::sqrt(t) * (1.0 - pair_error()) - moved) / unit_;
}

double DistanceFilter::distance_at_least(const Queries& queries, Index at, Index row) const {
  return distance_at_least(queries.numbers.row(at).data(), numbers_.row(row).data(),
                           queries.lengths[at] + static_cast<double>(lengths_[row]));
}

double DistanceFilter::distance_at_least(Index a, Index b) const {
  return distance_at_least(numbers_.row(a).data(), numbers_.row(b).data(),
                           static_cast<double>(lengths_[a]) + static_cast<double>(lengths_[b]));
}

double DistanceFilter::distance_at_most(Index a, Index b) const {
  const float* const p = numbers_.row(a).data();
  const float* const q = numbers_.row(b).data();
  double t = 0.0;
  if (is_shortened()) {
    const double rest = static_cast<double>(p[most_directions]) + static_cast<double>(q[most_directions]);
    t = squared_difference(p, q, most_directions) + rest * rest;
  } else {
    t = squared_difference(p, q, dimension_);
  }
  const double moved = 1.01 * eta_ * (static_cast<double>(lengths_[a]) + static_cast<double>(lengths_[b]));
  return (std::sqrt(t) * (1.0 + pair_error()) + moved + underflow_of_pairs) / unit_;
}

double DistanceFilter::pair_error() const {
  return (static_cast<double>(dimension_) / 16.0 + 16.0) * unit_roundoff_f32;
}

Index DistanceFilter::scan(const Queries& queries, Index panel, const std::vector<float>& bounds,
                           std::vector<linalg::Hit<float>>& hits) const {
  return kernel_->scan(queries.numbers.data(), queries.numbers.rows(), dimension_,
                       values_.data() + panel * dimension_ * panel_width(), bias_.data() + panel * panel_width(),
                       bounds.data(), hits.data());
}

DistanceFilter::Scores DistanceFilter::scores(const Queries& queries) const {
  const Index count = queries.shifts.size();
  const Index width = panel_width();
  Scores scores{MatrixF(count, columns()), MatrixF(count, panels_), queries.shifts};
  using Panel = Eigen::Map<const Eigen::RowVectorXf>;
  parallel_for(panels_, grain_of(count * dimension_ * width / 8), [&](Index begin, Index end) {
    linalg::AlignedVector<float> products(static_cast<std::size_t>(queries.numbers.rows() * width));
    for (Index panel = begin; panel < end; ++panel) {
      kernel_->subtract(queries.numbers.data(), queries.numbers.rows(), dimension_,
                        values_.data() + panel * dimension_ * width, width / kernel_->vector_width, products.data());
      const Panel bias(bias_.data() + panel * width, width);
      for (Index query = 0; query < count; ++query) {
        auto out = scores.all.row(query).segment(panel * width, width);
        out = bias + Panel(products.data() + query * width, width);
        scores.least(query, panel) = out.minCoeff();
      }
    }
  });
  return scores;
}

}  // namespace holdfast::neighbors
