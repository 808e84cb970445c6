// The format of the MNIST files.
#pragma once

#include "holdfast/io/image_file.hpp"
#include "io/byte_source.hpp"

namespace holdfast::io {

/// n x ... numbers, flattened to n x product.
[[nodiscard]] Matrix read_idx_matrix(ByteSource& source);
/// n x height x width unsigned bytes.
[[nodiscard]] PackedImages read_idx_images(ByteSource& source);
/// n numbers.
[[nodiscard]] std::vector<std::string> read_idx_labels(ByteSource& source);

[[nodiscard]] bool begins_as_idx(ByteSource& source);

}  // namespace holdfast::io
