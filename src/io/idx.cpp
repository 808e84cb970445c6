#include "io/idx.hpp"

#include <fmt/format.h>

#include <map>

#include "io/binary.hpp"

namespace holdfast::io {
namespace {

struct Header {
  ElementType type;
  std::vector<std::uint64_t> shape;
};

std::optional<ElementType> type_of_magic(std::string_view magic) {
  using Kind = ElementType::Kind;
  static const std::map<char, ElementType> types = {
      {0x08, {Kind::unsigned_integer, 1, true}}, {0x09, {Kind::signed_integer, 1, true}},
      {0x0B, {Kind::signed_integer, 2, true}},   {0x0C, {Kind::signed_integer, 4, true}},
      {0x0D, {Kind::floating, 4, true}},         {0x0E, {Kind::floating, 8, true}}};
  if (magic.size() < 4 || magic[0] != 0 || magic[1] != 0 || magic[3] == 0) return std::nullopt;
  const auto type = types.find(magic[2]);
  return type == types.end() ? std::nullopt : std::optional(type->second);
}

Header read_header(ByteSource& source) {
  char start[4];
  const std::size_t got = source.read(start, sizeof start);
  const std::optional<ElementType> type = type_of_magic(std::string_view(start, got));
  if (!type) {
    std::string bytes;
    for (std::size_t i = 0; i < got; ++i) bytes += fmt::format("{:02x}", static_cast<unsigned char>(start[i]));
    fail(source.name(), fmt::format("is not an idx file (it begins with {}); an idx file begins with 0000, a type from "
                                    "08 to 0e, and the number of dimensions",
                                    bytes));
  }
  Header header{*type, {}};
  for (int i = 0; i < static_cast<unsigned char>(start[3]); ++i) {
    char bytes[4];
    if (source.read(bytes, sizeof bytes) != sizeof bytes) fail_too_short(source);
    header.shape.push_back(load<std::uint32_t>(bytes, true));
  }
  const std::optional<std::uint64_t> count = product(header.shape);
  require_remaining(source, count, static_cast<std::uint64_t>(header.type.size));
  if (*count == 0) fail(source.name(), "its header says that it is empty; it must hold at least one row");
  return header;
}

}  // namespace

bool begins_as_idx(ByteSource& source) { return type_of_magic(source.peek(4)).has_value(); }

Matrix read_idx_matrix(ByteSource& source) {
  const Header header = read_header(source);
  if (header.shape.size() < 2) {
    fail(source.name(), "has one dimension, as a file of labels has; give it with `labels`, and the images as data");
  }
  const std::uint64_t rows = header.shape[0];
  return read_numbers(source, header.type, rows, *product(header.shape) / rows, ValueBlocks::Order::rows);
}

PackedImages read_idx_images(ByteSource& source) {
  const Header header = read_header(source);
  const bool bytes = header.type.kind == ElementType::Kind::unsigned_integer && header.type.size == 1;
  if (header.shape.size() != 3 || !bytes) {
    fail(source.name(), fmt::format("has {} dimensions of {}; images must be n x height x width unsigned bytes",
                                    header.shape.size(), bytes ? "unsigned bytes" : "other numbers"));
  }
  PackedImages images{1, static_cast<Index>(header.shape[1]), static_cast<Index>(header.shape[2]), {}, {}};
  const std::uint64_t size = header.shape[1] * header.shape[2];
  read_items(source, header.shape[0], size, [&](std::uint64_t, std::uint64_t items, const char* from) {
    images.pixels.insert(images.pixels.end(), from, from + items * size);
  });
  require_end(source);
  return images;
}

std::vector<std::string> read_idx_labels(ByteSource& source) {
  const Header header = read_header(source);
  if (header.shape.size() != 1) {
    fail(source.name(), fmt::format("has {} dimensions, as a file of images has; a file of labels must have one",
                                    header.shape.size()));
  }
  std::vector<std::string> labels;
  const auto size = static_cast<std::uint64_t>(header.type.size);
  read_items(source, header.shape[0], size, [&](std::uint64_t, std::uint64_t items, const char* bytes) {
    for (std::uint64_t i = 0; i < items; ++i) labels.push_back(number_label(bytes + i * size, header.type));
  });
  require_end(source);
  return labels;
}

}  // namespace holdfast::io
