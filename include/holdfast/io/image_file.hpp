// Images that come packed in one file, as bytes, and lists of image files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/core/dataset.hpp"
#include "holdfast/io/read_options.hpp"

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

/// Which columns of a manifest hold what: a name, also in other letters' case, or a position "#N" from 1.
struct ManifestOptions {
  std::string files = {};  ///< empty: `file`, `filename`, `path`, `image` and the like
  std::string label = {};  ///< empty: `label`, `class`, `category`, `target` and the like; "none": no labels
};

/// The image files that a manifest names, with their labels, or without any.
struct ImageManifest {
  std::vector<std::filesystem::path> files;
  std::vector<std::string> labels;    ///< one per file, or empty
  std::vector<std::string> notes;     ///< decisions of the reader, one sentence each
  std::vector<std::string> warnings;  ///< files with two labels
};

/// Reads a manifest: delimited text (commas, semicolons or tabs) with a column of image files, relative to the
/// manifest, and mostly one of labels; other columns are left out. Without a header, a line must hold a file and its
/// label, or a file alone. Throws InputError that names the line or the columns.
[[nodiscard]] ImageManifest read_image_manifest(const std::filesystem::path& file, const ManifestOptions& options = {});

/// True if the file is a text with a column of image files: by the column's name, or because its first line names an
/// existing file. Throws InputError if a file with the name of a text cannot be read.
[[nodiscard]] bool is_image_manifest(const std::filesystem::path& file, const std::string& files_column = {});

}  // namespace holdfast::io
