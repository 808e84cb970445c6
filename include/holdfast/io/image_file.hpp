// Images that come packed in one file, as bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "holdfast/core/dataset.hpp"
#include "holdfast/io/dataset_file.hpp"

namespace holdfast::io {

/// n images of one size: one byte (0 to 255) per pixel and channel, an image's channels one after another, each row by
/// row.
struct PackedImages {
  Index channels = 1;
  Index height = 0;
  Index width = 0;
  std::vector<std::uint8_t> pixels;
  std::optional<Labels> labels;

  [[nodiscard]] Index size() const { return static_cast<Index>(pixels.size()) / (channels * height * width); }
};

/// Reads images from idx (n x height x width of unsigned bytes, as MNIST), CIFAR-10 or CIFAR-100 files, each also as
/// .gz: the same values as `read_dataset` gives as numbers, in an eighth of the memory. `options` as there; their
/// format must be one of these. Throws InputError as `read_dataset` does.
[[nodiscard]] PackedImages read_packed_images(const std::filesystem::path& file, const ReadOptions& options = {});

/// True if the file's name, or the format given, is one that `read_packed_images` reads.
[[nodiscard]] bool is_packed_images(const std::filesystem::path& file, Format format);

}  // namespace holdfast::io
