#include "holdfast/io/radius_file.hpp"

#include <fmt/format.h>

#include <limits>
#include <map>

#include "holdfast/core/parse.hpp"
#include "io/byte_source.hpp"
#include "io/csv_cells.hpp"
#include "io/text.hpp"

namespace holdfast::io {
namespace {

constexpr std::string_view columns_of_certify = "row,label,predicted,norm,method,radius";
constexpr std::string_view columns_of_attack = "row,label,predicted,norm,radius,adversarial_label";

/// The place of each named column.
using Columns = std::map<std::string, std::size_t, std::less<>>;

Columns read_header(const std::string& source, const std::vector<std::string_view>& cells) {
  Columns columns;
  for (std::size_t i = 0; i < cells.size(); ++i) columns.emplace(std::string(cells[i]), i);
  if (columns.contains("same_row")) {
    fail_at(source, 1, 1, "is a file of searches among the rows (retrieval), whose radii have no check");
  }
  for (const char* needed : {"row", "label", "predicted", "norm", "radius"}) {
    if (columns.contains(needed)) continue;
    fail_at(source, 1, 1,
            fmt::format("has no column \"{}\"; a file of radii begins with {} (certify) or {} (attack)", needed,
                        columns_of_certify, columns_of_attack));
  }
  if (!columns.contains("method") && !columns.contains("adversarial_label")) {
    fail_at(source, 1, 1, "has neither a column \"method\" (of certify) nor \"adversarial_label\" (of attack)");
  }
  return columns;
}

}  // namespace

std::vector<RadiusLine> read_radii(const std::filesystem::path& file, Index rows) {
  const std::unique_ptr<ByteSource> source = open_file(file);
  LineReader reader(*source);
  Cells cells(reader, ',');
  std::string_view record;
  if (!reader.next(record)) {
    fail(source->name(), fmt::format("is empty; a file of radii begins with {}", columns_of_certify));
  }
  const std::vector<std::string_view>& fields = cells.split(record);
  const Columns columns = read_header(source->name(), fields);
  const std::size_t width = fields.size();
  // The text in a column, or `absent` if there is no such column.
  const auto text = [&](const char* name, std::string_view absent = {}) {
    const auto column = columns.find(name);
    return std::string(column == columns.end() ? absent : fields[column->second]);
  };
  std::vector<RadiusLine> lines;
  while (reader.next(record)) {
    if (is_blank(record)) continue;
    const Index number = reader.number();
    cells.split(record);
    const auto fail_in = [&](const char* column, const std::string& problem) {
      fail_at(source->name(), number, static_cast<Index>(columns.at(column)) + 1, problem);
    };
    require_width(fields, width, source->name(), number);
    RadiusLine line{number,        0,
                    text("label"), text("predicted"),
                    text("norm"),  text("method", "attack"),
                    0.0,           text("space"),
                    std::nullopt,  text("model")};
    line.row = parse_whole<Index>(text("row")).value_or(-1);
    if (line.row < 0 || line.row >= rows) {
      fail_in("row",
              fmt::format("{} is no row of the test data, which has rows 0 to {}", shown(text("row")), rows - 1));
    }
    // A size in a column, a number of at least 0 or inf.
    const auto size_in = [&](const char* column) {
      const std::string size = text(column);
      if (size == "inf") return std::numeric_limits<double>::infinity();
      const Number value = read_number(size);
      if (value.kind != Number::Kind::finite || value.value < 0.0) {
        fail_in(column, fmt::format("{} is not a radius; it must be a number of at least 0, or inf", shown(size)));
      }
      return value.value;
    };
    line.radius = size_in("radius");
    if (!text("upper").empty()) line.upper = size_in("upper");
    lines.push_back(std::move(line));
  }
  if (lines.empty()) fail(source->name(), "holds no radii");
  return lines;
}

}  // namespace holdfast::io
