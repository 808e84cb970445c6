// Images with their classes, in memory or as files that are decoded when they are read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/core/dataset.hpp"
#include "holdfast/core/observer.hpp"
#include "holdfast/core/option_table.hpp"
#include "holdfast/io/dataset_file.hpp"

namespace holdfast::deep {

struct ImageShape {
  Index channels = 1;
  Index height = 0;
  Index width = 0;

  [[nodiscard]] Index size() const { return channels * height * width; }
  bool operator==(const ImageShape&) const = default;
};

/// "28 x 28 pixels, 1 channel".
[[nodiscard]] std::string text(const ImageShape& shape);

/// n images of one shape: one byte (0 to 255) per pixel and channel, an image's channels one after another (red, green,
/// blue), each row by row.
class ImageSet {
 public:
  ImageSet(const ImageShape& shape, std::vector<std::uint8_t> pixels, std::optional<Labels> labels, std::string source);
  /// Files that have been decoded once before, so that reading them again succeeds.
  ImageSet(const ImageShape& shape, std::vector<std::filesystem::path> files, std::optional<Labels> labels,
           std::string source);

  [[nodiscard]] const ImageShape& shape() const { return shape_; }
  [[nodiscard]] Index size() const;
  [[nodiscard]] bool in_memory() const { return files_.empty(); }
  [[nodiscard]] const std::optional<Labels>& labels() const { return labels_; }
  [[nodiscard]] const std::string& source() const { return source_; }
  /// The shape().size() bytes of an image. Any thread may call it.
  void read(Index image, std::uint8_t* to) const;
  /// The images as rows of numbers, for the parts of the library that take tables: n x shape().size().
  [[nodiscard]] Dataset as_rows() const;
  /// A 64-bit checksum (FNV-1a) of shape, pixels and label texts.
  [[nodiscard]] std::string checksum() const;

 private:
  ImageShape shape_;
  std::vector<std::uint8_t> pixels_;
  std::vector<std::filesystem::path> files_;
  std::optional<Labels> labels_;
  std::string source_;
};

struct ImageReadOptions {
  io::Format format = io::Format::automatic;
  std::filesystem::path labels_file;
  bool labels = true;           ///< false: read no labels
  bool labels_required = true;  ///< false: a folder may hold images alone, without a folder per class
  /// Folders and manifests: the height and width to which all images are resized; absent: all must have one size.
  std::optional<std::pair<Index, Index>> size;
  std::string image_column;  ///< manifests: the column of the files, by name or "#N"; empty: the usual names
  std::string label_column;  ///< manifests: the column of the labels, likewise
  Index channels = 0;     ///< folders and manifests: 1 (grey) or 3 (colour) to convert all; 0: all must have the same
  bool skip_bad = false;  ///< leave out files that cannot be decoded
  Observer observer;
};
/// The options `image-size` and `channels`.
[[nodiscard]] const OptionTable<ImageReadOptions>& image_read_options();

struct ReadImages {
  ImageSet images;
  std::vector<std::string> names;     ///< folders and manifests: the file of each image, relative to them
  std::vector<std::string> notes;     ///< decisions of the reader, and what is no image, one sentence per kind
  std::vector<std::string> warnings;  ///< images that are left out, one sentence per kind; doubtful labels
};

/// Reads images from
///   an idx, CIFAR-10 or CIFAR-100 file (io::read_packed_images);
///   a folder with one folder per class, whose name is the label; its folders are searched too;
///   a manifest (io::read_image_manifest);
///   one image file, if no labels are required.
/// Files are decoded by OpenCV, which knows them by their first bytes, whatever their name. All of them are decoded
/// once, so that damaged files are found before training. Up to a gigabyte of pixels is kept in memory; beyond that,
/// files are decoded again when needed. Throws InputError that names the file, and if labels are required but a class
/// has no image that can be read.
[[nodiscard]] ReadImages read_images(const std::filesystem::path& path, const ImageReadOptions& options = {});

/// True if `path` is a folder, a manifest or an image file, which io::read_dataset does not take.
[[nodiscard]] bool are_image_files(const std::filesystem::path& path, const std::string& image_column = {});

/// Parses "32x32" (height x width) or "32".
[[nodiscard]] std::pair<Index, Index> parse_image_size(const std::string& text);

}  // namespace holdfast::deep
