#include "io/binary.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "io/text.hpp"

namespace holdfast::io {
namespace {

/// Calls `call` with a value of the C++ type of the numbers.
template <class Call>
void with_type(const ElementType& type, Call&& call) {
  switch (type.kind) {
    case ElementType::Kind::signed_integer:
      if (type.size == 1) return call(std::int8_t{});
      if (type.size == 2) return call(std::int16_t{});
      if (type.size == 4) return call(std::int32_t{});
      return call(std::int64_t{});
    case ElementType::Kind::unsigned_integer:
      if (type.size == 1) return call(std::uint8_t{});
      if (type.size == 2) return call(std::uint16_t{});
      if (type.size == 4) return call(std::uint32_t{});
      return call(std::uint64_t{});
    default:
      if (type.size == 2) return call(Eigen::half{});
      if (type.size == 4) return call(float{});
      if constexpr (has_extended) {
        if (type.size == 16) return call(0.0L);
      }
      return call(double{});
  }
}

}  // namespace

void convert(const char* from, const ElementType& type, std::span<double> out) {
  with_type(type, [&](auto sample) {
    for (double& value : out) {
      value = static_cast<double>(load<decltype(sample)>(from, type.big_endian));
      from += sizeof sample;
    }
  });
}

std::optional<std::uint64_t> product(std::span<const std::uint64_t> extents) {
  std::uint64_t result = 1;
  bool overflow = false;
  for (const std::uint64_t extent : extents) {
    if (extent == 0) return 0;
    overflow = overflow || result > UINT64_MAX / extent;
    if (!overflow) result *= extent;
  }
  if (overflow) return std::nullopt;
  return result;
}

void require_remaining(const ByteSource& source, std::optional<std::uint64_t> count, std::uint64_t size) {
  if (!count || *count > UINT64_MAX / size) {
    fail(source.name(), "its header claims more data than any file can hold; write the file again");
  }
  const std::uint64_t expected = *count * size;
  const std::optional<std::uint64_t> left = source.remaining();
  if (left && *left != expected) {
    fail(source.name(), fmt::format("its header claims {} bytes of data, but {} follow; the file is {}, write it again",
                                    expected, *left, *left < expected ? "cut short" : "too long"));
  }
}

void require_end(ByteSource& source) {
  if (!source.at_end()) fail(source.name(), "more data follow than its header claims; write the file again");
}

void fail_too_short(const ByteSource& source) {
  fail(source.name(), "the data end before what its header claims; the file is cut short, write it again");
}

Matrix read_numbers(ByteSource& source, const ElementType& type, std::uint64_t rows, std::uint64_t columns,
                    ValueBlocks::Order order) {
  require_memory(source.name(), rows, columns);
  ValueBlocks values;
  const auto size = static_cast<std::size_t>(type.size);
  read_items(source, rows * columns, size, [&](std::uint64_t first, std::uint64_t count, const char* bytes) {
    for (std::uint64_t done = 0; done < count;) {
      const std::span<double> out = values.space(static_cast<Index>(count - done));
      convert(bytes + done * size, type, out);
      const auto bad = std::find_if(out.begin(), out.end(), [](double value) { return std::isinf(value); });
      if (bad != out.end()) {
        const std::uint64_t at = first + done + static_cast<std::uint64_t>(bad - out.begin());
        const std::uint64_t row = order == ValueBlocks::Order::rows ? at / columns : at % rows;
        const std::uint64_t column = order == ValueBlocks::Order::rows ? at % columns : at / rows;
        const std::string where = fmt::format("row {}, column {} (counted from 0)", row, column);
        fail(source.name(), fmt::format("{} is infinite; every feature must be a finite number", where));
      }
      values.keep(static_cast<Index>(out.size()));
      done += out.size();
    }
  });
  require_end(source);
  return values.take(source.name(), static_cast<Index>(rows), static_cast<Index>(columns), order);
}

std::string number_label(const char* from, const ElementType& type) {
  std::string text;
  with_type(type, [&](auto sample) {
    const auto value = load<decltype(sample)>(from, type.big_endian);
    if constexpr (std::is_integral_v<decltype(sample)>) {
      text = fmt::format("{}", +value);
    } else {
      // The shortest text that reads back as the same number of its type; float has all values of half.
      using Shown = std::conditional_t<(sizeof sample >= sizeof(double)), double, float>;
      text = canonical_label(fmt::format("{}", static_cast<Shown>(value)));
    }
  });
  return text;
}

}  // namespace holdfast::io
