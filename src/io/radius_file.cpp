#include "holdfast/io/radius_file.hpp"

#include <fmt/format.h>

#include <initializer_list>
#include <limits>
#include <map>
#include <memory>

#include "holdfast/core/parse.hpp"
#include "io/byte_source.hpp"
#include "io/csv_cells.hpp"
#include "io/text.hpp"

namespace holdfast::io {
namespace {

constexpr std::string_view columns_of_certify = "row,label,predicted,norm,method,radius";
constexpr std::string_view columns_of_attack = "row,label,predicted,norm,radius,adversarial_label";

/// The lines of a file with a header, whose cells are found by the names of their columns.
class NamedCells {
 public:
  explicit NamedCells(const std::filesystem::path& file)
      : source_(open_file(file)), reader_(*source_), cells_(reader_, ',') {
    std::string_view record;
    if (!reader_.next(record)) {
      fail(source_->name(), fmt::format("is empty; a file of radii begins with {}", columns_of_certify));
    }
    const std::vector<std::string_view>& names = cells_.split(record);
    for (std::size_t i = 0; i < names.size(); ++i) columns_.emplace(std::string(names[i]), i);
    width_ = names.size();
  }

  [[nodiscard]] bool has(const char* name) const { return columns_.contains(name); }
  [[noreturn]] void fail_in_header(const std::string& problem) const { fail_at(source_->name(), 1, 1, problem); }
  void require(std::initializer_list<const char*> names, const std::string& remedy) const {
    for (const char* needed : names) {
      if (!has(needed)) fail_in_header(fmt::format("has no column \"{}\"; {}", needed, remedy));
    }
  }
  /// Throws if not one line follows the header.
  void fail_without_lines() const { fail(source_->name(), "holds no radii"); }

  /// Takes the next line that is not blank; false after the last.
  bool next() {
    std::string_view record;
    do {
      if (!reader_.next(record)) return false;
    } while (is_blank(record));
    number_ = reader_.number();
    require_width(cells_.split(record), width_, source_->name(), number_);
    return true;
  }

  [[nodiscard]] Index number() const { return number_; }
  /// The text in a column, or `absent` if there is no such column.
  [[nodiscard]] std::string text(const char* name, std::string_view absent = {}) const {
    const auto column = columns_.find(name);
    return std::string(column == columns_.end() ? absent : cells_.current()[column->second]);
  }
  /// A row of the test data.
  [[nodiscard]] Index row(const char* name, Index rows) const {
    const Index row = parse_whole<Index>(text(name)).value_or(-1);
    if (row < 0 || row >= rows) {
      fail_in(name, fmt::format("{} is no row of the test data, which has rows 0 to {}", shown(text(name)), rows - 1));
    }
    return row;
  }
  /// A number of at least 0 or inf; `noun` is what it is.
  [[nodiscard]] double size(const char* name, const char* noun = "a radius") const {
    const std::string size = text(name);
    if (size == "inf") return std::numeric_limits<double>::infinity();
    const Number value = read_number(size);
    if (value.kind != Number::Kind::finite || value.value < 0.0) {
      fail_in(name, fmt::format("{} is not {}; it must be a number of at least 0, or inf", shown(size), noun));
    }
    return value.value;
  }
  /// A number of rows, or inf.
  [[nodiscard]] Index count(const char* name) const {
    const std::string count = text(name);
    if (count == "inf") return std::numeric_limits<Index>::max();
    const Index value = parse_whole<Index>(count).value_or(-1);
    if (value < 0) {
      fail_in(name,
              fmt::format("{} is no number of rows; it must be a whole number of at least 0, or inf", shown(count)));
    }
    return value;
  }
  /// Whether the text is the first of two choices.
  [[nodiscard]] bool is_first(const char* name, std::string_view first, std::string_view second) const {
    const std::string choice = text(name);
    if (choice == first || choice == second) return choice == first;
    fail_in(name, fmt::format("{} must be {} or {}", shown(choice), first, second));
  }

 private:
  [[noreturn]] void fail_in(const char* column, const std::string& problem) const {
    fail_at(source_->name(), number_, static_cast<Index>(columns_.find(column)->second) + 1, problem);
  }

