#include "io/column_names.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"
#include "io/header.hpp"
#include "io/text.hpp"

namespace holdfast::io {
namespace {

bool all_empty_below(const Sample& sample, std::size_t column, std::size_t first_record) {
  for (std::size_t i = first_record; i < sample.records.size(); ++i) {
    if (column < sample.records[i].size() && !sample.records[i][column].empty()) return false;
  }
  return sample.records.size() > first_record;
}

[[noreturn]] void refuse_label(const std::string& source, const ColumnNames& columns, const std::string& label) {
  if (!columns.header) {
    fail(source,
         fmt::format("there is no header, so no column is named {}; give its position (`label=#1`, `label=first` "
                     "or `label=last`), or `header=yes` if the first line holds names",
                     shown(label)));
  }
  fail(source, fmt::format("has no column {}; its columns are {}", shown(label), shown_list(columns.names)));
}

}  // namespace

ColumnNames name_columns(const std::string& source, const Sample& sample, const ReadOptions& options) {
  ColumnNames result;
  const auto fields = static_cast<std::size_t>(sample.fields);
  result.in_first_record = has_header(source, sample, options);
  result.header = result.in_first_record || !sample.comment_header.empty();
  if (result.in_first_record) result.names = sample.records.front();
  if (!result.in_first_record && result.header) result.names = sample.comment_header;
  const std::size_t first = result.in_first_record ? 1 : 0;
  if (result.header && sample.records.size() == first && !sample.broken) {
    fail(source, "has a header but no rows; it must hold at least one row");
  }
  for (std::size_t i = 0; i < result.names.size(); ++i) {
    if (is_utf8(result.names[i])) continue;
    fail_at(source, sample.dialect.lines_before + 1, static_cast<Index>(i) + 1, not_utf8);
  }
  if (result.header && result.names.size() + 1 == fields) {
    const bool trailing = all_empty_below(sample, fields - 1, first);
    result.names.insert(trailing ? result.names.end() : result.names.begin(), std::string());
  }
  if (result.header && result.names.size() == fields + 1 && result.names.back().empty()) result.names.pop_back();
  if (result.names.size() != fields && result.header) {
    fail_at(
        source, sample.dialect.lines_before + 1, 1,
        fmt::format("the line has {} field{} where the rows below have {}; if it is a title, remove it; a header must "
                    "have a name for each column",
                    result.names.size(), result.names.size() == 1 ? "" : "s", fields));
  }
  result.names.resize(fields);
  for (std::size_t i = 0; i < result.names.size(); ++i) {
    result.empty.push_back(result.names[i].empty() && all_empty_below(sample, i, first));
  }
  return result;
}

std::optional<std::size_t> find_label_column(const std::string& source, const ColumnNames& columns,
                                             const ReadOptions& options, const std::vector<bool>& left_out) {
  const std::vector<std::string>& names = columns.names;
  const std::string& label = options.label;
  if (columns.header && !label.empty()) {
    const auto found = std::ranges::find(names, label);
    if (found != names.end()) {
      if (std::find(found + 1, names.end(), label) != names.end()) {
        fail(source, fmt::format("has more than one column {}; the label column's name must occur once", shown(label)));
      }
      return found - names.begin();
    }
  }
  if (label == "none" || (label.empty() && !options.labels_file.empty())) return std::nullopt;
  if (label == "first") return 0;
  if (label.empty() || label == "last") {
    for (std::size_t i = names.size(); i-- > 0;) {
      if (!left_out[i]) return i;
    }
    return std::nullopt;
  }
  const auto position =
      label.starts_with('#') ? parse_whole<std::size_t>(std::string_view(label).substr(1)) : std::nullopt;
  if (!position) refuse_label(source, columns, label);
  if (*position < 1 || *position > names.size()) {
    throw InputError(Fault{.place = source,
                           .field = "label",
                           .value = shown(label),
                           .rule = fmt::format("there are {} columns", names.size())});
  }
  return *position - 1;
}

}  // namespace holdfast::io
