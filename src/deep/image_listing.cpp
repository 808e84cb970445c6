#include "deep/image_listing.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <system_error>

#include "deep/image_codec.hpp"
#include "holdfast/io/image_file.hpp"

namespace holdfast::deep {
namespace {

namespace fs = std::filesystem;

/// At most three names, and how many there are besides.
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t most = 3;
  const std::size_t shown = std::min(most, names.size());
  std::string text =
      fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code status;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, status)) entries.push_back(entry.path());
  if (status) throw InputError(fmt::format("{}: cannot be read: {}", folder.string(), status.message()));
  std::sort(entries.begin(), entries.end());
  return entries;
}

/// What systems and programs leave in folders of images; empty for any other name.
std::string system_kind(const std::string& name) {
  if (name.starts_with(".")) return "hidden";
  for (const char* known : {"__MACOSX", "Thumbs.db", "desktop.ini", "@eaDir"}) {
    if (name == known) return name;
  }
  return {};
}

/// Searches a folder and all folders in it.
class FolderSearch {
 public:
  FolderSearch(const fs::path& root, bool labels) : root_(root), labels_(labels) {}

  ImageListing run() {
    for (const fs::path& entry : sorted_entries(root_)) {
      if (passes_over(entry)) continue;
      if (!fs::is_directory(entry)) {
        add(entry, {}, loose_);
        continue;
      }
      const std::string name = entry.filename().string();
      const std::size_t before = seen_;
      search(entry, entry, name);
      if (labels_) (seen_ > before ? listing_.classes : empty_).push_back(name);
    }
    if (!nested_.empty()) {
      listing_.notes.push_back(
          fmt::format("{} of the images lie deeper than the folders of the classes, and have the "
                      "class of the first folder: {}",
                      nested_.size(), some_of(nested_)));
    }
    if (!empty_.empty()) {
      listing_.notes.push_back(fmt::format("folders without files are no classes: {}", some_of(empty_)));
    }
    return std::move(listing_);
  }
  /// The images that are in no folder of a class.
  [[nodiscard]] std::vector<ImageFile>& loose() { return loose_; }

 private:
  [[nodiscard]] std::string name_of(const fs::path& file) const { return file.lexically_relative(root_).string(); }

  /// Counts an entry that the system left; false for any other.
  bool passes_over(const fs::path& entry) {
    const std::string kind = system_kind(entry.filename().string());
    if (kind.empty()) return false;
    std::error_code status;
    if (!fs::is_directory(entry, status)) {
      listing_.passed_over[kind].push_back(name_of(entry));
    } else {
      constexpr auto skip = fs::directory_options::skip_permission_denied;
      for (const fs::directory_entry& inner : fs::recursive_directory_iterator(entry, skip, status)) {
        if (!inner.is_directory(status)) listing_.passed_over[kind].push_back(name_of(inner.path()));
      }
    }
    return true;
  }

  void search(const fs::path& folder, const fs::path& of_class, const std::string& label) {
    for (const fs::path& entry : sorted_entries(folder)) {
      if (passes_over(entry)) continue;
      if (!fs::is_directory(entry)) {
        ++seen_;
        if (add(entry, labels_ ? label : std::string(), listing_.files) && labels_ && folder != of_class) {
          nested_.push_back(name_of(entry));
        }
      } else if (fs::is_symlink(entry)) {  // may lead back here
        listing_.passed_over["link to a folder"].push_back(name_of(entry));
      } else {
        search(entry, of_class, label);
      }
    }
  }

  /// Adds a file to `files` if it is an image, else to what is passed over.
  bool add(const fs::path& file, const std::string& label, std::vector<ImageFile>& files) {
    std::error_code status;
    if (fs::exists(file, status) && !fs::is_regular_file(file, status)) {
      listing_.passed_over["no regular file"].push_back(name_of(file));
      return false;
    }
    if (is_image(file)) {
      files.push_back({file, label});
      return true;
    }
    if (const std::string kind = foreign_kind(file); !kind.empty()) {
      listing_.left_out[kind].push_back(name_of(file));
    } else {
      const std::string extension = file.extension().string();
      listing_.passed_over[extension.empty() ? "no image" : extension].push_back(name_of(file));
    }
    return false;
  }

  const fs::path& root_;
  bool labels_;
  ImageListing listing_;
  std::vector<ImageFile> loose_;
  std::vector<std::string> nested_;
  std::vector<std::string> empty_;
  std::size_t seen_ = 0;
};

