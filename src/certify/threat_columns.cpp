#include "holdfast/certify/threat_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"
#include "holdfast/table/column_choice.hpp"

namespace holdfast::certify {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A column of the raw table, or a column of rows that came without one.
struct RawColumn {
  std::string name;      ///< empty if it has none
  Index first = 0;       ///< of its features
  Index width = 1;       ///< its features; 0: it is none
  Index categories = 0;  ///< 0: its values are numbers

  [[nodiscard]] bool is_encoded() const { return categories > 0; }
};

class RawColumns {
 public:
  explicit RawColumns(const model::Model& model) {
    if (model.schema.empty()) {
      for (Index i = 0; i < model.input_dimension(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        columns_.push_back({.name = model.columns.empty() ? std::string() : model.columns[at], .first = i});
      }
      return;
    }
    Index first = 0;
    for (const table::Column& column : model.schema.columns) {
      const bool is_number = column.type == table::ColumnType::numeric;
      const Index categories = is_number ? 0 : static_cast<Index>(column.categories.size());
      columns_.push_back({column.name, first, column.width(), categories});
      first += column.width();
    }
  }

  [[nodiscard]] std::size_t size() const { return columns_.size(); }
  [[nodiscard]] const RawColumn& operator[](std::size_t at) const { return columns_[at]; }
  /// Its name, or its position "#4".
  [[nodiscard]] std::string name(std::size_t at) const { return table::column_name(columns_[at].name, at); }
  [[nodiscard]] bool has_categories() const { return std::ranges::any_of(columns_, &RawColumn::is_encoded); }

  /// One flag per column: those that the entries of an option mean. An entry that means several passes over those that
  /// are no features, or for `only_encoded` have no categories; a column meant alone must be a feature.
  [[nodiscard]] std::vector<bool> chosen(const std::vector<std::string>& entries, std::string_view option,
                                         bool only_encoded = false) const {
    std::vector<std::string> names;
    for (const RawColumn& column : columns_) names.push_back(column.name);
    std::vector<bool> flags(size());
    for (const std::string& entry : entries) {
      const std::vector<std::size_t> found = table::choose_columns(entry, names, option);
      for (const std::size_t at : found) {
        const bool passed_over = only_encoded && found.size() > 1 && !columns_[at].is_encoded();
        if (columns_[at].width > 0 && !passed_over) flags[at] = true;
        if (columns_[at].width > 0 || found.size() > 1) continue;
        throw InputError(Fault{.field = std::string(option),
                               .value = fmt::format("\"{}\"", entry),
                               .rule = "is no feature of the model, so that no perturbation changes it"});
      }
    }
    return flags;
  }

 private:
  std::vector<RawColumn> columns_;
};

/// Whether the columns of the space are those of the raw table.
bool has_raw_columns(const model::Model& model, Space space) {
  return space == Space::raw || (!model.embedding && model.preprocessor.keeps_columns());
}

void require_raw_columns(const model::Model& model, Space space, std::string_view option) {
  if (has_raw_columns(model, space)) return;
  throw InputError(Fault{.field = std::string(option),
                         .rule = fmt::format("names columns of the table, which the model's preparation of rows ({}) "
                                             "mixes",
                                             model.preparation()),
                         .remedy = model.is_affine() ? "use `space=raw`" : ""});
}

/// The values of features that encode categories: one row per category.
Matrix category_values(Index width, Index categories) {
  if (width > 1) return Matrix::Identity(width, width);
  return Vector::LinSpaced(categories, 0.0, static_cast<double>(categories - 1));
}

Flip flip_of(const RawColumns& columns, std::size_t at) {
  const RawColumn& column = columns[at];
  const auto refuse = [&](std::string rule, std::string remedy) {
    throw InputError(Fault{.field = "flip",
                           .value = fmt::format("\"{}\"", columns.name(at)),
                           .rule = std::move(rule),
                           .remedy = std::move(remedy)});
  };
  if (!column.is_encoded()) {
    refuse(
        "is a column of numbers, which has no set of values",
        "fit the model with that column among the `categorical` ones, perturb it, or in Python give the features that "
        "encode a column as a list of their own");
  }
  Flip flip{columns.name(at), {}, category_values(column.width, column.categories)};
  for (Index i = 0; i < column.width; ++i) flip.features.push_back(column.first + i);
  return flip;
}

/// One flag per feature: those of the groups. Throws InputError unless they are features, each of one group.
std::vector<bool> features_of(const std::vector<std::vector<Index>>& groups, Index dimension) {
  std::vector<bool> flags(static_cast<std::size_t>(dimension));
  const auto take = [&](Index feature) {
    if (feature < 0 || feature >= dimension) {
      throw InputError(
          Fault{.field = "flip",
                .rule = fmt::format("{} is the position of no feature; they are 0 to {}", feature, dimension - 1)});
    }
    if (flags[static_cast<std::size_t>(feature)]) {
      throw InputError(
          Fault{.field = "flip", .rule = fmt::format("names the feature {} twice; each has one group", feature)});
    }
    flags[static_cast<std::size_t>(feature)] = true;
  };
  for (const std::vector<Index>& group : groups) std::ranges::for_each(group, take);
  return flags;
}

Flip flip_of(const std::vector<Index>& group) {
  if (group.empty()) throw InputError(Fault{.field = "flip", .rule = "a group needs at least one feature"});
  const auto width = static_cast<Index>(group.size());
  return {fmt::format("features {}", fmt::join(group, ",")), group, category_values(width, std::max<Index>(width, 2))};
}

}  // namespace

ThreatColumns threat_columns(const model::Model& model, Space space, const ColumnOptions& options) {
  const RawColumns columns(model);
  if (!options.frozen.empty() && !options.perturb.empty()) {
    throw InputError(Fault{.field = "perturb",
                           .rule = "lists the only columns that may change; `frozen` says the same the other way round",
                           .remedy = "give one of the two"});
  }
  for (const auto& [entries, option] : {std::pair{&options.frozen, "frozen"}, std::pair{&options.perturb, "perturb"},
                                        std::pair{&options.flip, "flip"}}) {
    if (!entries->empty()) require_raw_columns(model, space, option);
  }
  if (!options.flip_groups.empty()) require_raw_columns(model, space, "flip");
  ThreatColumns found;
  if (!has_raw_columns(model, space)) {
    if (columns.has_categories()) {
      found.note = fmt::format(
          "columns of categories take part in perturbations, because the model's preparation of rows ({}) mixes "
          "columns{}",
          model.preparation(), model.is_affine() ? "; `space=raw` keeps them as they are" : "");
    }
    return found;
  }
  const std::vector<bool> frozen = columns.chosen(options.frozen, "frozen");
  const std::vector<bool> only = columns.chosen(options.perturb, "perturb");
  const std::vector<bool> flips = columns.chosen(options.flip, "flip", true);
  const std::vector<bool> grouped = features_of(options.flip_groups, model.input_dimension());
  for (const std::vector<Index>& group : options.flip_groups) found.flips.push_back(flip_of(group));
  std::vector<Index> perturbed;
  for (std::size_t at = 0; at < columns.size(); ++at) {
    const RawColumn& column = columns[at];
    const bool may_change = options.perturb.empty() ? !frozen[at] && !column.is_encoded() : only[at];
    const bool changes = may_change && !flips[at];
    if (flips[at]) found.flips.push_back(flip_of(columns, at));
    if (!changes && !flips[at] && column.width > 0) found.frozen.push_back(columns.name(at));
    for (Index feature = column.first; changes && feature < column.first + column.width; ++feature) {
      if (!grouped[static_cast<std::size_t>(feature)]) perturbed.push_back(feature);
    }
  }
  if (static_cast<Index>(perturbed.size()) < model.input_dimension()) found.perturbed = std::move(perturbed);
  return found;
}

Box box_of_columns(const model::Model& model, Space space, std::span<const ColumnLimit> limits) {
  require_raw_columns(model, space, "box");
  const RawColumns columns(model);
  const Index d = model.input_dimension();
  Box box{RowVector::Constant(d, -infinity), RowVector::Constant(d, infinity)};
  for (const ColumnLimit& limit : limits) {
    if (!(limit.lower < limit.upper)) {
      throw InputError(Fault{.field = "box",
                             .rule = fmt::format("column \"{}\" has the limits {} and {}; the lower one must be below "
                                                 "the upper one",
                                                 limit.column, limit.lower, limit.upper)});
    }
    const std::vector<bool> meant = columns.chosen({limit.column}, "box");
    for (std::size_t at = 0; at < columns.size(); ++at) {
      if (!meant[at]) continue;
      box.lower.segment(columns[at].first, columns[at].width).setConstant(limit.lower);
      box.upper.segment(columns[at].first, columns[at].width).setConstant(limit.upper);
    }
  }
  return box;
}

ThreatModel with_columns(ThreatModel threat, ThreatColumns columns) {
  threat.perturbed = std::move(columns.perturbed);
  threat.flips = std::move(columns.flips);
  if (!threat.box || !threat.perturbed) return threat;
  for (Index column = 0; column < threat.box->lower.size(); ++column) {
    if (std::ranges::binary_search(*threat.perturbed, column)) continue;
    threat.box->lower[column] = -infinity;
    threat.box->upper[column] = infinity;
  }
  return threat;
}

}  // namespace holdfast::certify
