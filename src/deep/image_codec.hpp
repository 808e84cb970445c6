// Image files, decoded by OpenCV.
#pragma once

#include <filesystem>
#include <string>

#include "holdfast/deep/image_set.hpp"

namespace holdfast::deep {

/// The shape of an image file; decodes all of it. Throws InputError if the file is not an image or is damaged.
[[nodiscard]] ImageShape decoded_shape(const std::filesystem::path& file);
/// Decodes an image, converts it to the shape's size and channels, and writes its bytes, one channel after another.
/// The orientation that a camera notes (EXIF) is applied; transparency is left out; of several images in a file the
/// first counts. Throws as `decoded_shape` does.
void decode_to(const std::filesystem::path& file, const ImageShape& shape, std::uint8_t* to);
/// True if the file's extension is that of an image, or if OpenCV decodes files that begin as this one does.
[[nodiscard]] bool is_image(const std::filesystem::path& file);
/// What a file that OpenCV does not decode is by its first bytes, such as "GIF, which OpenCV 4.6.0 does not decode";
/// empty if these tell nothing.
[[nodiscard]] std::string foreign_kind(const std::filesystem::path& file);

}  // namespace holdfast::deep
