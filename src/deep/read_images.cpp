// Folders and manifests of image files, and packed images.
#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <tuple>

#include "deep/image_codec.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/deep/image_set.hpp"
#include "holdfast/io/image_file.hpp"

namespace holdfast::deep {
namespace {

namespace fs = std::filesystem;

/// Bytes of decoded files that are kept.
constexpr std::uint64_t most_in_memory = std::uint64_t{1} << 30;

/// An image file with what is known of it.
struct ImageFile {
  fs::path path;
  std::string label = {};  ///< empty if it has none
  ImageShape shape = {};
  std::optional<Fault> fault = {};
};

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code status;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, status)) entries.push_back(entry.path());
  if (status) throw InputError(fmt::format("{}: cannot be read: {}", folder.string(), status.message()));
  std::sort(entries.begin(), entries.end());
  return entries;
}

std::vector<ImageFile> list_folder(const fs::path& folder, bool labels, bool labels_required) {
  std::vector<ImageFile> files;
  std::vector<ImageFile> loose;  // not in a class folder
  for (const fs::path& entry : sorted_entries(folder)) {
    if (entry.filename().string().starts_with(".")) continue;
    if (!fs::is_directory(entry)) {
      if (has_image_name(entry)) loose.push_back({entry});
      continue;
    }
    for (const fs::path& file : sorted_entries(entry)) {
      if (has_image_name(file)) files.push_back({file, labels ? entry.filename().string() : std::string()});
    }
  }
  if (!labels || (!labels_required && files.empty())) {
    files.insert(files.end(), loose.begin(), loose.end());
  } else if (!files.empty() && !loose.empty()) {
    throw InputError(Fault{.place = loose.front().path.string(),
                           .rule = "has no class: it is not in one of the class folders beside it",
                           .remedy = "move it into one of them, or remove it"});
  }
  if (files.empty()) {
    throw InputError(Fault{.place = folder.string(),
                           .rule = labels_required ? "holds no folders with images" : "holds no images",
                           .remedy = "give a folder with one folder of image files (jpg, png, ...) per class"});
  }
  return files;
}

std::vector<ImageFile> list_manifest(const fs::path& path, bool labels) {
  const io::ImageManifest manifest = io::read_image_manifest(path);
  std::vector<ImageFile> files;
  for (std::size_t i = 0; i < manifest.files.size(); ++i) {
    files.push_back({manifest.files[i], labels && !manifest.labels.empty() ? manifest.labels[i] : std::string()});
  }
  return files;
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

/// Leaves out the files that failed if `skip_bad`, else throws the first fault. Returns the faults of the files left
/// out.
std::vector<std::string> without_bad(std::vector<ImageFile>& files, bool skip_bad) {
  std::vector<std::string> skipped;
  for (const ImageFile& file : files) {
    if (!file.fault) continue;
    if (!skip_bad) throw InputError(*file.fault);
    skipped.push_back(message_of(*file.fault));
  }
  std::erase_if(files, [](const ImageFile& file) { return file.fault.has_value(); });
  return skipped;
}

/// The common shape of all images, or the shape to which they are converted.
ImageShape common_shape(const std::vector<ImageFile>& files, const ImageReadOptions& options) {
  const auto channels_of = [](const ImageFile& file) {
    return file.shape.channels == 4 ? 3 : file.shape.channels;  // transparency is left out
  };
  const std::string first = files.front().path.string();
  ImageShape shape = files.front().shape;
  shape.channels = options.channels > 0 ? options.channels : channels_of(files.front());
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
    if (const Index channels = channels_of(file); options.channels == 0 && channels != shape.channels) {
      throw InputError(Fault{.place = file.path.string(),
                             .rule = fmt::format("has {} channel{}, and {} has {}", channels, channels == 1 ? "" : "s",
                                                 first, shape.channels),
                             .remedy = "convert all images with `channels=1` (grey) or `channels=3` (colour)"});
    }
  }
  return shape;
}

ReadImages read_files(const fs::path& path, const ImageReadOptions& options) {
  if (!options.labels_file.empty()) {
    throw InputError(
        Fault{.place = path.string(),
              .rule = fmt::format("has labels of its own, and {} gives labels too", options.labels_file.string()),
              .remedy = "leave the file of labels out"});
  }
  const bool folder = fs::is_directory(path);
  std::vector<ImageFile> files =
      folder ? list_folder(path, options.labels, options.labels_required) : list_manifest(path, options.labels);
  decode_all(files, options.observer);
  std::vector<std::string> skipped = without_bad(files, options.skip_bad);
  if (files.empty()) throw InputError(Fault{.place = path.string(), .rule = "none of its images can be decoded"});
  const ImageShape shape = common_shape(files, options);
  std::vector<fs::path> paths;
  std::vector<std::string> labels;
  std::vector<std::string> names;
  for (ImageFile& file : files) {
    names.push_back(file.path.lexically_relative(folder ? path : path.parent_path()).string());
    if (names.back().empty()) names.back() = file.path.string();
    if (!file.label.empty()) labels.push_back(std::move(file.label));
    paths.push_back(std::move(file.path));
  }
  std::optional<Labels> encoded = labels.empty() ? std::nullopt : std::optional(encode_labels(labels));
  const auto count = static_cast<std::uint64_t>(paths.size());
  const auto size = static_cast<std::uint64_t>(shape.size());
  if (count * size > most_in_memory) {
    return {ImageSet(shape, std::move(paths), std::move(encoded), path.string()), std::move(skipped), std::move(names)};
  }
  std::vector<std::uint8_t> pixels(count * size);
  parallel_for(static_cast<Index>(count), 16, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      decode_to(paths[static_cast<std::size_t>(i)], shape, pixels.data() + i * shape.size());
    }
  });
  return {ImageSet(shape, std::move(pixels), std::move(encoded), path.string()), std::move(skipped), std::move(names)};
}

}  // namespace

bool is_folder_or_manifest(const fs::path& path) {
  std::error_code status;
  return fs::is_directory(path, status) || io::is_image_manifest(path);
}

ReadImages read_images(const fs::path& path, const ImageReadOptions& options) {
  image_read_options().validate(options);
  if (is_folder_or_manifest(path)) return read_files(path, options);
  if ((options.size || options.channels > 0) && io::is_packed_images(path, options.format)) {
    throw InputError(Fault{.place = path.string(),
                           .rule = "its images have one size already",
                           .remedy = "give `image-size` and `channels` for folders and manifests only"});
  }
  io::PackedImages packed = io::read_packed_images(
      path, {.format = options.format, .label = options.labels ? "" : "none", .labels_file = options.labels_file});
  const ImageShape shape{packed.channels, packed.height, packed.width};
  return {ImageSet(shape, std::move(packed.pixels), std::move(packed.labels), path.string()), {}, {}};
}

}  // namespace holdfast::deep
