// NumPy's array file, formats 1 to 3.
#pragma once

#include <vector>

#include "holdfast/io/read_options.hpp"
#include "io/byte_source.hpp"

namespace holdfast::io {

/// The array X of a .npy file or of an entry of a .npz file: n x d numbers, or n x ... flattened, which is added to
/// `notes`.
[[nodiscard]] Matrix read_npy_matrix(ByteSource& source, std::vector<std::string>& notes);
/// An array of labels: integers, booleans (0 and 1), floats, texts; n, or n with other extents of 1. Also n x c numbers
/// with a single 1 per row (one-hot), whose labels are the columns from 0; this is added to `notes`.
[[nodiscard]] std::vector<std::string> read_npy_labels(ByteSource& source, std::vector<std::string>& notes,
                                                       Missing missing = Missing::error);
/// All numbers of an array of one dimension.
[[nodiscard]] std::vector<double> read_npy_numbers(ByteSource& source);
/// The shape of an array for a message, such as "(150, 4)".
[[nodiscard]] std::string npy_shape(ByteSource& source);

[[nodiscard]] bool begins_as_npy(ByteSource& source);

}  // namespace holdfast::io
