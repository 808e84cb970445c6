#include "io/column_plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "holdfast/core/error.hpp"
#include "holdfast/table/column_choice.hpp"
#include "io/column_names.hpp"
#include "io/text.hpp"

namespace holdfast::io {
namespace {

using table::Role;

constexpr std::size_t fewest_rows_judged = 10;

/// How the cells of a column in the sample look.
struct Look {
  std::size_t numbers = 0;
  std::size_t texts = 0;
  bool whole = true;     // all are whole numbers
  bool distinct = true;  // no cell occurs twice
  bool counts = true;    // whole numbers that rise by one

  [[nodiscard]] bool is_text() const { return texts > numbers; }
};

Look look_of(const Sample& sample, std::size_t column, std::size_t first_record) {
  Look look;
  std::set<std::string_view> seen;
  std::optional<double> last;
  for (std::size_t i = first_record; i < sample.records.size(); ++i) {
    if (column >= sample.records[i].size()) continue;
    const std::string& cell = sample.records[i][column];
    const Number number = read_number(cell, sample.dialect.decimal);
    if (look.distinct) look.distinct = seen.insert(cell).second;
    const bool missing = number.kind == Number::Kind::missing || is_missing_mark(cell);
    const bool text = !missing && number.kind == Number::Kind::not_a_number && !is_misspelled_number(cell);
    if (text) ++look.texts;
    if (!text && !missing) ++look.numbers;
    const bool whole = number.kind == Number::Kind::finite && number.value == std::trunc(number.value);
    look.whole = look.whole && whole;
    look.counts = look.counts && whole && (!last || number.value == *last + 1.0);
    last = number.value;
  }
  return look;
}

std::string display_name(const std::vector<std::string>& names, std::size_t column) {
  return names[column].empty() ? fmt::format("#{}", column + 1) : shown(names[column]);
}

bool is_called_identifier(const std::string& name) {
  const std::string lower = table::lower_case(name);
  return lower == "id" || lower == "index" || lower == "row" || lower == "key" || lower == "no" || lower == "nr" ||
         lower == "uid" || lower == "uuid" || lower.ends_with("_id") || lower.ends_with(" id") ||
         lower.ends_with("-id") || lower.ends_with(".id") || name.ends_with("Id") || name.ends_with("ID");
}

CellUse use_of(const table::Column& column, const ReadOptions& options) {
  switch (column.role) {
    case Role::feature: return column.type == table::ColumnType::numeric ? CellUse::number : CellUse::text;
    case Role::id: return CellUse::id;
    case Role::label: return options.labels_file.empty() && !options.skip_labels ? CellUse::label : CellUse::skipped;
    case Role::left_out: break;
  }
  return CellUse::skipped;
}

/// Plans training rows step by step: each step settles the roles of some columns.
class Planner {
 public:
  Planner(const std::string& source, const Sample& sample, const ReadOptions& options)
      : source_(source),
        sample_(sample),
        options_(options),
        found_(name_columns(source, sample, options)),
        names_(found_.names),
        roles_(names_.size(), Role::feature) {
    plan_.header = found_.in_first_record;
  }

  ColumnPlan plan() {
    set_role(options_.drop, "drop", Role::left_out);
    set_role(options_.id, "id", Role::id);
    const std::vector<bool> chosen = choice_of_columns();
    leave_out_empty_columns();
    settle_label();
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (roles_[i] == Role::feature && !chosen[i]) roles_[i] = Role::left_out;
    }
    refuse_doubled_names();
    leave_out_row_numbers();
    settle_types();
    require_features();
    return std::move(plan_);
  }

 private:
  [[nodiscard]] std::size_t first_record() const { return found_.in_first_record ? 1 : 0; }
  [[nodiscard]] std::size_t rows() const { return sample_.records.size() - first_record(); }

  void set_role(const std::string& columns, std::string_view option, Role role) {
    for (const std::size_t i : table::choose_columns(columns, names_, option)) roles_[i] = role;
  }

  /// The features that the option `columns` leaves: all without it.
  [[nodiscard]] std::vector<bool> choice_of_columns() const {
    std::vector<bool> chosen(names_.size(), options_.columns.empty());
    for (const std::size_t i : table::choose_columns(options_.columns, names_, "columns")) chosen[i] = true;
    return chosen;
  }

  void leave_out_empty_columns() {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (!found_.empty[i] || roles_[i] != Role::feature) continue;
      roles_[i] = Role::left_out;
      plan_.notes.push_back(fmt::format("column {} is empty and left out", display_name(names_, i)));
    }
  }

