#include "io/csv.hpp"

#include <fast_float/fast_float.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "io/csv_cells.hpp"
#include "io/table.hpp"
#include "io/text.hpp"

namespace holdfast::io {
namespace {

constexpr std::string_view no_utf8 = "the text is not valid UTF-8; save the file as UTF-8";

class CsvReader {
 public:
  CsvReader(ByteSource& source, char delimiter, const ReadOptions& options)
      : lines_(source), cells_(lines_, delimiter), delimiter_(delimiter), options_(options) {}

  Dataset read() {
    std::string_view record;
    if (!next_record(record)) fail(lines_.source_name(), "holds only empty lines; it must hold at least one row");
    const bool has_header = begin(record);
    ValueBlocks values(features_);
    Index rows = 0;
    for (bool more = has_header ? next_record(record) : true; more; more = next_record(record)) {
      const std::span<double> row = values.space(features_);
      label_ = {};
      if (!read_fast(record, row.data())) read_carefully(record, row.data());
      values.keep(features_);
      if (label_column_) keep_label();
      ++rows;
    }
    if (rows == 0) fail(lines_.source_name(), "has a header but no rows; it must hold at least one row");
    Dataset data;
    data.x = values.take(lines_.source_name(), rows, features_);
    if (label_column_) data.labels = labels_.take();
    data.columns = std::move(names_);
    return data;
  }

 private:
  /// The next line that is not blank. Blank lines may stand only at the end.
  bool next_record(std::string_view& record) {
    Index blank = 0;
    while (lines_.next(record)) {
      if (!is_blank(record) || (delimiter_ == '\t' && record.find('\t') != std::string_view::npos)) {
        if (blank > 0) fail_at(lines_.source_name(), blank, 1, "the line is empty; remove it");
        return true;
      }
      if (blank == 0) blank = lines_.number();
    }
    return false;
  }

  /// Settles the columns by the first record; true if it is a header.
  bool begin(std::string_view& record) {
    const std::vector<std::string> first = texts(cells_.split(record));
    fields_ = static_cast<Index>(first.size());
    bool header = false;
    if (options_.own_labels()) {
      if (options_.label.empty()) {
        label_column_ = fields_ - 1;
      } else {
        label_column_ = find_label_column(first);
        header = true;
      }
    }
    features_ = fields_ - (label_column_ ? 1 : 0);
    if (features_ == 0) fail_without_features(record);
    for (Index field = 0; !header && field < fields_; ++field) {
      // A missing value in the first row does not make it a header: such a row would be lost without a word.
      header = field != label_column_ &&
               read_number(first[static_cast<std::size_t>(field)]).kind == Number::Kind::not_a_number;
    }
    if (!header) return false;
    for (Index field = 0; field < fields_; ++field) {
      const std::string& name = first[static_cast<std::size_t>(field)];
      if (!is_utf8(name)) fail_at(lines_.source_name(), lines_.number(), field + 1, no_utf8);
      if (field != label_column_) names_.push_back(name);
    }
    return true;
  }

  [[nodiscard]] Index find_label_column(const std::vector<std::string>& header) const {
    const std::string& label = options_.label;
    const auto found = std::find(header.begin(), header.end(), label);
    if (found == header.end()) {
      const bool all_numbers = std::all_of(header.begin(), header.end(), [](const std::string& cell) {
        return read_number(cell).kind != Number::Kind::not_a_number;
      });
      if (all_numbers) {
        fail(lines_.source_name(),
             fmt::format("there is no header, so no column is named {}; add a header, or leave the "
                         "label's name out to take the last column",
                         shown(label)));
      }
      fail(lines_.source_name(), fmt::format("has no column {}; its columns are {}", shown(label), shown_list(header)));
    }
    if (std::find(found + 1, header.end(), label) != header.end()) {
      fail(lines_.source_name(),
           fmt::format("has more than one column {}; the label column's name must occur once", shown(label)));
    }
    return found - header.begin();
  }

