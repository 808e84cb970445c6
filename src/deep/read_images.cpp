// Folders and manifests of image files, and packed images.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <system_error>
#include <tuple>

#include "deep/image_codec.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/deep/image_set.hpp"
#include "holdfast/io/image_file.hpp"
#include "io/byte_source.hpp"
#include "io/csv_cells.hpp"
#include "io/text.hpp"

namespace holdfast::deep {
namespace {

namespace fs = std::filesystem;

/// Bytes of decoded files that are kept.
constexpr std::uint64_t most_in_memory = std::uint64_t{1} << 30;

struct Listing {
  std::vector<fs::path> files;
  std::vector<std::string> labels;  ///< one per file, or none at all
};

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code status;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, status)) entries.push_back(entry.path());
  if (status) throw InputError(fmt::format("{}: cannot be read: {}", folder.string(), status.message()));
  std::sort(entries.begin(), entries.end());
  return entries;
}

Listing list_folder(const fs::path& folder, bool labels, bool labels_required) {
  Listing listing;
  std::vector<fs::path> loose;  // without a folder of their class
  for (const fs::path& entry : sorted_entries(folder)) {
    if (entry.filename().string().starts_with(".")) continue;
    if (!fs::is_directory(entry)) {
      if (has_image_name(entry)) loose.push_back(entry);
      continue;
    }
    for (const fs::path& file : sorted_entries(entry)) {
      if (!has_image_name(file)) continue;
      listing.files.push_back(file);
      if (labels) listing.labels.push_back(entry.filename().string());
    }
  }
  if (!labels || (!labels_required && listing.files.empty())) {
    listing.files.insert(listing.files.end(), loose.begin(), loose.end());
  } else if (!listing.files.empty() && !loose.empty()) {
    throw InputError(Fault{.place = loose.front().string(),
                           .rule = "has no class, as it is in none of the folders of classes beside it",
                           .remedy = "move it into one of these folders, or away"});
  }
  if (listing.files.empty()) {
    throw InputError(Fault{.place = folder.string(),
                           .rule = labels_required ? "holds no folders with images" : "holds no images",
                           .remedy = "give a folder with one folder of image files (jpg, png, ...) per class"});
  }
  return listing;
}

Listing list_manifest(const fs::path& manifest, bool labels) {
  const std::unique_ptr<io::ByteSource> source = io::open_file(manifest);
  io::LineReader lines(*source);
  io::Cells cells(lines, ',');
  const std::string form = "a manifest begins with the line \"file,label\", or \"file\" for images without labels";
  std::string_view line;
  if (!lines.next(line)) io::fail(source->name(), fmt::format("is empty; {}", form));
  const std::vector<std::string_view> header = cells.split(line);
  if (header.empty() || header[0] != "file" || header.size() > 2 || (header.size() == 2 && header[1] != "label")) {
    io::fail_at(source->name(), 1, 1, fmt::format("the header is {}; {}", io::shown(line), form));
  }
  const bool has_labels = header.size() == 2;
  Listing listing;
  while (lines.next(line)) {
    if (io::is_blank(line)) continue;
    const std::vector<std::string_view>& row = cells.split(line);
    if (row.size() != (has_labels ? 2U : 1U) || row[0].empty() || (has_labels && row[1].empty())) {
      io::fail_at(source->name(), lines.number(), static_cast<Index>(std::min<std::size_t>(row.size(), 2)),
                  fmt::format("the line must hold {}", has_labels ? "a file and its label" : "a file"));
    }
    listing.files.push_back(manifest.parent_path() / row[0]);  // an absolute path stays as it is
    if (labels && has_labels) listing.labels.emplace_back(row[1]);
  }
  if (listing.files.empty()) io::fail(source->name(), "names no files; give at least one line after the header");
  return listing;
}

/// The result of decoding one file.
struct Decoded {
  ImageShape shape;
  std::optional<Fault> fault;
};

std::vector<Decoded> decode_all(const std::vector<fs::path>& files, const Observer& observer) {
  constexpr Index piece = 256;  // between two reports
  std::vector<Decoded> decoded(files.size());
  const auto total = static_cast<Index>(files.size());
  for (Index first = 0; first < total; first += piece) {
    if (asks_to_stop(observer, {"images", first, total, 0.0})) throw Stopped{};
    parallel_for(std::min(piece, total - first), 1, [&](Index begin, Index end) {
      for (Index i = first + begin; i < first + end; ++i) {
        Decoded& at = decoded[static_cast<std::size_t>(i)];
        try {
          at.shape = decoded_shape(files[static_cast<std::size_t>(i)]);
        } catch (const InputError& error) {
          at.fault = error.fault();
        }
      }
    });
  }
  return decoded;
}

