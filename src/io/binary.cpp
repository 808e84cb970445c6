#include "io/binary.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace holdfast::io {
namespace {

template <class Value>
Value load(const char* from, bool big_endian) {
  char bytes[sizeof(Value)];
  std::memcpy(bytes, from, sizeof bytes);
  if (big_endian != (std::endian::native == std::endian::big)) std::reverse(bytes, bytes + sizeof bytes);
  Value value;
  std::memcpy(&value, bytes, sizeof bytes);
  return value;
}

double half_to_double(std::uint16_t bits) {
  return static_cast<double>(static_cast<float>(Eigen::numext::bit_cast<Eigen::half>(bits)));
}

template <class Value>
void convert_all(const char* from, bool big_endian, std::span<double> out) {
  for (double& value : out) {
    value = static_cast<double>(load<Value>(from, big_endian));
    from += sizeof(Value);
  }
}

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
      if (type.size == 4) return call(float{});
      return call(double{});
  }
}

[[nodiscard]] bool is_half(const ElementType& type) {
  return type.kind == ElementType::Kind::floating && type.size == 2;
}

template <class Float>
std::string float_label(Float value) {
  constexpr double exact = 9007199254740992.0;  // 2^53
  const auto wide = static_cast<double>(value);
  if (std::trunc(wide) == wide && std::abs(wide) < exact) return fmt::format("{}", static_cast<std::int64_t>(wide));
  return fmt::format("{}", value);  // the shortest text that reads back as the same number of its type
}

}  // namespace

void convert(const char* from, const ElementType& type, std::span<double> out) {
  if (is_half(type)) {
    for (double& value : out) {
      value = half_to_double(load<std::uint16_t>(from, type.big_endian));
      from += 2;
    }
    return;
  }
  with_type(type, [&](auto sample) { convert_all<decltype(sample)>(from, type.big_endian, out); });
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

void require_remaining(const ByteSource& source, std::optional<std::uint64_t> expected) {
  if (!expected) fail(source.name(), "its header claims more data than any file can hold; write the file again");
  const std::optional<std::uint64_t> left = source.remaining();
  if (left && *left != *expected) {
    fail(source.name(), fmt::format("its header claims {} bytes of data, but {} follow; the file is {}, write it again",
                                    *expected, *left, *left < *expected ? "cut short" : "too long"));
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
  ValueBlocks values(1);
  const auto size = static_cast<std::size_t>(type.size);
  read_items(source, rows * columns, size, [&](std::uint64_t first, std::uint64_t count, const char* bytes) {
    for (std::uint64_t done = 0; done < count;) {
      const std::span<double> out = values.space(static_cast<Index>(count - done));
      convert(bytes + done * size, type, out);
      const auto bad = std::find_if(out.begin(), out.end(), [](double value) { return !std::isfinite(value); });
      if (bad != out.end()) {
        const std::uint64_t at = first + done + static_cast<std::uint64_t>(bad - out.begin());
        const std::uint64_t row = order == ValueBlocks::Order::rows ? at / columns : at % rows;
        const std::uint64_t column = order == ValueBlocks::Order::rows ? at % columns : at / rows;
        const std::string where = fmt::format("row {}, column {} (counted from 0)", row, column);
        fail(source.name(),
             std::isnan(*bad)
                 ? fmt::format("{} is NaN; rows with missing values must be filled in or removed first", where)
                 : fmt::format("{} is infinite; every feature must be a finite number", where));
      }
      values.keep(static_cast<Index>(out.size()));
      done += out.size();
    }
  });
  require_end(source);
  return values.take(source.name(), static_cast<Index>(rows), static_cast<Index>(columns), order);
}

std::string number_label(const char* from, const ElementType& type) {
  if (is_half(type)) return float_label(static_cast<float>(half_to_double(load<std::uint16_t>(from, type.big_endian))));
  std::string text;
  with_type(type, [&](auto sample) {
    const auto value = load<decltype(sample)>(from, type.big_endian);
    if constexpr (std::is_floating_point_v<decltype(sample)>) {
      text = float_label(value);
    } else {
      text = fmt::format("{}", +value);
    }
  });
  return text;
}

}  // namespace holdfast::io
