// Image files, decoded by OpenCV.
#pragma once

#include <filesystem>

#include "holdfast/deep/image_set.hpp"

namespace holdfast::deep {

/// The shape of an image file; decodes all of it. Throws InputError if the file is not an image or is damaged.
[[nodiscard]] ImageShape decoded_shape(const std::filesystem::path& file);
/// Decodes an image, converts it to the shape's size and channels, and writes its bytes, one channel after another.
/// Throws as `decoded_shape` does.
void decode_to(const std::filesystem::path& file, const ImageShape& shape, std::uint8_t* to);
/// True if the file's extension is that of an image.
[[nodiscard]] bool has_image_name(const std::filesystem::path& file);

}  // namespace holdfast::deep