  void settle_label() {
    std::vector<bool> left_out;
    for (const Role role : roles_) left_out.push_back(role != Role::feature);
    const std::optional<std::size_t> label = find_label_column(source_, found_, options_, left_out);
    if (!label) return;
    plan_.label = static_cast<Index>(*label);
    roles_[*label] = Role::label;
  }

  void refuse_doubled_names() const {
    if (!found_.header) return;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (roles_[i] == Role::left_out || names_[i].empty() || seen.insert(names_[i]).second) continue;
      fail(source_, fmt::format("has more than one column {}; give each column a name of its own, or leave one out by "
                                "its position (`drop=#{}`)",
                                shown(names_[i]), i + 1));
    }
  }

  /// A column without a name whose cells all differ holds row names, as pandas and R write them. A column with a name
  /// may be meant; it is only questioned.
  void leave_out_row_numbers() {
    if (!options_.columns.empty()) return;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (roles_[i] != Role::feature) continue;
      const Look look = look_of(sample_, i, first_record());
      const bool unnamed = found_.header && (names_[i].empty() || names_[i].starts_with("Unnamed: "));
      if (unnamed && look.distinct && rows() > 1 && (look.whole || look.is_text())) {
        roles_[i] = Role::left_out;
        plan_.notes.push_back(fmt::format("column {} {} and is left out", display_name(names_, i),
                                          look.whole ? "numbers the rows" : "names the rows"));
        continue;
      }
      const bool suspicious = look.counts || is_called_identifier(names_[i]);
      if (!look.whole || !look.distinct || !(suspicious || rows() >= 2 * fewest_rows_judged)) continue;
      if (rows() < fewest_rows_judged && !is_called_identifier(names_[i])) continue;
      plan_.warnings.push_back(
          fmt::format("column {} {} and may be no feature; leave it out with `drop={}`", display_name(names_, i),
                      look.counts ? "counts the rows" : "is unique per row", table::column_name(names_[i], i)));
    }
  }

  void settle_types() {
    std::vector<bool> listed(names_.size(), false);
    if (options_.categorical != "auto" && options_.categorical != "none") {
      for (const std::size_t i : table::choose_columns(options_.categorical, names_, "categorical")) listed[i] = true;
    }
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const Role role = roles_[i];
      const bool text =
          role == Role::feature &&
          (listed[i] || (options_.categorical != "none" && look_of(sample_, i, first_record()).is_text()));
      table::TableColumn& column = plan_.columns.emplace_back();
      // A feature without a name is known by its position, also in later tables.
      if (found_.header) column.about.name = role == Role::left_out ? names_[i] : table::column_name(names_[i], i);
      column.about.role = role;
      column.about.type = text ? table::ColumnType::categorical : table::ColumnType::numeric;
      column.listed = listed[i];
      plan_.uses.push_back(use_of(column.about, options_));
    }
  }

  void require_features() const {
    if (std::ranges::find(roles_, Role::feature) != roles_.end()) return;
    fail(source_,
         fmt::format("{}; it must hold at least one feature column (`label=none` if it has no labels)",
                     roles_.size() == 1 ? "has a single column, taken as the label" : "has no feature column"));
  }

  const std::string& source_;
  const Sample& sample_;
  const ReadOptions& options_;
  ColumnNames found_;
  const std::vector<std::string>& names_;
  std::vector<Role> roles_;
  ColumnPlan plan_;
};

/// For each column of the schema, the column of the file with its name, in the same or (if no other has it) another
/// case of letters.
std::optional<std::size_t> find_column(const std::vector<std::string>& names, const std::string& name) {
  const auto same = std::ranges::find(names, name);
  if (same != names.end()) return same - names.begin();
  const std::string lower = table::lower_case(name);
  const auto equal = std::ranges::find(names, lower, table::lower_case);
  return equal == names.end() ? std::nullopt : std::optional<std::size_t>(equal - names.begin());
}

/// Roles by name: which column of the schema each column of the file is.
std::vector<const table::Column*> match_by_name(const table::Schema& schema, const std::string& source,
                                                const ColumnNames& found, ColumnPlan& plan) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < found.names.size(); ++i) names.push_back(table::column_name(found.names[i], i));
  std::vector<const table::Column*> match(names.size(), nullptr);
  std::vector<std::string> missing;
  for (const table::Column& column : schema.columns) {
    if (column.name.empty()) continue;
    const auto at = find_column(names, column.name);
    const bool is_free = at && match[*at] == nullptr;
    if (!is_free && column.role == Role::feature) missing.push_back(shown(column.name));
    if (!is_free) continue;
    if (column.role == Role::feature && std::ranges::count(names, names[*at]) > 1) {
      fail(source, fmt::format("has more than one column {}; leave one out of the file", shown(names[*at])));
    }
    match[*at] = &column;
    if (names[*at] != column.name) {
      plan.notes.push_back(fmt::format("column {} is taken as {}", shown(names[*at]), shown(column.name)));
    }
  }
  if (!missing.empty()) {
    fail(source, fmt::format("has no column{} {}, which the model needs; its columns are {}",
                             missing.size() == 1 ? "" : "s", fmt::join(missing, ", "), shown_list(found.names)));
  }
  return match;
}

