#include "io/cifar.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::io {

Dataset read_cifar(ByteSource& source, const ReadPlan& plan) {
  constexpr std::size_t pixels = 3072;
  constexpr std::size_t record = pixels + 1;
  const auto fail_size = [&](std::uint64_t size) {
    fail(source.name(),
         fmt::format("holds {} bytes, which is no multiple of {}; a CIFAR-10 binary file has {} bytes for "
                     "each image",
                     size, record, record));
  };
  if (const auto left = source.remaining(); left && *left % record != 0) fail_size(*left);
  ValueBlocks values(static_cast<Index>(pixels));
  std::vector<unsigned char> labels;
  unsigned char bytes[record];
  for (;;) {
    const std::size_t got = source.read(bytes, record);
    if (got == 0) break;
    if (got != record) fail_size(labels.size() * record + got);
    std::copy(bytes + 1, bytes + record, values.space(static_cast<Index>(pixels)).begin());
    values.keep(static_cast<Index>(pixels));
    labels.push_back(bytes[0]);
  }
  Dataset data;
  data.x = values.take(source.name(), static_cast<Index>(labels.size()), static_cast<Index>(pixels));
  if (plan.own_labels()) data.labels = byte_labels(labels);
  return data;
}

}  // namespace holdfast::io
