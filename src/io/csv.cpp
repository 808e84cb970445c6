#include "io/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "io/column_plan.hpp"
#include "io/csv_cells.hpp"
#include "io/missing_cells.hpp"
#include "io/plain_rows.hpp"
#include "io/table.hpp"
#include "io/text.hpp"

namespace holdfast::io {
namespace {

constexpr double missing_cell = std::numeric_limits<double>::quiet_NaN();

/// Reads rows by a plan of the columns.
class CsvReader {
 public:
  CsvReader(ByteSource& source, const Dialect& dialect, const ColumnPlan& plan, const ReadOptions& options)
      : lines_(source, dialect.line_end),
        cells_(lines_, dialect.delimiter),
        dialect_(dialect),
        plan_(plan),
        options_(options),
        fields_(static_cast<Index>(plan.uses.size())),
        texts_(plan.uses.size()),
        ids_(plan.uses.size()),
        plain_rows_(plan.uses, dialect),
        values_(std::ranges::count_if(plan.uses, is_feature)),
        has_labels_(std::ranges::find(plan.uses, CellUse::label) != plan.uses.end()),
        fills_missing_(fills_missing()) {}

  table::Table read() {
    std::string_view record;
    for (Index i = 0; i < dialect_.lines_before; ++i) {
      if (!lines_.next(record)) break;
    }
    if (plan_.header && next_record(record)) header_ = copy_of(cells_.split(record));
    while (next_record(record)) read_row(record);
    if (values_.rows() == 0) fail_without_rows();
    return result();
  }

 private:
  static std::vector<std::string> copy_of(const std::vector<std::string_view>& cells) {
    return {cells.begin(), cells.end()};
  }

  /// Whether missing cells are left to be filled in: if asked for, or by a schema that knows how.
  [[nodiscard]] bool fills_missing() const {
    // Which labels of a file of their own fall away is known only if all rows are there.
    if (options_.missing == Missing::drop) return !options_.labels_file.empty();
    if (options_.missing == Missing::impute) return true;
    return options_.schema != nullptr && std::ranges::any_of(options_.schema->columns, [](const table::Column& column) {
             return !std::isnan(column.fill);
           });
  }

  /// The next line that is not blank; blank lines between records are counted.
  bool next_record(std::string_view& record) {
    Index blank = 0;
    while (lines_.next(record)) {
      if (!is_blank(record) || (dialect_.delimiter == '\t' && record.find('\t') != std::string_view::npos)) {
        blank_lines_ += blank;
        return true;
      }
      ++blank;
    }
    return false;
  }

  void read_row(std::string_view record) {
    row_ = values_.next_row();
    label_ = {};
    switch (take_plain_row() ? Outcome::kept : read_carefully(record)) {
      case Outcome::kept: break;
      case Outcome::empty: ++blank_lines_; return;
      case Outcome::dropped: ++dropped_; return;
    }
    values_.keep_row();
    if (has_labels_) labels_.add(label_);
  }

  /// False if the current line is not plain.
  bool take_plain_row() {
    const Index line = lines_.number();
    if (!plain_rows_.holds(line)) plain_rows_.read(lines_.lines_in_memory(), line);
    if (!plain_rows_.find(line)) return false;
    std::ranges::copy(plain_rows_.values(), row_);
    if (plain_rows_.texts().empty()) return true;
    const std::string_view* text = plain_rows_.texts().data();
    double* value = row_;
    for (std::size_t field = 0; field < plan_.uses.size(); ++field) {
      switch (plan_.uses[field]) {
        case CellUse::skipped: break;
        case CellUse::number: ++value; break;
        case CellUse::text: *value++ = texts_[field].number_of(*text++); break;
        case CellUse::label: label_ = *text++; break;
        case CellUse::id: ids_[field].emplace_back(*text++); break;
      }
    }
    return true;
  }

  enum class Outcome { kept, empty, dropped };

