// NumPy's archive of arrays.
#pragma once

#include "holdfast/core/dataset.hpp"
#include "holdfast/io/read_options.hpp"

namespace holdfast::io {

/// The array X, and the array y if the archive has it and it is wanted.
[[nodiscard]] Dataset read_npz(const std::filesystem::path& file, const ReadOptions& options);

}  // namespace holdfast::io
