#include "io/npy.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>

#include "holdfast/core/parse.hpp"
#include "holdfast/io/atomic_file.hpp"
#include "holdfast/io/npy.hpp"
#include "io/binary.hpp"
#include "io/missing_cells.hpp"
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

  [[nodiscard]] ValueBlocks::Order order() const {
    return fortran_order ? ValueBlocks::Order::columns : ValueBlocks::Order::rows;
  }
};

/// The literal of a Python dictionary as JSON.
std::string as_json(std::string_view python) {
  std::string json;
  for (const char c : python) {
    const bool after_digit = !json.empty() && json.back() >= '0' && json.back() <= '9';
    if (c == 'L' && after_digit) continue;  // Python 2 wrote long integers so
    if (c == ')' || c == ']' || c == '}') {
      const std::size_t last = json.find_last_not_of(" \n\t");
      if (last != std::string::npos && json[last] == ',') json.resize(last);
    }
    json += c == '\'' ? '"' : c == '(' ? '[' : c == ')' ? ']' : c;
  }
  for (const auto& [word, replacement] : {std::pair("False", "false"), std::pair("True", "true")}) {
    const std::size_t at = json.find(word);
    if (at != std::string::npos) json.replace(at, std::string_view(word).size(), replacement);
  }
  return json;
}

Header parse_header(std::string_view text, const std::string& source) {
  using nlohmann::json;
  int keys = 0;  // each once: a parsed object no longer tells
  const auto count_keys = [&keys](int, json::parse_event_t event, const json&) {
    keys += event == json::parse_event_t::key ? 1 : 0;
    return true;
  };
  const json header = json::parse(as_json(text), count_keys, false);
  try {
    if (header.at("descr").is_array()) {
      fail(source, "its array is structured (with named fields); save the columns as one plain numeric array");
    }
    const json& shape = header.at("shape");
    const bool counts =
        std::all_of(shape.begin(), shape.end(), [](const json& extent) { return extent.is_number_unsigned(); });
    if (keys == 3 && counts) {
      return {header.at("descr").get<std::string>(), header.at("fortran_order").get<bool>(),
              shape.get<std::vector<std::uint64_t>>()};
    }
  } catch (const json::exception&) {  // a key is missing, or its value of another type
  }
  fail(source, "its npy header is damaged; write it again with numpy.save");
}

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
  return parse_header(text, source.name());
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
  const char order = code.empty() ? '\0' : code[0];
  if (order == '<' || order == '>' || order == '|' || order == '=') code.remove_prefix(1);
  result.number.big_endian = order == '>' || (order != '<' && std::endian::native == std::endian::big);
  const char kind = code.empty() ? '\0' : code[0];
  const std::optional<std::uint64_t> size = parse_whole<std::uint64_t>(code.substr(code.empty() ? 0 : 1));
  const bool extended = has_extended && kind == 'f' && size == 16U;
  const bool word = size && (*size <= 8 || extended) && std::has_single_bit(*size);
  using Kind = ElementType::Kind;
  if (word && (kind == 'i' || kind == 'u' || (kind == 'f' && size != 1U) || (kind == 'b' && size == 1U))) {
    result.number.kind = kind == 'f' ? Kind::floating : kind == 'i' ? Kind::signed_integer : Kind::unsigned_integer;
    result.number.size = static_cast<int>(*size);
  } else if (size && (kind == 'U' || kind == 'S')) {
    result.kind = kind == 'U' ? Descr::Kind::unicode : Descr::Kind::bytes;
    result.characters = *size;
  } else {
    const std::string held = kind == 'O'                  ? "Python objects"
                             : kind == 'c'                ? "complex numbers"
                             : kind == 'M' || kind == 'm' ? "dates or times (datetime64)"
                             : kind == 'V'                ? "raw bytes"
                             : kind == 'f' && size > 8U   ? "numbers of extended precision (longdouble)"
                                                          : fmt::format("numbers of type {}", shown(descr));
    fail_type(source, held, advice);
  }
  return result;
}

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  return fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
}

