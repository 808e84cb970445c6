#include "holdfast/linalg/products.hpp"

#include <mutex>
#include <stdexcept>
#include <vector>

#include "holdfast/core/parallel.hpp"

extern "C" void openblas_set_num_threads(int threads);

namespace holdfast::linalg {
namespace {

void require_fitting(Index a, Index b) {
  if (a != b) throw std::invalid_argument("matrices of these shapes have no product");
}

/// Rows of a piece of a product that takes `operations` a row: BLAS does about sixteen in the time of a plain one.
Index rows_of_a_piece(Index operations) {
  return grain_of(operations / 16);
}

}  // namespace

void use_one_blas_thread() {
  static std::once_flag once;
  std::call_once(once, [] { openblas_set_num_threads(1); });
}

Matrix product(const MatrixView& a, const MatrixView& b) {
  require_fitting(a.cols(), b.rows());
  use_one_blas_thread();
  Matrix result(a.rows(), b.cols());
  parallel_for(a.rows(), rows_of_a_piece(2 * a.cols() * b.cols()), [&](Index begin, Index end) {
    result.middleRows(begin, end - begin).noalias() = a.middleRows(begin, end - begin) * b;
  });
  return result;
}

Matrix product_with_transpose(const MatrixView& a, const MatrixView& b) {
  require_fitting(a.cols(), b.cols());
  use_one_blas_thread();
  Matrix result(a.rows(), b.rows());
  if (a.rows() < b.rows()) {
    // Pieces of the longer side: a few rows against many would else fall apart into products with one row.
    parallel_for(b.rows(), rows_of_a_piece(2 * a.cols() * a.rows()), [&](Index begin, Index end) {
      result.middleCols(begin, end - begin).noalias() = a * b.middleRows(begin, end - begin).transpose();
    });
    return result;
  }
  parallel_for(a.rows(), rows_of_a_piece(2 * a.cols() * b.rows()), [&](Index begin, Index end) {
    result.middleRows(begin, end - begin).noalias() = a.middleRows(begin, end - begin) * b.transpose();
  });
  return result;
}

Matrix transpose_product(const MatrixView& a, const MatrixView& b) {
  require_fitting(a.rows(), b.rows());
  use_one_blas_thread();
  // Each piece of rows gives a k x m sum of its own; few pieces, since each holds one.
  constexpr Index most_pieces = 16;
  const Index piece = std::max(rows_of_a_piece(2 * a.cols() * b.cols()), (a.rows() + most_pieces - 1) / most_pieces);
  const Index pieces = std::max<Index>(1, (a.rows() + piece - 1) / piece);
  std::vector<Matrix> sums(static_cast<std::size_t>(pieces));
  parallel_chunks(pieces, [&](Index at) {
    const Index begin = at * piece;
    const Index count = std::min(piece, a.rows() - begin);
    sums[static_cast<std::size_t>(at)].noalias() = a.middleRows(begin, count).transpose() * b.middleRows(begin, count);
  });
  for (std::size_t at = 1; at < sums.size(); ++at) sums[0] += sums[at];
  return std::move(sums[0]);
}

}  // namespace holdfast::linalg