/// Leaves out the files that failed if `skip_bad`, else throws the first fault. Returns the faults of the files left
/// out.
std::vector<std::string> without_bad(Listing& listing, std::vector<Decoded>& decoded, bool skip_bad) {
  std::vector<std::string> skipped;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    if (decoded[i].fault) {
      if (!skip_bad) throw InputError(*decoded[i].fault);
      skipped.push_back(message_of(*decoded[i].fault));
      continue;
    }
    decoded[kept] = decoded[i];
    listing.files[kept] = listing.files[i];
    if (!listing.labels.empty()) listing.labels[kept] = listing.labels[i];
    ++kept;
  }
  decoded.resize(kept);
  listing.files.resize(kept);
  if (!listing.labels.empty()) listing.labels.resize(kept);
  return skipped;
}

/// The common shape of all images, or the shape to which they are converted.
ImageShape common_shape(const Listing& listing, const std::vector<Decoded>& decoded, const ImageReadOptions& options) {
  ImageShape shape = decoded.front().shape;
  if (shape.channels == 4 && options.channels == 0) shape.channels = 3;  // transparency is left out
  if (options.channels > 0) shape.channels = options.channels;
  if (options.size) std::tie(shape.height, shape.width) = *options.size;
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    const ImageShape& at = decoded[i].shape;
    const Index channels = at.channels == 4 ? 3 : at.channels;
    if (!options.size && (at.height != shape.height || at.width != shape.width)) {
      throw InputError(
          Fault{.place = listing.files[i].string(),
                .rule = fmt::format("has {} x {} pixels, and {} has {} x {}", at.height, at.width,
                                    listing.files.front().string(), shape.height, shape.width),
                .remedy = fmt::format("resize all images to one size with `image-size`, such as `image-size={}x{}`",
                                      shape.height, shape.width)});
    }
    if (options.channels == 0 && channels != shape.channels) {
      throw InputError(Fault{.place = listing.files[i].string(),
                             .rule = fmt::format("has {} channel{}, and {} has {}", channels, channels == 1 ? "" : "s",
                                                 listing.files.front().string(), shape.channels),
                             .remedy = "convert all images with `channels=1` (grey) or `channels=3` (colour)"});
    }
  }
  return shape;
}

ReadImages read_files(const fs::path& path, const ImageReadOptions& options) {
  if (!options.labels_file.empty()) {
    throw InputError(
        Fault{.place = path.string(),
              .rule = fmt::format("the labels are to come from it and from {}", options.labels_file.string()),
              .remedy = "leave the file of labels out, as the names of the folders, or the manifest, are the labels"});
  }
  const bool folder = fs::is_directory(path);
  Listing listing =
      folder ? list_folder(path, options.labels, options.labels_required) : list_manifest(path, options.labels);
  std::vector<Decoded> decoded = decode_all(listing.files, options.observer);
  std::vector<std::string> skipped = without_bad(listing, decoded, options.skip_bad);
  if (decoded.empty()) throw InputError(Fault{.place = path.string(), .rule = "none of its images can be decoded"});
  const ImageShape shape = common_shape(listing, decoded, options);
  std::optional<Labels> labels;
  if (!listing.labels.empty()) labels = encode_labels(listing.labels);
  std::vector<std::string> names;
  for (const fs::path& file : listing.files) {
    names.push_back(file.lexically_relative(folder ? path : path.parent_path()).string());
    if (names.back().empty()) names.back() = file.string();
  }
  const auto count = static_cast<std::uint64_t>(listing.files.size());
  const auto size = static_cast<std::uint64_t>(shape.size());
  if (count * size > most_in_memory) {
    return {ImageSet(shape, std::move(listing.files), std::move(labels), path.string()), std::move(skipped),
            std::move(names)};
  }
  std::vector<std::uint8_t> pixels(count * size);
  parallel_for(static_cast<Index>(count), 16, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      decode_to(listing.files[static_cast<std::size_t>(i)], shape, pixels.data() + i * shape.size());
    }
  });
  return {ImageSet(shape, std::move(pixels), std::move(labels), path.string()), std::move(skipped), std::move(names)};
}

}  // namespace

bool is_folder_or_manifest(const fs::path& path) {
  std::error_code status;
  if (fs::is_directory(path, status)) return true;
  if (path.extension() != ".csv") return false;
  const std::unique_ptr<io::ByteSource> source = io::open_file(path);
  const std::string_view begin = source->peek(12);
  return begin.starts_with("file,label") || begin.starts_with("file\n") || begin.starts_with("file\r\n");
}

ReadImages read_images(const fs::path& path, const ImageReadOptions& options) {
  image_read_options().validate(options);
  if (is_folder_or_manifest(path)) return read_files(path, options);
  if (!io::is_packed_images(path, options.format)) {
    static_cast<void>(io::open_file(path));  // a missing file is the greater fault
    throw InputError(Fault{.place = path.string(),
                           .rule = "holds no images",
                           .remedy = "give an idx or CIFAR file, a folder with one folder of images per class, or a "
                                     "manifest (csv with the columns file,label)"});
  }
  if (options.size || options.channels > 0) {
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
