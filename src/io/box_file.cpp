#include "holdfast/io/box_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "io/byte_source.hpp"
#include "io/csv_cells.hpp"
#include "io/text.hpp"

namespace holdfast::io {
namespace {

constexpr std::array<std::string_view, 3> columns = {"column", "lower", "upper"};

/// The places of the columns in a file.
std::array<std::size_t, 3> read_header(const std::string& source, const std::vector<std::string_view>& cells) {
  std::array<std::size_t, 3> places{};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto found = std::ranges::find(cells, columns[i]);
    if (found == cells.end()) {
      fail_at(source, 1, 1,
              fmt::format("has no column \"{}\"; a file of limits begins with column,lower,upper", columns[i]));
    }
    places[i] = static_cast<std::size_t>(found - cells.begin());
  }
  return places;
}

}  // namespace

std::vector<BoxLine> read_box(const std::filesystem::path& file) {
  const std::unique_ptr<ByteSource> source = open_file(file);
  LineReader reader(*source);
  Cells cells(reader, ',');
  std::string_view record;
  if (!reader.next(record)) fail(source->name(), "is empty; a file of limits begins with column,lower,upper");
  const std::vector<std::string_view>& fields = cells.split(record);
  const std::array<std::size_t, 3> places = read_header(source->name(), fields);
  const std::size_t width = fields.size();
  std::vector<BoxLine> lines;
  while (reader.next(record)) {
    if (is_blank(record)) continue;
    const Index number = reader.number();
    cells.split(record);
    require_width(fields, width, source->name(), number);
    const auto limit_in = [&](std::size_t place, double absent) {
      if (is_blank(fields[place])) return absent;
      const Number value = read_number(fields[place]);
      if (value.kind != Number::Kind::finite) {
        fail_at(source->name(), number, static_cast<Index>(place) + 1,
                fmt::format("{} is no limit; it must be a number, or empty for none", shown(fields[place])));
      }
      return value.value;
    };
    BoxLine line{.line = number, .column = std::string(fields[places[0]])};
    line.lower = limit_in(places[1], line.lower);
    line.upper = limit_in(places[2], line.upper);
    if (line.column.empty()) fail_at(source->name(), number, static_cast<Index>(places[0]) + 1, "no column is named");
    if (!(line.lower < line.upper)) {
      fail_at(source->name(), number, static_cast<Index>(places[1]) + 1,
              fmt::format("the lower limit {} is not below the upper one, {}", line.lower, line.upper));
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace holdfast::io