/// Throws InputError if the classes are the parts into which data sets are split.
void require_no_parts(const ImageListing& listing, const fs::path& folder) {
  constexpr std::array<std::string_view, 8> parts = {"train", "training",   "val",  "valid",
                                                     "dev",   "validation", "test", "testing"};
  const auto is_part = [&](const std::string& name) { return std::ranges::find(parts, name) != parts.end(); };
  if (listing.classes.empty() || !std::ranges::all_of(listing.classes, is_part)) return;
  throw InputError(Fault{
      .place = folder.string(),
      .rule = fmt::format("its folders {} are parts of a data set, not classes", fmt::join(listing.classes, ", ")),
      .remedy = fmt::format("give one of them, such as {}", (folder / listing.classes.front()).string())});
}

ImageListing list_folder(const fs::path& folder, const ImageReadOptions& options) {
  FolderSearch search(folder, options.labels);
  ImageListing listing = search.run();
  std::vector<ImageFile>& loose = search.loose();
  if (!options.labels || (!options.labels_required && listing.files.empty())) {
    listing.files.insert(listing.files.end(), loose.begin(), loose.end());
  } else if (!listing.files.empty() && !loose.empty()) {
    throw InputError(Fault{.place = loose.front().path.string(),
                           .rule = "has no class: it is not in one of the class folders beside it",
                           .remedy = "move it into one of them, or remove it"});
  }
  if (options.labels_required) {
    if (options.labels) require_no_parts(listing, folder);
    require_images_of_all_classes(listing, folder);
  }
  if (listing.files.empty()) {
    throw InputError(Fault{.place = folder.string(),
                           .rule = options.labels_required ? "holds no folders with images" : "holds no images",
                           .remedy = "give a folder with one folder of image files (jpg, png, ...) per class"});
  }
  return listing;
}

void require_files(const io::ImageManifest& manifest, const fs::path& path) {
  std::error_code status;
  const auto missing = [&](const fs::path& file) { return !fs::exists(file, status); };
  const auto first = std::ranges::find_if(manifest.files, missing);
  if (first == manifest.files.end()) return;
  throw InputError(Fault{
      .place = path.string(),
      .rule = fmt::format("{} of its {} files cannot be found; the first is {}",
                          std::count_if(first, manifest.files.end(), missing), manifest.files.size(), first->string()),
      .remedy = "give paths relative to the folder of the manifest, or leave these files out with `skip-bad`"});
}

ImageListing list_manifest(const fs::path& path, const ImageReadOptions& options) {
  io::ImageManifest manifest = io::read_image_manifest(
      path, {.files = options.image_column, .label = options.labels ? options.label_column : "none"});
  if (!options.skip_bad) require_files(manifest, path);
  ImageListing listing;
  for (std::size_t i = 0; i < manifest.files.size(); ++i) {
    listing.files.push_back({manifest.files[i], manifest.labels.empty() ? std::string() : manifest.labels[i]});
  }
  const std::set<std::string> classes(manifest.labels.begin(), manifest.labels.end());
  listing.classes.assign(classes.begin(), classes.end());
  listing.notes = std::move(manifest.notes);
  listing.warnings = std::move(manifest.warnings);
  return listing;
}

}  // namespace

std::vector<std::string> sentences(const FilesByKind& files) {
  std::vector<std::string> result;
  for (const auto& [kind, names] : files) {
    result.push_back(fmt::format("{} file{} passed over ({}): {}", names.size(), names.size() == 1 ? "" : "s", kind,
                                 some_of(names)));
  }
  return result;
}

ImageListing list_images(const fs::path& path, const ImageReadOptions& options) {
  if (fs::is_directory(path)) return list_folder(path, options);
  if (io::is_image_manifest(path, options.image_column)) return list_manifest(path, options);
  if (options.labels_required && options.labels) {
    throw InputError(Fault{.place = path.string(),
                           .rule = "is one image without a label",
                           .remedy = "give a folder with one folder of images per class, or a manifest with labels"});
  }
  ImageListing listing;
  listing.files.push_back({path});
  return listing;
}

void require_images_of_all_classes(const ImageListing& listing, const fs::path& path) {
  std::set<std::string> found;
  for (const ImageFile& file : listing.files) found.insert(file.label);
  const auto lost = std::ranges::find_if(listing.classes, [&](const auto& name) { return !found.contains(name); });
  if (lost == listing.classes.end()) return;
  FilesByKind in_it;
  for (const FilesByKind* files : {&listing.left_out, &listing.passed_over}) {
    for (const auto& [kind, names] : *files) {
      for (const std::string& name : names) {
        if (name.starts_with(*lost + "/")) in_it[kind].push_back(name);
      }
    }
  }
  std::string rule = fmt::format("no image of the class {} can be read", *lost);
  if (!in_it.empty()) rule += fmt::format(": {}", fmt::join(sentences(in_it), ", "));
  throw InputError(Fault{
      .place = path.string(), .rule = rule, .remedy = "convert its images to PNG or JPEG, or take the class away"});
}

}  // namespace holdfast::deep
