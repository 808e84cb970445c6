#include "holdfast/linalg/products.hpp"

#include <mutex>
#include <stdexcept>
#include <vector>

#include "holdfast/core/parallel.hpp"
#include "holdfast/linalg/aligned_vector.hpp"
#include "holdfast/linalg/panel_kernels.hpp"

extern "C" void openblas_set_num_threads(int threads);

namespace holdfast::linalg {
namespace {

void require_fitting(Index a, Index b) {
  if (a != b) throw std::invalid_argument("matrices of these shapes have no product");
}

/// Rows of a piece of a product that takes `operations` a row: BLAS does about sixteen in the time of a plain one.
Index rows_of_a_piece(Index operations) { return grain_of(operations / 16); }

/// Columns first to first + columns of a k x m matrix, each entry negated and beside it the next column's, filled up
/// with zeros to `width` columns: a panel as the kernels read it.
template <class Entry>
void pack_negated(Index k, Index first, Index columns, Index width, Entry&& entry, double* panel) {
  for (Index row = 0; row < k; ++row) {
    for (Index column = 0; column < width; ++column) {
      panel[row * width + column] = column < columns ? -entry(row, first + column) : 0.0;
    }
  }
}

/// a * b for a k x m matrix b of the given entries, by the library's own kernel: a BLAS treats the edges of a matrix
/// differently from its middle, so that a row's bits would depend on its place. Each piece of the work packs the
/// columns that it needs, at most `packed_bytes` at a time.
template <class Entry>
Matrix by_rows(const MatrixView& a, Index m, Entry&& entry) {
  constexpr Index piece_rows = 512;
  constexpr Index packed_bytes = 1 << 18;
  const PanelKernel<double>& kernel = panel_kernels().f64;
  const Index k = a.cols();
  const Index panel_entries = k * kernel.panel_width;
  const Index piece_columns =
      kernel.panel_width *
      std::max<Index>(1, packed_bytes / std::max<Index>(1, panel_entries * static_cast<Index>(sizeof(double))));
  const Index row_pieces = (a.rows() + piece_rows - 1) / piece_rows;
  const Index column_pieces = (m + piece_columns - 1) / piece_columns;
  Matrix result(a.rows(), m);
  const Index grain = rows_of_a_piece(2 * k * std::min(piece_rows, a.rows()) * std::min(piece_columns, m));
  parallel_for(row_pieces * column_pieces, grain, [&](Index begin, Index end) {
    AlignedVector<double> panel(static_cast<std::size_t>(panel_entries));
    for (Index at = begin; at < end; ++at) {
      const Index row = at / column_pieces * piece_rows;
      const Index column = at % column_pieces * piece_columns;
      const Index rows = std::min(piece_rows, a.rows() - row);
      const Index padded = (rows + kernel.row_tile - 1) / kernel.row_tile * kernel.row_tile;
      Matrix copy;
      const double* block = &a.coeffRef(row, 0);
      if (padded > rows || a.outerStride() != k) {
        copy = Matrix::Zero(padded, k);
        copy.topRows(rows) = a.middleRows(row, rows);
        block = copy.data();
      }
      AlignedVector<double> products(static_cast<std::size_t>(padded * kernel.panel_width));
      for (Index first = column; first < std::min(m, column + piece_columns); first += kernel.panel_width) {
        const Index columns = std::min<Index>(kernel.panel_width, m - first);
        const Index vectors = (columns + kernel.vector_width - 1) / kernel.vector_width;
        const Index width = vectors * kernel.vector_width;
        pack_negated(k, first, columns, width, entry, panel.data());
        kernel.subtract(block, padded, k, panel.data(), vectors, products.data());
        result.block(row, first, rows, columns) =
            Eigen::Map<const Matrix>(products.data(), padded, width).topLeftCorner(rows, columns);
      }
    }
  });
  return result;
}

}  // namespace

void use_one_blas_thread() {
  static std::once_flag once;
  std::call_once(once, [] { openblas_set_num_threads(1); });
}

Matrix row_products_with_transpose(const MatrixView& a, const MatrixView& b) {
  require_fitting(a.cols(), b.cols());
  return by_rows(a, b.rows(), [&](Index row, Index column) { return b(column, row); });
}

Matrix row_products(const MatrixView& a, const MatrixView& b) {
  require_fitting(a.cols(), b.rows());
  return by_rows(a, b.cols(), [&](Index row, Index column) { return b(row, column); });
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
