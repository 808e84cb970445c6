#include "io/cifar.hpp"

#include <fmt/format.h>

#include <array>

namespace holdfast::io {

PackedImages read_cifar(ByteSource& source, Format format, bool labels) {
  constexpr std::size_t pixels = 3 * 32 * 32;
  const std::size_t classes = format == Format::cifar100 ? 2 : 1;  // bytes
  const std::size_t record = classes + pixels;
  const auto fail_size = [&](std::uint64_t size) {
    const bool is_other = size % (pixels + 3 - classes) == 0;
    fail(source.name(), fmt::format("holds {} bytes, which is no multiple of {}; a CIFAR-{} binary file has {} bytes "
                                    "for each image{}",
                                    size, record, classes == 1 ? 10 : 100, record,
                                    is_other ? fmt::format(", and this looks like CIFAR-{}: give `format={}`",
                                                           classes == 1 ? 100 : 10, classes == 1 ? "cifar100" : "cifar")
                                             : std::string()));
  };
  if (const auto left = source.remaining(); left && *left % record != 0) fail_size(*left);
  PackedImages images{3, 32, 32, {}, {}};
  std::vector<int> codes;
  std::array<unsigned char, pixels + 2> bytes{};
  for (;;) {
    const std::size_t got = source.read(bytes.data(), record);
    if (got == 0) break;
    if (got != record) fail_size(codes.size() * record + got);
    codes.push_back(bytes[classes - 1]);
    images.pixels.insert(images.pixels.end(), bytes.begin() + classes, bytes.begin() + record);
  }
  images.pixels.shrink_to_fit();
  if (labels) images.labels = encode_labels(codes);
  return images;
}

}  // namespace holdfast::io
