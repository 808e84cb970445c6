#include "io/cifar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace holdfast::io {
namespace {

constexpr std::size_t pixels = 3072;

/// Calls `take(class, bytes)` for each image.
template <class Take>
void read_records(ByteSource& source, Format format, Take&& take) {
  const std::size_t labels = format == Format::cifar100 ? 2 : 1;
  const std::size_t record = labels + pixels;
  const auto fail_size = [&](std::uint64_t size) {
    const bool is_other = size % (pixels + 3 - labels) == 0;
    fail(source.name(), fmt::format("holds {} bytes, which is no multiple of {}; a CIFAR-{} binary file has {} bytes "
                                    "for each image{}",
                                    size, record, labels == 1 ? 10 : 100, record,
                                    is_other ? fmt::format(", and this looks like CIFAR-{}: give `format={}`",
                                                           labels == 1 ? 100 : 10, labels == 1 ? "cifar100" : "cifar")
                                             : std::string()));
  };
  if (const auto left = source.remaining(); left && *left % record != 0) fail_size(*left);
  std::array<unsigned char, pixels + 2> bytes{};
  for (std::uint64_t image = 0;; ++image) {
    const std::size_t got = source.read(bytes.data(), record);
    if (got == 0) break;
    if (got != record) fail_size(image * record + got);
    take(bytes[labels - 1], bytes.data() + labels);
  }
}

}  // namespace

PackedImages read_cifar_images(ByteSource& source, Format format, bool labels) {
  PackedImages images{3, 32, 32, {}, {}};
  std::vector<unsigned char> classes;
  read_records(source, format, [&](unsigned char label, const unsigned char* bytes) {
    classes.push_back(label);
    images.pixels.insert(images.pixels.end(), bytes, bytes + pixels);
  });
  images.pixels.shrink_to_fit();
  if (labels) images.labels = byte_labels(classes);
  return images;
}

Dataset read_cifar(ByteSource& source, Format format, const ReadPlan& plan) {
  ValueBlocks values(static_cast<Index>(pixels));
  std::vector<unsigned char> classes;
  read_records(source, format, [&](unsigned char label, const unsigned char* bytes) {
    std::copy(bytes, bytes + pixels, values.space(static_cast<Index>(pixels)).begin());
    values.keep(static_cast<Index>(pixels));
    classes.push_back(label);
  });
  Dataset data;
  data.x = values.take(source.name(), static_cast<Index>(classes.size()), static_cast<Index>(pixels));
  if (plan.own_labels()) data.labels = byte_labels(classes);
  return data;
}

}  // namespace holdfast::io
