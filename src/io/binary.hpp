// What the binary formats share: numbers of any type and byte order, read in bounded pieces.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/byte_source.hpp"
#include "io/table.hpp"

namespace holdfast::io {

/// How a number lies in a file.
struct ElementType {
  enum class Kind { signed_integer, unsigned_integer, floating } kind = Kind::floating;
  int size = 8;  ///< bytes: 1, 2, 4, 8; floating: 2, 4, 8, and 16 if has_extended
  bool big_endian = false;
};

/// Whether numbers of extended precision (C's long double), whose form depends on the processor, can be read here.
inline constexpr bool has_extended = std::numeric_limits<long double>::digits == 64 && sizeof(long double) == 16;

/// The number that begins at `from`.
template <class Value>
[[nodiscard]] Value load(const char* from, bool big_endian) {
  std::array<char, sizeof(Value)> bytes;
  std::memcpy(bytes.data(), from, bytes.size());
  if (big_endian != (std::endian::native == std::endian::big)) std::ranges::reverse(bytes);
  return std::bit_cast<Value>(bytes);
}

/// Converts out.size() numbers to float64.
void convert(const char* from, const ElementType& type, std::span<double> out);

/// The product of the extents, or nothing if it overflows.
[[nodiscard]] std::optional<std::uint64_t> product(std::span<const std::uint64_t> extents);

/// Throws InputError unless exactly `count` numbers of `size` bytes are left, if that is known without reading; also if
/// `count` is nothing or the number of bytes overflows.
void require_remaining(const ByteSource& source, std::optional<std::uint64_t> count, std::uint64_t size);
/// Throws InputError if bytes are left. Call it after the last read: it also makes a compressed source check its
/// checksum.
void require_end(ByteSource& source);

/// Reads exactly `count` items of `size` bytes in pieces of bounded size: calls `take(first, items, bytes)` for each.
template <class Take>
void read_items(ByteSource& source, std::uint64_t count, std::uint64_t size, Take&& take);

/// Reads rows x columns numbers that lie row by row or column by column, to the end of the source. Throws InputError
/// if there are too few or too many, or if one is not finite (with its row and column, from 0).
[[nodiscard]] Matrix read_numbers(ByteSource& source, const ElementType& type, std::uint64_t rows,
                                  std::uint64_t columns, ValueBlocks::Order order);

/// The text of a numeric label: whole numbers without decimals.
[[nodiscard]] std::string number_label(const char* from, const ElementType& type);

[[noreturn]] void fail_too_short(const ByteSource& source);

template <class Take>
void read_items(ByteSource& source, std::uint64_t count, std::uint64_t size, Take&& take) {
  constexpr std::uint64_t usual_piece = std::uint64_t{1} << 18;
  const std::uint64_t items =
      std::min(count, std::max<std::uint64_t>(1, usual_piece / std::max<std::uint64_t>(size, 1)));
  std::vector<char> buffer(static_cast<std::size_t>(items * size));
  for (std::uint64_t first = 0; first < count;) {
    const std::uint64_t now = std::min(items, count - first);
    const auto bytes = static_cast<std::size_t>(now * size);
    if (source.read(buffer.data(), bytes) != bytes) fail_too_short(source);
    take(first, now, buffer.data());
    first += now;
  }
}

}  // namespace holdfast::io