  Outcome read_carefully(std::string_view& record) {
    const std::vector<std::string_view>& cells = cells_.split(record);
    const auto found = static_cast<Index>(cells.size());
    if (found > 1 && std::ranges::all_of(cells, [](std::string_view cell) { return cell.empty(); })) {
      return Outcome::empty;
    }
    if (found != fields_) fail_ragged(found);
    bool missing = false;
    double* value = row_;
    for (std::size_t field = 0; field < cells.size(); ++field) {
      const std::string_view cell = cells[field];
      switch (plan_.uses[field]) {
        case CellUse::skipped:
        case CellUse::id: break;
        case CellUse::label: missing = !take_label(cell, field) || missing; break;
        case CellUse::text:
          *value = text_of(cell, field);
          missing = std::isnan(*value++) || missing;
          break;
        case CellUse::number:
          *value = number_in(cell, field);
          missing = std::isnan(*value++) || missing;
          break;
      }
    }
    if (missing && !fills_missing_) return Outcome::dropped;
    for (std::size_t field = 0; field < cells.size(); ++field) {
      if (plan_.uses[field] == CellUse::id) ids_[field].emplace_back(cells[field]);
    }
    return Outcome::kept;
  }

  /// False if the label is missing and such rows are left out.
  bool take_label(std::string_view cell, std::size_t field) {
    if (!is_utf8(cell)) fail_in(field, not_utf8);
    label_ = cell;
    if (!is_missing_label(cell)) return true;
    if (options_.missing == Missing::drop) return false;
    fail_in(field, fmt::format("the label is {}; {}, or leave such rows out with `missing=drop` (`label=none` if there "
                               "are none)",
                               cell.empty() ? "empty" : "missing (" + shown(cell) + ")",
                               options_.label.empty() ? "name the label column if it is another (`label=first`, or "
                                                        "`label=NAME`), give every row a label"
                                                      : "give every row a label"));
  }

  double text_of(std::string_view cell, std::size_t field) {
    if (!is_utf8(cell)) fail_in(field, not_utf8);
    const Number number = read_number(cell);
    if (number.kind != Number::Kind::missing) return texts_[field].number_of(cell);
    require_missing_allowed(number, cell, field);
    return missing_cell;
  }

  double number_in(std::string_view cell, std::size_t field) {
    if (field == 0 && cell.starts_with("\xef\xbb\xbf")) cell = trimmed(cell.substr(3));
    const Number number = read_number(cell, dialect_.decimal);
    if (number.kind == Number::Kind::finite) return number.value;
    if (is_missing_mark(cell)) {
      if (is_missing_allowed()) return missing_cell;
      fail_in(field,
              fmt::format("{} is not a number; if it stands for a missing value, {}", shown(cell), missing_remedy));
    }
    if (number.kind == Number::Kind::missing) {
      require_missing_allowed(number, cell, field);
      return missing_cell;
    }
    if (!header_.empty() && std::ranges::equal(cells_.current(), header_)) {
      fail_at(lines_.source_name(), lines_.number(), 1, "the header is repeated here; remove the line");
    }
    const bool below_names = values_.rows() == 0 && dropped_ == 0 && plan_.header;
    if (below_names && number.kind == Number::Kind::not_a_number && !is_misspelled_number(cell)) {
      fail_in(field, fmt::format("{} is not a number, as the cells below are; if this line holds names or units and no "
                                 "values, or the one before it is a title, remove it",
                                 shown(cell)));
    }
    fail_in(field, explain(number, cell));
  }

  [[nodiscard]] bool is_missing_allowed() const { return fills_missing_ || options_.missing == Missing::drop; }

  void require_missing_allowed(const Number& number, std::string_view cell, std::size_t field) const {
    if (!is_missing_allowed()) fail_in(field, explain(number, cell, missing_remedy));
  }

  [[noreturn]] void fail_in(std::size_t field, std::string_view problem) const {
    fail_at(lines_.source_name(), lines_.number(), static_cast<Index>(field) + 1, problem);
  }

