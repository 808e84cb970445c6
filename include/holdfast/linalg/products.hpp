// Matrix products on the library's threads.
#pragma once

#include "holdfast/core/types.hpp"

namespace holdfast::linalg {

// Each product is cut into pieces that depend on its shape alone, and each piece is one call of BLAS on one thread; so
// the bits do not depend on the number of threads, and small products start none. (BLAS's own threads meet at a
// barrier, which costs a time slice a product where another program uses the processors.) The first product sets
// OpenBLAS to one thread for the whole process, for good unless the program sets another number.

/// What the first product does: later calls and products leave BLAS's threads as they are.
void use_one_blas_thread();

/// a * b^T (n x k times (m x k)^T) whose row i has bits that depend on row i of a and on b alone: not on the rows
/// beside it, on its place among them, or on the number of threads. Values that are published row by row (mapped rows,
/// and the distances and radii that follow from them) come from this function and from `row_products`.
[[nodiscard]] Matrix row_products_with_transpose(const MatrixView& a, const MatrixView& b);
/// a * b (n x k times k x m), row by row as `row_products_with_transpose`.
[[nodiscard]] Matrix row_products(const MatrixView& a, const MatrixView& b);

/// a * b: n x k times k x m.
[[nodiscard]] Matrix product(const MatrixView& a, const MatrixView& b);
/// a * b^T: n x k times (m x k)^T.
[[nodiscard]] Matrix product_with_transpose(const MatrixView& a, const MatrixView& b);
/// a^T * b: (n x k)^T times n x m.
[[nodiscard]] Matrix transpose_product(const MatrixView& a, const MatrixView& b);

}  // namespace holdfast::linalg
