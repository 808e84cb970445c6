// NumPy's array file, for what Holdfast writes. Reading goes through dataset_file.hpp.
#pragma once

#include <filesystem>

#include "holdfast/core/types.hpp"

namespace holdfast::io {

/// Writes an n x d matrix as a .npy file: format 1.0, little-endian float64, C order. Throws InputError as AtomicFile
/// does; the target is replaced only once the new file is complete.
void write_npy(const std::filesystem::path& file, const MatrixView& x);

}  // namespace holdfast::io