  [[noreturn]] void fail_ragged(Index found) const {
    constexpr std::string_view end_of_file = "\x1a";
    if (found == 1 && cells_.current().front() == end_of_file) {
      fail_in(0, "the line is the end-of-file mark of DOS (Ctrl-Z); remove it");
    }
    for (std::size_t field = 0; field + 1 < cells_.current().size(); ++field) {
      if (!cells_.current()[field].ends_with('\\')) continue;
      fail_in(field, fmt::format("the row has {} fields where {} are expected: a backslash does not keep a delimiter "
                                 "within a cell; put the cell in double quotes",
                                 found, fields_));
    }
    fail_at(lines_.source_name(), lines_.number(), std::min(found, fields_) + 1,
            fmt::format("the row has {} field{} where {} are expected; every row must have as many fields as the {}",
                        found, found == 1 ? "" : "s", fields_, values_.rows() > 0 ? "first" : "rows below"));
  }

  [[noreturn]] void fail_without_rows() const {
    if (dropped_ > 0) {
      fail_all_rows_missing(lines_.source_name(), dropped_);
    }
    fail(lines_.source_name(), plan_.header ? "has a header but no rows; it must hold at least one row"
                                            : "holds only empty lines; it must hold at least one row");
  }

  table::Table result() {
    table::Table table;
    table.source = lines_.source_name();
    table.header = std::ranges::any_of(plan_.columns, [](const auto& column) { return !column.about.name.empty(); });
    table.columns = plan_.columns;
    table.notes = plan_.notes;
    table.warnings = plan_.warnings;
    const Index rows = values_.rows();
    table.cells = values_.take();
    if (has_labels_) table.labels = labels_.take();
    for (std::size_t field = 0; field < plan_.uses.size(); ++field) {
      if (plan_.uses[field] == CellUse::text) table.columns[field].texts = texts_[field].take_texts();
      if (plan_.uses[field] != CellUse::id) continue;
      table.ids.push_back({table::column_name(plan_.columns[field].about.name, field), std::move(ids_[field])});
    }
    table.rows_left_out = dropped_;
    if (blank_lines_ > 0) {
      table.notes.push_back(
          fmt::format("{} empty line{} passed over", blank_lines_, blank_lines_ == 1 ? " is" : "s are"));
    }
    if (dropped_ > 0) {
      table.notes.push_back(note_of_rows_left_out(dropped_, rows + dropped_));
    }
    return table;
  }

  LineReader lines_;
  Cells cells_;
  Dialect dialect_;
  const ColumnPlan& plan_;
  const ReadOptions& options_;
  Index fields_;
  std::vector<TextNumbers> texts_;             // of the columns of texts
  std::vector<std::vector<std::string>> ids_;  // of the columns that identify rows
  PlainRows plain_rows_;
  GrowingMatrix values_;
  LabelCollector labels_;
  std::vector<std::string> header_;
  bool has_labels_;
  bool fills_missing_;
  Index blank_lines_ = 0;
  Index dropped_ = 0;
  // Of the current row:
  double* row_ = nullptr;
  std::string_view label_;
};

/// An entry of a libsvm row, such as 3:0.25.
bool is_libsvm_entry(std::string_view cell) {
  const std::size_t colon = cell.find_first_not_of("0123456789");
  return colon > 0 && colon < cell.size() && cell[colon] == ':' &&
         read_number(cell.substr(colon + 1)).kind == Number::Kind::finite;
}

void require_no_libsvm(const Sample& sample, const std::string& source) {
  for (const std::vector<std::string>& record : sample.records) {
    if (record.size() < 2 || !std::all_of(record.begin() + 1, record.end(), is_libsvm_entry)) return;
  }
  fail(source, "holds libsvm rows (label index:value ...); give `format=libsvm`");
}

}  // namespace

table::Table read_csv(ByteSource& source, char usual_delimiter, const ReadOptions& options) {
  const Sample sample = take_sample(source, usual_delimiter, options);
  if (sample.records.empty()) {
    // The first record is at fault: reading it says why.
    const ColumnPlan nothing;
    return CsvReader(source, sample.dialect, nothing, options).read();
  }
  require_no_libsvm(sample, source.name());
  ColumnPlan plan = options.schema != nullptr ? plan_columns_of(*options.schema, source.name(), sample, options)
                                              : plan_columns(source.name(), sample, options);
  plan.notes.insert(plan.notes.begin(), sample.notes.begin(), sample.notes.end());
  return CsvReader(source, sample.dialect, plan, options).read();
}

}  // namespace holdfast::io
