#include "holdfast/io/radius_file.hpp"

#include <fmt/format.h>

#include <algorithm>
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

/// Where each named column is.
class Header {
 public:
  Header(const std::string& source, const std::vector<std::string_view>& cells) : fields_(cells.size()) {
    for (std::size_t i = 0; i < cells.size(); ++i) places_.emplace(std::string(cells[i]), i);
    for (const char* needed : {"row", "label", "predicted", "norm", "radius"}) {
      if (!has(needed)) {
        fail_at(source, 1, 1,
                fmt::format("has no column \"{}\"; a file of radii begins with {} (certify) or {} (attack)", needed,
                            columns_of_certify, columns_of_attack));
      }
    }
    if (!has("method") && !has("adversarial_label")) {
      fail_at(source, 1, 1, "has neither a column \"method\" (of certify) nor \"adversarial_label\" (of attack)");
    }
  }

  [[nodiscard]] std::size_t fields() const { return fields_; }
  [[nodiscard]] bool has(const std::string& name) const { return places_.count(name) > 0; }
  [[nodiscard]] std::size_t place(const std::string& name) const { return places_.at(name); }
  /// The cell of that name, or empty where there is no such column.
  [[nodiscard]] std::string text(const std::vector<std::string_view>& cells, const std::string& name) const {
    const auto found = places_.find(name);
    return found == places_.end() ? std::string() : std::string(cells[found->second]);
  }

 private:
  std::size_t fields_;
  std::map<std::string, std::size_t> places_;
};

}  // namespace

std::vector<RadiusLine> read_radii(const std::filesystem::path& file, Index rows) {
  const std::unique_ptr<ByteSource> source = open_file(file);
  LineReader reader(*source);
  Cells cells(reader, ',');
  std::string_view record;
  if (!reader.next(record)) {
    fail(source->name(), fmt::format("is empty; a file of radii begins with {}", columns_of_certify));
  }
  const Header header(source->name(), cells.split(record));
  std::vector<RadiusLine> lines;
  while (reader.next(record)) {
    if (is_blank(record)) continue;
    const Index number = reader.number();
    const std::vector<std::string_view>& fields = cells.split(record);
    if (fields.size() != header.fields()) {
      fail_at(source->name(), number, static_cast<Index>(std::min(fields.size(), header.fields())) + 1,
              fmt::format("the line has {} fields; the header has {}", fields.size(), header.fields()));
    }
    RadiusLine line{number,
                    0,
                    header.text(fields, "label"),
                    header.text(fields, "predicted"),
                    header.text(fields, "norm"),
                    header.has("method") ? header.text(fields, "method") : "attack",
                    0.0,
                    header.text(fields, "space"),
                    header.text(fields, "model")};
    const std::string_view row = fields[header.place("row")];
    line.row = parse_whole<Index>(row).value_or(-1);
    if (line.row < 0 || line.row >= rows) {
      fail_at(source->name(), number, static_cast<Index>(header.place("row")) + 1,
              fmt::format("{} is no row of the test data, which has rows 0 to {}", shown(row), rows - 1));
    }
    const std::string_view radius = fields[header.place("radius")];
    const Number value = read_number(radius);
    const bool infinite = radius == "inf";
    if (!infinite && (value.kind != Number::Kind::finite || value.value < 0.0)) {
      fail_at(source->name(), number, static_cast<Index>(header.place("radius")) + 1,
              fmt::format("{} is not a radius; it must be a number of at least 0, or inf", shown(radius)));
    }
    line.radius = infinite ? std::numeric_limits<double>::infinity() : value.value;
    lines.push_back(std::move(line));
  }
  if (lines.empty()) fail(source->name(), "holds no radii");
  return lines;
}

}  // namespace holdfast::io
