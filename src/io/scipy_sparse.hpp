// Sparse matrices as scipy.sparse.save_npz writes them.
#pragma once

#include "holdfast/core/types.hpp"
#include "io/zip_archive.hpp"

namespace holdfast::io {

/// Whether the arrays are those of a sparse matrix.
[[nodiscard]] bool is_scipy_sparse(const ZipArchive& archive);

/// The matrix (formats csr, csc and coo) as a dense one; entries of one place are added. Throws InputError for other
/// formats, arrays that do not fit each other, values that are not finite, and a matrix beyond this machine's memory.
[[nodiscard]] Matrix read_scipy_sparse(const ZipArchive& archive);

}  // namespace holdfast::io
