#include "holdfast/deep/image_set.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "deep/image_codec.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/core/parse.hpp"

namespace holdfast::deep {

std::string text(const ImageShape& shape) {
  return fmt::format("{} x {} pixels, {} channel{}", shape.height, shape.width, shape.channels,
                     shape.channels == 1 ? "" : "s");
}

ImageSet::ImageSet(const ImageShape& shape, std::vector<std::uint8_t> pixels, std::optional<Labels> labels,
                   std::string source)
    : shape_(shape), pixels_(std::move(pixels)), labels_(std::move(labels)), source_(std::move(source)) {}

ImageSet::ImageSet(const ImageShape& shape, std::vector<std::filesystem::path> files, std::optional<Labels> labels,
                   std::string source)
    : shape_(shape), files_(std::move(files)), labels_(std::move(labels)), source_(std::move(source)) {}

Index ImageSet::size() const {
  return in_memory() ? static_cast<Index>(pixels_.size()) / shape_.size() : static_cast<Index>(files_.size());
}

void ImageSet::read(Index image, std::uint8_t* to) const {
  if (in_memory()) {
    std::copy_n(pixels_.begin() + static_cast<std::ptrdiff_t>(image * shape_.size()), shape_.size(), to);
  } else {
    decode_to(files_[static_cast<std::size_t>(image)], shape_, to);
  }
}

Dataset ImageSet::as_rows() const {
  Dataset data;
  data.x.resize(size(), shape_.size());
  parallel_for(size(), 64, [&](Index begin, Index end) {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(shape_.size()));
    for (Index image = begin; image < end; ++image) {
      read(image, bytes.data());
      std::copy(bytes.begin(), bytes.end(), data.x.row(image).data());
    }
  });
  data.labels = labels_;
  data.source = source_;
  return data;
}

std::string ImageSet::checksum() const {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  const auto add = [&](const void* from, std::size_t bytes) {
    const auto* at = static_cast<const unsigned char*>(from);
    for (std::size_t i = 0; i < bytes; ++i) hash = (hash ^ at[i]) * 0x100000001b3ULL;
  };
  const Index shape[] = {size(), shape_.channels, shape_.height, shape_.width};
  add(shape, sizeof shape);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(shape_.size()));
  for (Index image = 0; image < size(); ++image) {
    read(image, bytes.data());
    add(bytes.data(), bytes.size());
    if (labels_) add(labels_->text(image).c_str(), labels_->text(image).size() + 1);
  }
  return fmt::format("{:016x}", hash);
}

const OptionTable<ImageReadOptions>& image_read_options() {
  using O = ImageReadOptions;
  static const OptionTable<O> table = {
      {word("image-size", "folders and manifests: the size to which all images are resized", "HxW"),
       [](const O& o) {
         return o.size ? std::optional<OptionValue>(fmt::format("{}x{}", o.size->first, o.size->second)) : std::nullopt;
       },
       [](O& o, const OptionValue& value) { o.size = parse_image_size(std::get<std::string>(value)); }},
      {count("channels", "folders and manifests: 1 (grey) or 3 (colour) to convert all images; 0: those of the images",
             {[](double x) { return x == 0.0 || x == 1.0 || x == 3.0; },
              "must be 1 (grey), 3 (colour), or 0 for those of the images"}),
       &O::channels}};
  return table;
}

std::pair<Index, Index> parse_image_size(const std::string& text) {
  const std::vector<std::string> parts = split_list(text, 'x');
  const Index height = parse_whole<Index>(parts.front()).value_or(0);
  const Index width = parse_whole<Index>(parts.back()).value_or(0);
  if (parts.size() > 2 || height < 1 || width < 1) {
    throw InputError(Fault{.field = "image-size",
                           .value = fmt::format("\"{}\"", text),
                           .rule = "must be height and width in pixels, such as 32x32"});
  }
  return {height, width};
}

}  // namespace holdfast::deep