/// Roles by position: the columns of the training file, or its features and the label, or its features alone. The label
/// is not among them if the options say where it is.
std::vector<const table::Column*> match_by_position(const table::Schema& schema, const std::string& source,
                                                    std::size_t fields, const ReadOptions& options) {
  const bool label_is_apart = !options.label.empty();
  std::vector<const table::Column*> all;
  std::vector<const table::Column*> labelled;
  std::vector<const table::Column*> features;
  for (const table::Column& column : schema.columns) {
    const bool counts = column.role != Role::label || !label_is_apart;
    if (counts) all.push_back(&column);
    if (counts && (column.role == Role::feature || column.role == Role::label)) labelled.push_back(&column);
    if (column.role == Role::feature) features.push_back(&column);
  }
  for (const auto* match : {&all, &labelled, &features}) {
    if (match->size() == fields) return *match;
  }
  const bool has_label = !label_is_apart && options.own_labels() && all.size() > features.size();
  if (has_label && fields > 1) --fields;
  fail(source,
       fmt::format("has {} feature column{}; the model was trained on {}; give the same columns in the same order "
                   "(`label` names the label column, `label=none` says that there is none)",
                   fields, fields == 1 ? "" : "s", features.size()));
}

/// The columns of the file that hold columns of the schema; null for the others.
std::vector<const table::Column*> match_columns(const table::Schema& schema, const std::string& source,
                                                const ColumnNames& found, std::optional<std::size_t> label,
                                                const ReadOptions& options, ColumnPlan& plan) {
  if (found.header && schema.header) return match_by_name(schema, source, found, plan);
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < found.names.size(); ++i) {
    if (i != label && !found.empty[i]) places.push_back(i);
  }
  const auto matched = match_by_position(schema, source, places.size(), options);
  std::vector<const table::Column*> match(found.names.size(), nullptr);
  for (std::size_t k = 0; k < places.size(); ++k) match[places[k]] = matched[k];
  return match;
}

}  // namespace

ColumnPlan plan_columns(const std::string& source, const Sample& sample, const ReadOptions& options) {
  return Planner(source, sample, options).plan();
}

ColumnPlan plan_columns_of(const table::Schema& schema, const std::string& source, const Sample& sample,
                           const ReadOptions& options) {
  ColumnPlan plan;
  const ColumnNames found = name_columns(source, sample, options);
  const std::size_t fields = found.names.size();
  plan.header = found.in_first_record;
  std::optional<std::size_t> label;
  if (!options.label.empty()) label = find_label_column(source, found, options, std::vector<bool>(fields, false));
  const std::vector<const table::Column*> match = match_columns(schema, source, found, label, options, plan);
  if (options.label.empty()) {
    const auto known = std::ranges::find_if(
        match, [](const table::Column* column) { return column != nullptr && column->role == Role::label; });
    if (known != match.end()) label = static_cast<std::size_t>(known - match.begin());
    // A last column that the model does not know is the label, unless the file has labels of its own.
    const bool last_is_free = match.back() == nullptr && !found.empty.back();
    if (!label && options.labels_file.empty() && !options.skip_labels && last_is_free) {
      label = fields - 1;
      plan.notes.push_back(fmt::format("column {} is taken as the label", display_name(found.names, fields - 1)));
    }
  }
  if (label) plan.label = static_cast<Index>(*label);
  std::vector<std::string> unknown;
  for (std::size_t i = 0; i < fields; ++i) {
    table::TableColumn& column = plan.columns.emplace_back();
    column.about = match[i] != nullptr ? *match[i] : table::Column{found.names[i], Role::left_out};
    if (column.about.role == Role::label) column.about.role = Role::left_out;
    if (i == label) column.about.role = Role::label;
    if (match[i] == nullptr && i != label && !found.empty[i]) unknown.push_back(display_name(found.names, i));
    plan.uses.push_back(use_of(column.about, options));
  }
  if (!unknown.empty()) {
    plan.notes.push_back(fmt::format("{} column{} that the model does not know {} left out ({})", unknown.size(),
                                     unknown.size() == 1 ? "" : "s", unknown.size() == 1 ? "is" : "are",
                                     fmt::join(unknown, ", ")));
  }
  return plan;
}

}  // namespace holdfast::io
