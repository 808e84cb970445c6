#include "holdfast/objectives/nca_objective.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

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

NcaObjective::NcaObjective(const Matrix& x, const std::vector<int>& codes) : x_(x), codes_(codes) {}

double NcaObjective::value_and_gradient(const MatrixView& map, std::span<const Index> anchors, Matrix& gradient) const {
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
        here.row(a) = mapped.row(anchors[static_cast<std::size_t>(begin + a)]);
        raw.row(a) = x_.row(anchors[static_cast<std::size_t>(begin + a)]);
      }
      // -D2 up to the anchor's own square, which the softmax does not see.
      weights.noalias() = 2.0 * here * mapped.transpose();
      weights.rowwise() -= squares.transpose();
      for (Index a = 0; a < rows; ++a) {
        const Index anchor = anchors[static_cast<std::size_t>(begin + a)];
        const int code = codes_[static_cast<std::size_t>(anchor)];
        auto row = weights.row(a);
        row[anchor] = -std::numeric_limits<double>::infinity();
        row = (row.array() - row.maxCoeff()).exp();
        row /= row.sum();
        double own_class = 0.0;
        for (Index k = 0; k < n; ++k) own_class += codes_[static_cast<std::size_t>(k)] == code ? row[k] : 0.0;
        own.value += share * (1.0 - own_class);
        // w_ik = p_ik ([k of i's class] - p_i) / anchors; they sum to zero over k.
        for (Index k = 0; k < n; ++k) {
          row[k] *= share * ((codes_[static_cast<std::size_t>(k)] == code ? 1.0 : 0.0) - own_class);
        }
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
