#include "io/npy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"
#include "holdfast/io/atomic_file.hpp"
#include "holdfast/io/npy.hpp"
#include "io/binary.hpp"
#include "io/text.hpp"

namespace holdfast::io {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::uint64_t longest_header = std::uint64_t{1} << 20;
constexpr std::uint64_t longest_label = std::uint64_t{1} << 16;  // bytes

struct Header {
  std::string descr;
  bool fortran_order = false;
  std::vector<std::uint64_t> shape;
};

/// Reads the header's text, the literal of a Python dictionary with three keys.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& source) : text_(text), source_(source) {}

  Header parse() {
    Header header;
    bool has_descr = false;
    bool has_order = false;
    bool has_shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = string();
      expect(':');
      if (key == "descr" && !has_descr) {
        if (peek() == '[') fail(source_, "its array has named fields; save the columns as one plain numeric array");
        header.descr = string();
        has_descr = true;
      } else if (key == "fortran_order" && !has_order) {
        header.fortran_order = boolean();
        has_order = true;
      } else if (key == "shape" && !has_shape) {
        header.shape = tuple();
        has_shape = true;
      } else {
        refuse();
      }
      if (!accept(',') && peek() != '}') refuse();
    }
    if (!has_descr || !has_order || !has_shape || peek() != '\0') refuse();
    return header;
  }

 private:
  [[noreturn]] void refuse() const { fail(source_, "its npy header is damaged; write it again with numpy.save"); }

  char peek() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) refuse();
  }
  bool accept_word(std::string_view word) {
    peek();
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  std::string string() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') refuse();
    const std::size_t stop = text_.find(quote, at_ + 1);
    if (stop == std::string_view::npos) refuse();
    std::string result(text_.substr(at_ + 1, stop - at_ - 1));
    at_ = stop + 1;
    return result;
  }
  bool boolean() {
    if (accept_word("True")) return true;
    if (!accept_word("False")) refuse();
    return false;
  }
  std::vector<std::uint64_t> tuple() {
    std::vector<std::uint64_t> result;
    expect('(');
    while (!accept(')')) {
      peek();
      std::uint64_t extent = 0;
      const auto [stop, status] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), extent);
      if (status != std::errc()) refuse();
      at_ = static_cast<std::size_t>(stop - text_.data());
      accept_word("L");  // Python 2 wrote long integers so
      result.push_back(extent);
      if (!accept(',') && peek() != ')') refuse();
    }
    return result;
  }

  std::string_view text_;
  const std::string& source_;
  std::size_t at_ = 0;
};

Header read_header(ByteSource& source) {
  char start[8];
  if (source.read(start, sizeof start) != sizeof start || std::string_view(start, magic.size()) != magic) {
    fail(source.name(), "is not an npy file; write it with numpy.save, or name its format with `format`");
  }
  const int version = static_cast<unsigned char>(start[6]);
  if (version < 1 || version > 3) {
    fail(source.name(), fmt::format("is of npy version {}; versions 1 to 3 can be read", version));
  }
  unsigned char bytes[4] = {};
  const std::size_t count = version == 1 ? 2 : 4;
  if (source.read(bytes, count) != count) fail_too_short(source);
  std::uint64_t length = 0;
  for (std::size_t i = count; i-- > 0;) length = length << 8 | bytes[i];
  const std::optional<std::uint64_t> left = source.remaining();
  if (length > longest_header || (left && length > *left)) {
    fail(source.name(),
         fmt::format("its npy header claims to be {} bytes long; the file is damaged, write it again with "
                     "numpy.save",
                     length));
  }
  std::string text(static_cast<std::size_t>(length), '\0');
  if (source.read(text.data(), text.size()) != text.size()) fail_too_short(source);
  return HeaderParser(text, source.name()).parse();
}

/// An element type by its NumPy code, such as "<f8".
struct Descr {
  enum class Kind { number, unicode, bytes } kind = Kind::number;
  ElementType number;
  std::uint64_t characters = 0;  // of texts
};

[[noreturn]] void fail_type(const std::string& source, std::string_view held, std::string_view advice) {
  fail(source, fmt::format("its array holds {}; {}", held, advice));
}

