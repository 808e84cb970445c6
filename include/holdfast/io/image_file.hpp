// Images that come packed in one file, as bytes, and lists of image files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
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
/// format must be one of these. Throws InputError as `read_dataset` does, and if the file is in another format.
[[nodiscard]] PackedImages read_packed_images(const std::filesystem::path& file, const ReadOptions& options = {});

/// True if the file's name, or the format given, is one that `read_packed_images` reads.
[[nodiscard]] bool is_packed_images(const std::filesystem::path& file, Format format);

/// The image files that a manifest names, with their labels, or without any.
struct ImageManifest {
  std::vector<std::filesystem::path> files;
  std::vector<std::string> labels;  ///< one per file, or empty
};

/// Reads a manifest: a csv file with the columns `file` (relative to the manifest) and `label`, or `file` alone. Throws
/// InputError that names the line.
[[nodiscard]] ImageManifest read_image_manifest(const std::filesystem::path& file);

/// True if the file is a csv file that begins as a manifest does. Throws InputError if a csv file cannot be read.
[[nodiscard]] bool is_image_manifest(const std::filesystem::path& file);

}  // namespace holdfast::io