  std::unique_ptr<ByteSource> source_;
  LineReader reader_;
  Cells cells_;
  std::map<std::string, std::size_t, std::less<>> columns_;  ///< the place of each
  std::size_t width_ = 0;
  Index number_ = 1;
};

/// take() for every line of a file.
template <class Line, class Take>
std::vector<Line> all_lines(NamedCells& cells, Take&& take) {
  std::vector<Line> lines;
  while (cells.next()) lines.push_back(take());
  if (lines.empty()) cells.fail_without_lines();
  return lines;
}

}  // namespace

RadiusSubject subject_of_radii(const std::filesystem::path& file) {
  const NamedCells cells(file);
  if (cells.has("same_row")) return RadiusSubject::searches;
  return cells.has("first") && cells.has("second") ? RadiusSubject::pairs : RadiusSubject::predictions;
}

std::vector<RadiusLine> read_radii(const std::filesystem::path& file, Index rows) {
  NamedCells cells(file);
  cells.require(
      {"row", "label", "predicted", "norm", "radius"},
      fmt::format("a file of radii begins with {} (certify) or {} (attack)", columns_of_certify, columns_of_attack));
  if (!cells.has("method") && !cells.has("adversarial_label")) {
    cells.fail_in_header("has neither a column \"method\" (of certify) nor \"adversarial_label\" (of attack)");
  }
  const bool has_poisoning = cells.has("insertions") || cells.has("deletions") || cells.has("relabelings");
  if (has_poisoning) {
    cells.require({"insertions", "deletions", "relabelings"}, "the three columns of poisoning stand together");
  }
  return all_lines<RadiusLine>(cells, [&] {
    RadiusLine line{cells.number(),       cells.row("row", rows),
                    cells.text("label"),  cells.text("predicted"),
                    cells.text("norm"),   cells.text("method", "attack"),
                    cells.size("radius"), cells.text("space"),
                    std::nullopt,         std::nullopt,
                    cells.text("model")};
    if (!cells.text("upper").empty()) line.upper = cells.size("upper");
    if (has_poisoning) {
      line.poisoning =
          ReferenceChanges{cells.count("insertions"), cells.count("deletions"), cells.count("relabelings")};
    }
    return line;
  });
}

std::vector<SearchLine> read_search_radii(const std::filesystem::path& file, Index rows) {
  NamedCells cells(file);
  cells.require({"row", "label", "predicted", "norm", "method", "radius", "space", "nearest", "same_row"},
                "a file of searches has row,label,predicted,norm,method,radius,space,nearest,same_row");
  return all_lines<SearchLine>(cells, [&] {
    const bool has_radius = !cells.text("radius").empty();
    return SearchLine{.line = cells.number(),
                      .row = cells.row("row", rows),
                      .label = cells.text("label"),
                      .predicted = cells.text("predicted"),
                      .norm = cells.text("norm"),
                      .method = cells.text("method"),
                      .radius = has_radius ? std::optional(cells.size("radius")) : std::nullopt,
                      .space = cells.text("space"),
                      .nearest = cells.row("nearest", rows),
                      .same_row = cells.size("same_row")};
  });
}

std::vector<PairLine> read_pair_radii(const std::filesystem::path& file, Index rows) {
  NamedCells cells(file);
  cells.require(
      {"first", "second", "label", "decision", "distance", "norm", "method", "radius", "space", "threshold", "move"},
      "a file of pairs has first,second,label,decision,distance,norm,method,radius,space,threshold,move");
  return all_lines<PairLine>(cells, [&] {
    return PairLine{.line = cells.number(),
                    .first = cells.row("first", rows),
                    .second = cells.row("second", rows),
                    .similar = cells.is_first("label", "1", "-1"),
                    .same = cells.is_first("decision", "same", "different"),
                    .distance = cells.size("distance", "a distance"),
                    .norm = cells.text("norm"),
                    .method = cells.text("method"),
                    .radius = cells.size("radius"),
                    .space = cells.text("space"),
                    .threshold = cells.size("threshold", "a threshold"),
                    .move = cells.text("move")};
  });
}

}  // namespace holdfast::io
