// Decoding of image files, and packed images.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <system_error>
#include <tuple>

#include "deep/image_codec.hpp"
#include "deep/image_listing.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/deep/image_set.hpp"
#include "holdfast/io/image_file.hpp"

namespace holdfast::deep {
namespace {

namespace fs = std::filesystem;

/// Bytes of decoded files that are kept.
constexpr std::uint64_t most_in_memory = std::uint64_t{1} << 30;

/// The name of an image for outputs: relative to the folder, or to that of the manifest.
std::string name_of(const fs::path& file, const fs::path& path) {
  const std::string name = file.lexically_relative(fs::is_directory(path) ? path : path.parent_path()).string();
  return name.empty() ? file.string() : name;
}

/// Finds the shape or the fault of each file.
void decode_all(std::vector<ImageFile>& files, const Observer& observer) {
  constexpr Index piece = 256;  // between two reports
  const auto total = static_cast<Index>(files.size());
  for (Index first = 0; first < total; first += piece) {
    if (asks_to_stop(observer, {"images", first, total, 0.0})) throw Stopped{};
    parallel_for(std::min(piece, total - first), 1, [&](Index begin, Index end) {
      for (Index i = first + begin; i < first + end; ++i) {
        ImageFile& file = files[static_cast<std::size_t>(i)];
        try {
          file.shape = decoded_shape(file.path);
        } catch (const InputError& error) {
          file.fault = error.fault();
        }
      }
    });
  }
}

/// Leaves out the files that failed if `skip_bad`, else throws the first fault.
void leave_bad_out(ImageListing& listing, const fs::path& path, bool skip_bad) {
  for (const ImageFile& file : listing.files) {
    if (!file.fault) continue;
    if (!skip_bad) throw InputError(*file.fault);
    const std::string name = name_of(file.path, path);
    listing.left_out[file.fault->rule].push_back(name);
  }
  std::erase_if(listing.files, [](const ImageFile& file) { return file.fault.has_value(); });
  if (listing.files.empty()) {
    throw InputError(Fault{.place = path.string(), .rule = "none of its images can be decoded"});
  }
}

/// The common shape of all images, or the shape to which they are converted.
ImageShape common_shape(const std::vector<ImageFile>& files, const ImageReadOptions& options) {
  const std::string first = files.front().path.string();
  ImageShape shape = files.front().shape;
  shape.channels = options.channels > 0 ? options.channels : files.front().shape.channels;
  if (options.size) std::tie(shape.height, shape.width) = *options.size;
  for (const ImageFile& file : files) {
    const ImageShape& own = file.shape;
    if (!options.size && (own.height != shape.height || own.width != shape.width)) {
      throw InputError(
          Fault{.place = file.path.string(),
                .rule = fmt::format("has {} x {} pixels, and {} has {} x {}", own.height, own.width, first,
                                    shape.height, shape.width),
                .remedy = fmt::format("resize all images to one size with `image-size`, such as `image-size={}x{}`",
                                      shape.height, shape.width)});
    }
    if (const Index channels = own.channels; options.channels == 0 && channels != shape.channels) {
      throw InputError(Fault{.place = file.path.string(),
                             .rule = fmt::format("has {} channel{}, and {} has {}", channels, channels == 1 ? "" : "s",
                                                 first, shape.channels),
                             .remedy = "convert all images with `channels=1` (grey) or `channels=3` (colour)"});
    }
  }
  return shape;
}

/// Notes and warnings of a listing, with what was passed over.
void tell(ImageListing& listing, ReadImages& read) {
  read.notes = std::move(listing.notes);
  std::ranges::move(sentences(listing.passed_over), std::back_inserter(read.notes));
  read.warnings = std::move(listing.warnings);
  std::ranges::move(sentences(listing.left_out), std::back_inserter(read.warnings));
}

ReadImages read_files(const fs::path& path, const ImageReadOptions& options) {
  if (!options.labels_file.empty()) {
    throw InputError(Fault{.place = options.labels_file.string(),
                           .rule = fmt::format("is not used: the labels of images come from {}", path.string()),
                           .remedy = "leave the file of labels out"});
  }
  ImageListing listing = list_images(path, options);
  decode_all(listing.files, options.observer);
  leave_bad_out(listing, path, options.skip_bad);
  if (options.labels_required) require_images_of_all_classes(listing, path);
  const ImageShape shape = common_shape(listing.files, options);
  std::vector<fs::path> paths;
  std::vector<std::string> labels;
  std::vector<std::string> names;
  for (ImageFile& file : listing.files) {
    names.push_back(name_of(file.path, path));
    if (!file.label.empty()) labels.push_back(std::move(file.label));
    paths.push_back(std::move(file.path));
  }
  std::optional<Labels> encoded = labels.empty() ? std::nullopt : std::optional(encode_labels(labels));
  const auto count = static_cast<std::uint64_t>(paths.size());
  const auto size = static_cast<std::uint64_t>(shape.size());
  const auto read = [&](ImageSet images) {
    ReadImages result{std::move(images), std::move(names), {}, {}};
    tell(listing, result);
    return result;
  };
  if (count * size > most_in_memory) {
    return read(ImageSet(shape, std::move(paths), std::move(encoded), path.string()));
  }
  std::vector<std::uint8_t> pixels(count * size);
  parallel_for(static_cast<Index>(count), 16, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      decode_to(paths[static_cast<std::size_t>(i)], shape, pixels.data() + i * shape.size());
    }
  });
  return read(ImageSet(shape, std::move(pixels), std::move(encoded), path.string()));
}

}  // namespace

bool are_image_files(const fs::path& path, const std::string& image_column) {
  std::error_code status;
  if (fs::is_directory(path, status)) return true;
  if (!fs::is_regular_file(path, status)) return false;
  return io::is_image_manifest(path, image_column) || is_image(path) || !foreign_kind(path).empty();
}

ReadImages read_images(const fs::path& path, const ImageReadOptions& options) {
  image_read_options().validate(options);
  if (are_image_files(path, options.image_column)) return read_files(path, options);
  if ((options.size || options.channels > 0) && io::is_packed_images(path, options.format)) {
    throw InputError(Fault{.place = path.string(),
                           .rule = "its images have one size already",
                           .remedy = "give `image-size` and `channels` for folders and manifests only"});
  }
  io::PackedImages packed = io::read_packed_images(
      path, {.format = options.format, .label = options.labels ? "" : "none", .labels_file = options.labels_file});
  const ImageShape shape{packed.channels, packed.height, packed.width};
  return {ImageSet(shape, std::move(packed.pixels), std::move(packed.labels), path.string()), {}, {}, {}};
}

}  // namespace holdfast::deep