  [[noreturn]] void fail_without_features(std::string_view record) const {
    const std::string_view hint = delimiter_ == ',' && record.find(';') != std::string_view::npos
                                      ? "; separate the fields by commas, not semicolons"
                                  : delimiter_ == ',' && record.find('\t') != std::string_view::npos
                                      ? "; read fields separated by tabs with `format=tsv`"
                                  : delimiter_ == '\t' && record.find(',') != std::string_view::npos
                                      ? "; read fields separated by commas with `format=csv`"
                                      : "; it must hold at least one feature column (`label=none` if it has no labels)";
    fail(lines_.source_name(), fmt::format("has a single column, taken as the label{}", hint));
  }

  /// Reads a row that has no quotes and is right in every cell, the case that matters for speed. False for any other:
  /// the careful way then reads it, or says what is wrong.
  bool read_fast(std::string_view record, double* row) {
    if (std::memchr(record.data(), '"', record.size()) != nullptr) return false;
    const char* at = record.data();
    const char* const end = at + record.size();
    const Index label_field = label_column_.value_or(-1);
    for (Index field = 0; field < fields_; ++field) {
      if (field > 0) {
        if (at == end || *at != delimiter_) return false;
        ++at;
      }
      if (field == label_field) {
        const void* stop = std::memchr(at, delimiter_, static_cast<std::size_t>(end - at));
        const char* const cell_end = stop == nullptr ? end : static_cast<const char*>(stop);
        label_ = trimmed(std::string_view(at, static_cast<std::size_t>(cell_end - at)));
        at = cell_end;
        continue;
      }
      while (at != end && *at == ' ') ++at;
      double value = 0.0;
      const auto [stop, status] = fast_float::from_chars(at, end, value);
      if (status != std::errc() || !std::isfinite(value)) return false;
      *row++ = value;
      at = stop;
      while (at != end && *at == ' ') ++at;
    }
    return at == end;
  }

  void read_carefully(std::string_view& record, double* row) {
    const std::vector<std::string_view>& cells = cells_.split(record);
    const auto found = static_cast<Index>(cells.size());
    if (found != fields_) {
      fail_at(
          lines_.source_name(), lines_.number(), std::min(found, fields_) + 1,
          fmt::format("the row has {} field{} where {} are expected; every row must have as many fields as the first",
                      found, found == 1 ? "" : "s", fields_));
    }
    for (Index field = 0; field < fields_; ++field) {
      const std::string_view cell = cells[static_cast<std::size_t>(field)];
      if (field == label_column_) {
        label_ = cell;
        continue;
      }
      const Number number = read_number(cell);
      if (number.kind != Number::Kind::finite) {
        fail_at(lines_.source_name(), lines_.number(), field + 1, explain(number, cell));
      }
      *row++ = number.value;
    }
  }

  void keep_label() {
    if (label_.empty()) {
      fail_at(lines_.source_name(), lines_.number(), *label_column_ + 1,
              "the label is empty; give every row a label (`label=none` if there are none)");
    }
    if (!is_utf8(label_)) fail_at(lines_.source_name(), lines_.number(), *label_column_ + 1, no_utf8);
    labels_.add(label_);
  }

  static std::vector<std::string> texts(const std::vector<std::string_view>& views) {
    return {views.begin(), views.end()};
  }

  LineReader lines_;
  Cells cells_;
  char delimiter_;
  const ReadOptions& options_;
  Index fields_ = 0;
  Index features_ = 0;
  std::optional<Index> label_column_;
  std::vector<std::string> names_;
  LabelCollector labels_;
  std::string_view label_;  // of the current row
};

}  // namespace

Dataset read_csv(ByteSource& source, char delimiter, const ReadOptions& options) {
  return CsvReader(source, delimiter, options).read();
}

}  // namespace holdfast::io
