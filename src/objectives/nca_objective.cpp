#include "holdfast/objectives/nca_objective.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "holdfast/core/dataset.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/linalg/products.hpp"

namespace holdfast::objectives {
namespace {

/// Anchors a block: enough for the matrix products to pay, few enough for a block of distances to stay small.
constexpr Index block_rows = 64;
/// Blocks that share sums, so that these do not take n entries a block.
constexpr Index most_groups = 16;

/// What a group of blocks adds to the gradient.
struct Sums {
  double value = 0.0;
  Matrix cross;    ///< sum over anchors of x_i (sum_k w_ik x_k)^T, d x d
  Vector columns;  ///< sum over anchors of w_ik, n
};

}  // namespace

NcaObjective::NcaObjective(const Matrix& x, const std::vector<int>& codes)
    : x_(x.rows(), x.cols()), places_(codes.size()) {
  Index at = 0;
  for (const std::vector<Index>& rows : class_rows(codes)) {
    const Index begin = at;
    for (const Index row : rows) {
      x_.row(at) = x.row(row);
      places_[static_cast<std::size_t>(row)] = {at++, begin, static_cast<Index>(rows.size())};
    }
  }
}

double NcaObjective::value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const {
  std::vector<Index> everyone(places_.size());
  std::iota(everyone.begin(), everyone.end(), Index{0});
  return value_and_gradient_at_map(map, everyone, gradient);
}

double NcaObjective::value_and_gradient_at_map(const MatrixView& map, std::span<const Index> anchors,
                                               Matrix& gradient) const {
  const Index n = x_.rows();
  const Index d = x_.cols();
  const auto count = static_cast<Index>(anchors.size());
  const Matrix mapped = linalg::product_with_transpose(x_, map);
  const Vector squares = mapped.rowwise().squaredNorm();
  const Index blocks = (count + block_rows - 1) / block_rows;
  const Index groups = std::min(most_groups, blocks);
  std::vector<Sums> sums(static_cast<std::size_t>(groups));
  const double share = 1.0 / static_cast<double>(count);
  parallel_chunks(groups, [&](Index group) {
    Sums& own = sums[static_cast<std::size_t>(group)];
    own.cross = Matrix::Zero(d, d);
    own.columns = Vector::Zero(n);
    Matrix weights;
    for (Index block = group; block < blocks; block += groups) {
      const Index begin = block * block_rows;
      const Index rows = std::min(block_rows, count - begin);
      Matrix here(rows, mapped.cols());
      Matrix raw(rows, d);
      for (Index a = 0; a < rows; ++a) {
        const Index row = places_[static_cast<std::size_t>(anchors[static_cast<std::size_t>(begin + a)])].row;
        here.row(a) = mapped.row(row);
        raw.row(a) = x_.row(row);
      }
      // -D2 up to the anchor's own square, which the softmax does not see.
      weights.noalias() = 2.0 * here * mapped.transpose();
      weights.rowwise() -= squares.transpose();
      for (Index a = 0; a < rows; ++a) {
        const Place& place = places_[static_cast<std::size_t>(anchors[static_cast<std::size_t>(begin + a)])];
        auto row = weights.row(a);
        row[place.row] = -std::numeric_limits<double>::infinity();
        row.array() = (row.array() - row.maxCoeff()).exp();
        row /= row.sum();
        auto same_class = row.segment(place.class_begin, place.class_size);
        const double p = same_class.sum();
        own.value += share * (1.0 - p);
        // w_ik = p_ik ([k of i's class] - p_i) / anchors; they sum to zero over k.
        same_class *= share * (1.0 - p);
        row.head(place.class_begin) *= -share * p;
        row.tail(n - place.class_begin - place.class_size) *= -share * p;
      }
      own.columns += weights.colwise().sum().transpose();
      Matrix summed(rows, d);
      summed.noalias() = weights * x_;
      own.cross.noalias() += raw.transpose() * summed;
    }
  });
  double value = 0.0;
  Matrix cross = Matrix::Zero(d, d);
  Vector columns = Vector::Zero(n);
  for (const Sums& own : sums) {
    value += own.value;
    cross += own.cross;
    columns += own.columns;
  }
  // sum_ik w_ik (x_i - x_k)(x_i - x_k)^T, whose terms in x_i x_i^T vanish.
  gradient = linalg::transpose_product(x_, columns.asDiagonal() * x_) - cross - cross.transpose();
  return value;
}

}  // namespace holdfast::objectives