Descr parse_descr(const std::string& descr, const std::string& source, std::string_view advice) {
  std::string_view code = descr;
  Descr result;
  bool big = std::endian::native == std::endian::big;
  if (!code.empty() && (code[0] == '<' || code[0] == '>' || code[0] == '|' || code[0] == '=')) {
    if (code[0] == '<') big = false;
    if (code[0] == '>') big = true;
    code.remove_prefix(1);
  }
  const char kind = code.empty() ? '\0' : code[0];
  const std::optional<std::uint64_t> given = parse_whole<std::uint64_t>(code.substr(code.empty() ? 0 : 1));
  const bool sized = given.has_value();
  const std::uint64_t size = given.value_or(0);
  result.number.big_endian = big;
  const bool word = size == 1 || size == 2 || size == 4 || size == 8;
  if (sized && kind == 'f' && word && size > 1) {
    result.number.kind = ElementType::Kind::floating;
  } else if (sized && kind == 'i' && word) {
    result.number.kind = ElementType::Kind::signed_integer;
  } else if (sized && ((kind == 'u' && word) || (kind == 'b' && size == 1))) {
    result.number.kind = ElementType::Kind::unsigned_integer;
  } else if (sized && kind == 'U') {
    result.kind = Descr::Kind::unicode;
    result.characters = size;
  } else if (sized && kind == 'S') {
    result.kind = Descr::Kind::bytes;
    result.characters = size;
  } else {
    const std::string held = kind == 'O'                  ? "Python objects"
                             : kind == 'c'                ? "complex numbers"
                             : kind == 'M' || kind == 'm' ? "dates or times"
                             : kind == 'V'                ? "raw bytes"
                                                          : fmt::format("numbers of type {}", shown(descr));
    fail_type(source, held, advice);
  }
  if (result.kind == Descr::Kind::number) result.number.size = static_cast<int>(size);
  return result;
}

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) text += fmt::format("{}{}", i == 0 ? "" : ", ", shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

void append_utf8(std::string& text, std::uint32_t c) {
  const auto add = [&](std::uint32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (c < 0x80) {
    add(c);
  } else if (c < 0x800) {
    add(0xC0 | c >> 6);
    add(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    add(0xE0 | c >> 12);
    add(0x80 | (c >> 6 & 0x3F));
    add(0x80 | (c & 0x3F));
  } else {
    add(0xF0 | (c >> 18 & 0x07));
    add(0x80 | (c >> 12 & 0x3F));
    add(0x80 | (c >> 6 & 0x3F));
    add(0x80 | (c & 0x3F));
  }
}

/// NumPy fills texts up with zeros.
std::string text_label(const char* from, const Descr& descr, const std::string& source, std::uint64_t row) {
  std::string text;
  if (descr.kind == Descr::Kind::bytes) {
    text.assign(from, static_cast<std::size_t>(descr.characters));
  } else {
    for (std::uint64_t i = 0; i < descr.characters; ++i) {
      unsigned char b[4];
      std::memcpy(b, from + 4 * i, sizeof b);
      if (descr.number.big_endian) std::reverse(b, b + 4);
      const std::uint32_t c = b[0] | std::uint32_t{b[1]} << 8 | std::uint32_t{b[2]} << 16 | std::uint32_t{b[3]} << 24;
      if (c > 0x10FFFF) fail(source, fmt::format("label {} (counted from 0) is not valid text; write it again", row));
      append_utf8(text, c);
    }
  }
  text.erase(text.find_last_not_of('\0') + 1);
  if (!is_utf8(text)) {
    fail(source, fmt::format("label {} (counted from 0) is not valid UTF-8; write it as a unicode text", row));
  }
  text = trimmed(text);
  if (text.empty()) fail(source, fmt::format("label {} (counted from 0) is empty; give every row a label", row));
  return text;
}

}  // namespace

bool begins_as_npy(ByteSource& source) {
  return source.peek(magic.size()) == magic;
}

Matrix read_npy_matrix(ByteSource& source) {
  const std::string& name = source.name();
  const Header header = read_header(source);
  constexpr std::string_view advice = "save the features as numbers, such as X.astype('float64')";
  const Descr descr = parse_descr(header.descr, name, advice);
  if (descr.kind != Descr::Kind::number) fail_type(name, "texts", advice);
  const std::vector<std::uint64_t>& shape = header.shape;
  if (shape.size() < 2) {
    fail(name, fmt::format("its array is of shape {}; features must be a matrix of shape (rows, features)",
                           shape_text(shape)));
  }
  if (header.fortran_order && shape.size() > 2) {
    fail(name, fmt::format("its array of shape {} is in Fortran order; save numpy.ascontiguousarray(X) instead",
                           shape_text(shape)));
  }
  const std::optional<std::uint64_t> count = product(shape);
  const auto size = static_cast<std::uint64_t>(descr.number.size);
  // Checked before anything is allocated.
  require_remaining(source, count && *count <= UINT64_MAX / size ? std::optional(*count * size) : std::nullopt);
  if (*count == 0) {
    fail(name, fmt::format("its array of shape {} is empty; there must be at least one row and one feature",
                           shape_text(shape)));
  }
  return read_numbers(source, descr.number, shape[0], *count / shape[0],
                      header.fortran_order ? ValueBlocks::Order::columns : ValueBlocks::Order::rows);
}

std::vector<std::string> read_npy_labels(ByteSource& source) {
  const std::string& name = source.name();
  const Header header = read_header(source);
  const Descr descr = parse_descr(header.descr, name, "save the labels as integers or texts, such as y.astype(str)");
  const std::vector<std::uint64_t>& shape = header.shape;
  if (shape.empty() || shape.size() > 2 || (shape.size() == 2 && shape[1] != 1)) {
    fail(name, fmt::format("its array is of shape {}; labels must be of shape (rows,)", shape_text(shape)));
  }
  const std::uint64_t count = shape[0];
  std::uint64_t size = static_cast<std::uint64_t>(descr.number.size);
  if (descr.kind != Descr::Kind::number) {
    if (descr.characters > longest_label) {
      fail(name, fmt::format("its labels are up to {} characters long; give labels of at most {} characters",
                             descr.characters, longest_label));
    }
    size = descr.characters * (descr.kind == Descr::Kind::unicode ? 4 : 1);
  }
  if (count == 0 || size == 0) fail(name, "holds no labels; give every row a label");
  require_remaining(source, count <= UINT64_MAX / size ? std::optional(count * size) : std::nullopt);
  std::vector<std::string> labels;
  read_items(source, count, size, [&](std::uint64_t first, std::uint64_t items, const char* bytes) {
    for (std::uint64_t i = 0; i < items; ++i) {
      const char* const at = bytes + i * size;
      if (descr.kind != Descr::Kind::number) {
        labels.push_back(text_label(at, descr, name, first + i));
        continue;
      }
      double value = 0.0;
      convert(at, descr.number, std::span(&value, 1));
      if (!std::isfinite(value)) {
        fail(name, fmt::format("label {} (counted from 0) is not finite; give every row a label", first + i));
      }
      labels.push_back(number_label(at, descr.number));
    }
  });
  require_end(source);
  return labels;
}

void write_npy(const std::filesystem::path& file, const MatrixView& x) {
  std::string header =
      fmt::format("{{'descr': '<f8', 'fortran_order': False, 'shape': ({}, {}), }}", x.rows(), x.cols());
  constexpr std::size_t before = magic.size() + 4;                    // and the version and the length
  header.append((64 - (before + header.size() + 1) % 64) % 64, ' ');  // the numbers begin at a multiple of 64
  header += '\n';
  AtomicFile out(file);
  out.write(magic);
  const char preamble[4] = {1, 0, static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)};
  out.write(std::string_view(preamble, sizeof preamble));
  out.write(header);
  for (Index row = 0; row < x.rows(); ++row) {
    if constexpr (std::endian::native == std::endian::little) {
      out.write(std::as_bytes(std::span(x.row(row).data(), static_cast<std::size_t>(x.cols()))));
    } else {
      for (Index column = 0; column < x.cols(); ++column) {
        char bytes[sizeof(double)];
        const double value = x(row, column);
        std::memcpy(bytes, &value, sizeof bytes);
        std::reverse(bytes, bytes + sizeof bytes);
        out.write(std::string_view(bytes, sizeof bytes));
      }
    }
  }
  out.commit();
}

}  // namespace holdfast::io