void append_utf8(std::string& text, std::uint32_t c) {
  constexpr std::array<std::uint32_t, 4> lead = {0, 0xC0, 0xE0, 0xF0};
  const std::size_t following = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  text += static_cast<char>(lead[following] | c >> 6 * following);
  for (std::size_t i = following; i-- > 0;) text += static_cast<char>(0x80U | (c >> 6 * i & 0x3FU));
}

/// Columns of flattened entries in C order, given in Fortran order, where the first extent of an entry runs fastest.
Matrix in_c_order(const Matrix& x, std::span<const std::uint64_t> extents) {
  Matrix ordered(x.rows(), x.cols());
  for (Index column = 0; column < x.cols(); ++column) {
    auto rest = static_cast<std::uint64_t>(column);
    std::uint64_t to = 0;
    for (const std::uint64_t extent : extents) {
      to = to * extent + rest % extent;
      rest /= extent;
    }
    ordered.col(static_cast<Index>(to)) = x.col(column);
  }
  return ordered;
}

/// NumPy fills texts up with zeros.
std::string text_label(const char* from, const Descr& descr, const std::string& source, std::uint64_t row) {
  std::string text;
  if (descr.kind == Descr::Kind::bytes) {
    text.assign(from, static_cast<std::size_t>(descr.characters));
  } else {
    for (std::uint64_t i = 0; i < descr.characters; ++i) {
      const auto c = load<std::uint32_t>(from + 4 * i, descr.number.big_endian);
      if (c > 0x10FFFF) fail(source, fmt::format("label {} (counted from 0) is not valid text; write it again", row));
      append_utf8(text, c);
    }
  }
  text.erase(text.find_last_not_of('\0') + 1);
  if (!is_utf8(text)) {
    fail(source, fmt::format("label {} (counted from 0) is not valid UTF-8; write it as a unicode text", row));
  }
  return std::string(trimmed(text));
}

[[noreturn]] void fail_label_shape(const std::string& source, const std::vector<std::uint64_t>& shape) {
  fail(source, fmt::format("its array is of shape {}; labels must be of shape (rows,)", shape_text(shape)));
}

/// The column, from 0, of the single 1 of each row.
std::vector<std::string> read_one_hot(ByteSource& source, const Header& header, const Descr& descr,
                                      std::vector<std::string>& notes) {
  const std::optional<std::uint64_t> count = product(header.shape);
  require_remaining(source, count, static_cast<std::uint64_t>(descr.number.size));
  if (*count == 0) fail_label_shape(source.name(), header.shape);
  const Matrix codes = read_numbers(source, descr.number, header.shape[0], header.shape[1], header.order());
  std::vector<std::string> labels;
  for (Index row = 0; row < codes.rows(); ++row) {
    Index column = 0;
    const bool one = codes.row(row).maxCoeff(&column) == 1.0 && (codes.row(row).array() != 0.0).count() == 1;
    if (!one) fail_label_shape(source.name(), header.shape);
    labels.push_back(fmt::format("{}", column));
  }
  notes.push_back(
      fmt::format("labels of {} columns are one-hot: the column of the 1, counted from 0, is the class", codes.cols()));
  return labels;
}

}  // namespace

bool begins_as_npy(ByteSource& source) { return source.peek(magic.size()) == magic; }

Matrix read_npy_matrix(ByteSource& source, std::vector<std::string>& notes) {
  const std::string& name = source.name();
  const Header header = read_header(source);
  constexpr std::string_view advice = "save the features as numbers, such as X.astype('float64')";
  const Descr descr = parse_descr(header.descr, name, advice);
  if (descr.kind != Descr::Kind::number) fail_type(name, "texts", advice);
  const std::vector<std::uint64_t>& shape = header.shape;
  if (shape.size() < 2) {
    fail(name, fmt::format("its array is of shape {}; features must be a matrix of shape (rows, features), such as "
                           "X.reshape(-1, 1) for a single feature",
                           shape_text(shape)));
  }
  const std::optional<std::uint64_t> count = product(shape);
  // Checked before anything is allocated.
  require_remaining(source, count, static_cast<std::uint64_t>(descr.number.size));
  if (*count == 0) {
    fail(name, fmt::format("its array of shape {} is empty; there must be at least one row and one feature",
                           shape_text(shape)));
  }
  Matrix x = read_numbers(source, descr.number, shape[0], *count / shape[0], header.order());
  if (shape.size() == 2) return x;
  const std::span<const std::uint64_t> extents = std::span(shape).subspan(1);
  notes.push_back(fmt::format("entries of {} are flattened to {} features", fmt::join(extents, " x "), x.cols()));
  return header.fortran_order ? in_c_order(x, extents) : x;
}

