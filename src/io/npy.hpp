// NumPy's array file, formats 1 to 3.
#pragma once

#include <vector>

#include "holdfast/core/types.hpp"
#include "io/byte_source.hpp"

namespace holdfast::io {

/// The array X of a .npy file or of an entry of a .npz file: n x d numbers, or n x ... flattened.
[[nodiscard]] Matrix read_npy_matrix(ByteSource& source);
/// An array of labels: integers, booleans (0 and 1), floats, texts; n, or n x 1.
[[nodiscard]] std::vector<std::string> read_npy_labels(ByteSource& source);

[[nodiscard]] bool begins_as_npy(ByteSource& source);

}  // namespace holdfast::io
