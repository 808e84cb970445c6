#include "io/header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "holdfast/core/parse.hpp"
#include "io/text.hpp"

namespace holdfast::io {
namespace {

using Record = std::vector<std::string>;

/// A number with the other decimal mark is no name of a column either: the row will say what is wrong with it.
Number::Kind kind_of(const std::string& cell, char decimal) {
  const Number::Kind kind = read_number(cell, decimal).kind;
  return kind == Number::Kind::not_a_number ? read_number(cell, decimal == '.' ? ',' : '.').kind : kind;
}

/// The label column by position, before the names are known; none if there is none.
std::optional<std::size_t> label_position(const Sample& sample, const ReadOptions& options) {
  if (options.label == "none" || !options.labels_file.empty()) return std::nullopt;
  const auto fields = static_cast<std::size_t>(sample.fields);
  if (options.label == "first") return 0;
  if (options.label.starts_with('#')) {
    const auto number = parse_whole<std::size_t>(std::string_view(options.label).substr(1)).value_or(0);
    return number >= 1 && number <= fields ? std::optional(number - 1) : std::nullopt;
  }
  return fields - 1;
}

/// How a column looks below the first record.
struct Below {
  std::size_t numbers = 0;
  std::size_t texts = 0;
  [[nodiscard]] bool is_numeric() const { return numbers > 0 && numbers >= texts; }
};

Below below_first(const Sample& sample, std::size_t column) {
  Below below;
  for (std::size_t i = 1; i < sample.records.size(); ++i) {
    if (column >= sample.records[i].size()) continue;
    const Number::Kind kind = kind_of(sample.records[i][column], sample.dialect.decimal);
    if (kind == Number::Kind::not_a_number) ++below.texts;
    if (kind != Number::Kind::not_a_number && kind != Number::Kind::missing) ++below.numbers;
  }
  return below;
}

/// Whole numbers that rise by one, at least two of them, or one that is 0 or 1.
bool rises_by_one(const std::vector<std::string>& cells) {
  std::optional<long long> last;
  for (const std::string& cell : cells) {
    const auto number = parse_whole<long long>(cell);
    if (!number || (last && *number != *last + 1)) return false;
    last = number;
  }
  return last && (cells.size() > 1 || *last == 0 || *last == 1);
}

/// The label cell of the first record occurs in no other record, while the labels of the others recur.
bool label_is_alone(const Sample& sample, std::size_t label) {
  std::set<std::string> labels;
  for (std::size_t i = 1; i < sample.records.size(); ++i) {
    if (label < sample.records[i].size()) labels.insert(sample.records[i][label]);
  }
  const Record& first = sample.records.front();
  return label < first.size() && !labels.empty() && !labels.contains(first[label]) &&
         2 * labels.size() <= sample.records.size() - 1;
}

bool no_cell_recurs(const Sample& sample) {
  const Record& first = sample.records.front();
  for (std::size_t i = 1; i < sample.records.size(); ++i) {
    for (std::size_t k = 0; k < std::min(first.size(), sample.records[i].size()); ++k) {
      if (first[k] == sample.records[i][k]) return false;
    }
  }
  return true;
}

}  // namespace

bool names_columns_of(const table::Schema* schema, const std::vector<std::string>& names) {
  if (schema == nullptr || !schema->header) return false;
  std::size_t known = 0;
  std::size_t features = 0;
  for (const table::Column& column : schema->columns) {
    if (column.role != table::Role::feature) continue;
    ++features;
    const auto same = [&](const std::string& name) {
      return table::lower_case(name) == table::lower_case(column.name);
    };
    if (std::ranges::any_of(names, same)) ++known;
  }
  return features > 0 && 2 * known >= features;
}

bool has_header(const std::string& source, const Sample& sample, const ReadOptions& options) {
  if (options.header != HeaderChoice::automatic) return options.header == HeaderChoice::yes;
  if (!sample.comment_header.empty()) return false;
  const Record& first = sample.records.front();
  if (names_columns_of(options.schema, first)) return true;
  if (!options.label.empty() && std::ranges::find(first, options.label) != first.end()) return true;

  const std::optional<std::size_t> label = label_position(sample, options);
  std::vector<std::string> numbers;        // cells of the first record where the others have numbers, too
  std::vector<std::size_t> texts;          // columns where the first record has a text and the others have numbers
  std::vector<std::string> feature_cells;  // of the first record
  bool numeric_below = false;
  for (std::size_t k = 0; k < first.size(); ++k) {
    if (k == label) continue;
    feature_cells.push_back(first[k]);
    const Number::Kind kind = kind_of(first[k], sample.dialect.decimal);
    if (sample.records.size() > 1 && !below_first(sample, k).is_numeric()) continue;
    numeric_below = numeric_below || sample.records.size() > 1;
    // A missing value in the first row does not make it a header: such a row would be lost without a word.
    if (kind == Number::Kind::not_a_number) texts.push_back(k);
    if (kind != Number::Kind::not_a_number && kind != Number::Kind::missing) numbers.push_back(first[k]);
  }
  if (sample.records.size() == 1) return !feature_cells.empty() && numbers.empty() && !texts.empty();
  if (texts.empty()) {
    if (rises_by_one(feature_cells) && label && label_is_alone(sample, *label)) return true;
    return !numeric_below && sample.records.size() > 2 && no_cell_recurs(sample);
  }
  if (texts.size() > 1 || rises_by_one(numbers)) return true;
  const std::string& cell = first[texts.front()];
  const bool begins_as_number = cell.find_first_of("0123456789") <= 1;
  if (numbers.empty() && !(begins_as_number && label && !label_is_alone(sample, *label))) return true;
  fail_at(source, sample.dialect.lines_before + 1, static_cast<Index>(texts.front()) + 1,
          fmt::format("{} is not a number, as the other cells of the line and of its column are; correct it, or give "
                      "`header=yes` if the line names the columns",
                      shown(cell)));
}

}  // namespace holdfast::io
