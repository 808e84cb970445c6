#include "holdfast/objectives/soft_neighbors.hpp"

#include <algorithm>
#include <vector>

#include "holdfast/core/parallel.hpp"
#include "holdfast/linalg/products.hpp"
#include "objectives/softmax.hpp"

namespace holdfast::objectives {
namespace {

/// Anchors a block: enough for the matrix products to pay, few enough for a block of distances to stay small.
constexpr Index block_rows = 64;
/// Blocks that share sums, so that these do not take n entries a block.
constexpr Index most_groups = 16;

}  // namespace

/// What a group of blocks adds to value and gradient.
struct SoftNeighbors::Sums {
  double value = 0.0;
  Matrix cross;    ///< sum over anchors of x_i (sum_k w_ik x_k)^T, d x d
  Vector columns;  ///< sum over anchors of w_ik, n
};

void SoftNeighbors::add_block(std::span<const Index> anchors, const Matrix& mapped, const Vector& squares,
                              const Weigh& weigh, Sums& sums) const {
  const std::vector<Index> rows(anchors.begin(), anchors.end());
  const Matrix here = mapped(rows, Eigen::all);
  const Matrix raw = x_(rows, Eigen::all);
  // -D2 up to the anchor's own square, which the softmax does not see.
  Matrix weights(here.rows(), x_.rows());
  weights.noalias() = 2.0 * here * mapped.transpose();
  weights.rowwise() -= squares.transpose();
  for (Index a = 0; a < weights.rows(); ++a) {
    const Index anchor = rows[static_cast<std::size_t>(a)];
    auto row = weights.row(a);
    soften(row, anchor);
    sums.value += weigh(anchor, row);
  }
  sums.columns += weights.colwise().sum().transpose();
  Matrix summed(weights.rows(), x_.cols());
  summed.noalias() = weights * x_;
  sums.cross.noalias() += raw.transpose() * summed;
}

double SoftNeighbors::value_and_gradient_at_map(const MatrixView& map, std::span<const Index> anchors,
                                                const Weigh& weigh, Matrix& gradient) const {
  const auto count = static_cast<Index>(anchors.size());
  const Matrix mapped = linalg::product_with_transpose(x_, map);
  const Vector squares = mapped.rowwise().squaredNorm();
  const Index blocks = (count + block_rows - 1) / block_rows;
  const Sums zero{0.0, Matrix::Zero(x_.cols(), x_.cols()), Vector::Zero(x_.rows())};
  std::vector<Sums> groups(static_cast<std::size_t>(std::min(most_groups, blocks)), zero);
  parallel_chunks(static_cast<Index>(groups.size()), [&](Index group) {
    for (Index block = group; block < blocks; block += static_cast<Index>(groups.size())) {
      const Index begin = block * block_rows;
      add_block(anchors.subspan(static_cast<std::size_t>(begin),
                                static_cast<std::size_t>(std::min(block_rows, count - begin))),
                mapped, squares, weigh, groups[static_cast<std::size_t>(group)]);
    }
  });
  Sums total = zero;
  for (const Sums& sums : groups) {
    total.value += sums.value;
    total.cross += sums.cross;
    total.columns += sums.columns;
  }
  // sum_ik w_ik (x_i - x_k)(x_i - x_k)^T, whose terms in x_i x_i^T vanish.
  gradient = linalg::transpose_product(x_, total.columns.asDiagonal() * x_) - total.cross - total.cross.transpose();
  return total.value;
}

}  // namespace holdfast::objectives