std::vector<double> read_npy_numbers(ByteSource& source) {
  const std::string& name = source.name();
  const Header header = read_header(source);
  constexpr std::string_view advice = "save it as numbers";
  const Descr descr = parse_descr(header.descr, name, advice);
  if (descr.kind != Descr::Kind::number) fail_type(name, "texts", advice);
  if (header.shape.size() != 1) {
    fail(name, fmt::format("its array is of shape {}; it must have one dimension", shape_text(header.shape)));
  }
  const auto size = static_cast<std::uint64_t>(descr.number.size);
  require_remaining(source, header.shape[0], size);
  std::vector<double> numbers;
  read_items(source, header.shape[0], size, [&](std::uint64_t, std::uint64_t items, const char* bytes) {
    const std::size_t had = numbers.size();
    numbers.resize(had + static_cast<std::size_t>(items));
    convert(bytes, descr.number, std::span(numbers).subspan(had));
  });
  require_end(source);
  return numbers;
}

std::string npy_shape(ByteSource& source) { return shape_text(read_header(source).shape); }

std::vector<std::string> read_npy_labels(ByteSource& source, std::vector<std::string>& notes, Missing missing) {
  const std::string& name = source.name();
  const Header header = read_header(source);
  const Descr descr = parse_descr(header.descr, name, "save the labels as integers or texts, such as y.astype(str)");
  const std::vector<std::uint64_t>& shape = header.shape;
  const bool is_vector = std::ranges::count(shape, 1U) + 1 >= std::ssize(shape);
  if (!is_vector) {
    if (shape.size() == 2 && descr.kind == Descr::Kind::number) return read_one_hot(source, header, descr, notes);
    fail_label_shape(name, shape);
  }
  const std::uint64_t count = product(shape).value();  // a single extent does not overflow
  std::uint64_t size = static_cast<std::uint64_t>(descr.number.size);
  if (descr.kind != Descr::Kind::number) {
    if (descr.characters > longest_label) {
      fail(name, fmt::format("its labels are up to {} characters long; give labels of at most {} characters",
                             descr.characters, longest_label));
    }
    size = descr.characters * (descr.kind == Descr::Kind::unicode ? 4 : 1);
  }
  if (count == 0 || size == 0) fail(name, "holds no labels; give every row a label");
  require_remaining(source, count, size);
  std::vector<std::string> labels;
  read_items(source, count, size, [&](std::uint64_t first, std::uint64_t items, const char* bytes) {
    for (std::uint64_t i = 0; i < items; ++i) {
      const char* const at = bytes + i * size;
      const bool is_text = descr.kind != Descr::Kind::number;
      const std::string label = is_text ? text_label(at, descr, name, first + i) : number_label(at, descr.number);
      if (!is_text && label.ends_with("inf")) {
        fail(name, fmt::format("label {} (counted from 0) is not finite; give every row a label", first + i));
      }
      labels.emplace_back(settled_label(label, missing, [&](const std::string& problem) {
        fail(name, fmt::format("label {} (counted from 0) {}", first + i, problem));
      }));
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
  static_assert(std::endian::native == std::endian::little, "npy files are written as numbers lie in memory");
  for (Index row = 0; row < x.rows(); ++row) {
    const auto* bytes = reinterpret_cast<const char*>(x.row(row).data());
    out.write({bytes, static_cast<std::size_t>(x.cols()) * sizeof(double)});
  }
  out.commit();
}

}  // namespace holdfast::io
