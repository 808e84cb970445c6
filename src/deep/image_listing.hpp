// Which files of a folder, a manifest or a single path are images, and of which class.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/core/error.hpp"
#include "holdfast/deep/image_set.hpp"

namespace holdfast::deep {

/// An image file with what is known of it.
struct ImageFile {
  std::filesystem::path path;
  std::string label = {};  ///< empty if it has none
  ImageShape shape = {};
  std::optional<Fault> fault = {};
};

/// Files that are passed over, relative to the folder, by kind.
using FilesByKind = std::map<std::string, std::vector<std::string>>;
/// One sentence per kind: "4 files passed over (hidden): .DS_Store, a/._1.png and 2 more".
[[nodiscard]] std::vector<std::string> sentences(const FilesByKind& files);

struct ImageListing {
  std::vector<ImageFile> files;
  std::vector<std::string> classes;  ///< sorted; also those without an image
  FilesByKind passed_over;           ///< what is no image
  FilesByKind left_out;              ///< images that cannot be decoded
  std::vector<std::string> notes;
  std::vector<std::string> warnings;
};

/// Lists the images of a folder with all its folders, of a manifest, or one image file. Throws InputError if there are
/// none, if images beside class folders have no class, and if a manifest names files that do not exist.
[[nodiscard]] ImageListing list_images(const std::filesystem::path& path, const ImageReadOptions& options);

/// Throws InputError that names the first class without an image and the files that were passed over in it.
void require_images_of_all_classes(const ImageListing& listing, const std::filesystem::path& path);

}  // namespace holdfast::deep
