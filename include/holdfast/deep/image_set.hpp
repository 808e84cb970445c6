// Images with their classes, in memory or as files that are decoded when they are read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/core/dataset.hpp"
#include "holdfast/core/observer.hpp"
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

/// n images of one shape: one byte (0 to 255) a pixel and channel, an image's channels one after another (red, green,
/// blue), each row by row.
class ImageSet {
 public:
  ImageSet(const ImageShape& shape, std::vector<std::uint8_t> pixels, std::optional<Labels> labels, std::string source);
  /// Files that have been decoded once already, so that reading them again succeeds.
  ImageSet(const ImageShape& shape, std::vector<std::filesystem::path> files, std::optional<Labels> labels,
           std::string source);

  [[nodiscard]] const ImageShape& shape() const { return shape_; }
  [[nodiscard]] Index size() const;
  [[nodiscard]] bool in_memory() const { return files_.empty(); }
  [[nodiscard]] const std::optional<Labels>& labels() const { return labels_; }
  [[nodiscard]] const std::string& source() const { return source_; }
  /// The shape().size() bytes of an image. Any thread may call it.
  void read(Index image, std::uint8_t* to) const;
  /// An image as a row of numbers a time, for the parts of the library that take tables: n x shape().size().
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
  bool labels = true;           ///< false: leave them out
  bool labels_required = true;  ///< false: a folder may hold images alone, without a folder for each class
  /// Of folders and manifests: the size to which all images are brought; none: all must have one size.
  std::optional<std::pair<Index, Index>> size;  ///< height, width
  Index channels = 0;                           ///< 1 or 3: to which they are converted; 0: all must have the same
  bool skip_bad = false;                        ///< leave out files that cannot be decoded
  Observer observer;
};

struct ReadImages {
  ImageSet images;
  std::vector<std::string> skipped;  ///< "file: why", with skip_bad
  std::vector<std::string> names;    ///< the files of folders and manifests as they are found there, one an image
};

/// Reads images from
///   an idx, CIFAR-10 or CIFAR-100 file (io::read_packed_images);
///   a folder with one folder of image files for each class, whose name is the label;
///   a manifest: a csv file with the columns `file` (relative to the manifest) and `label`, or `file` alone.
/// Files are decoded by OpenCV (JPEG, PNG, BMP, PPM, TIFF, WebP), all of them once, so that a damaged one is known
/// before any training; they are kept in memory up to a gigabyte, and else decoded again when needed. Throws InputError
/// that names the file.
[[nodiscard]] ReadImages read_images(const std::filesystem::path& path, const ImageReadOptions& options = {});

/// True where `path` is a folder, a manifest, or packed images: what read_images takes and read_dataset does not, or
/// not in this way.
[[nodiscard]] bool is_folder_or_manifest(const std::filesystem::path& path);

/// The size of --image-size: "32x32" (height x width) or "32".
[[nodiscard]] std::pair<Index, Index> parse_image_size(const std::string& text);

}  // namespace holdfast::deep
