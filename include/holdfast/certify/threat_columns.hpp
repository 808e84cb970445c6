// Threats by column: what users say of a table's columns, as the threat model takes it.
#pragma once

#include <limits>
#include <span>
#include <string>
#include <vector>

#include "holdfast/certify/threat_model.hpp"
#include "holdfast/model/model.hpp"

namespace holdfast::certify {

/// Columns as table::choose_columns takes them, one or more per entry; columns that are no features are passed over by
/// patterns and refused by name.
struct ColumnOptions {
  std::vector<std::string> frozen = {};   ///< stay as they are, beside columns of categories
  std::vector<std::string> perturb = {};  ///< all others stay as they are; not together with `frozen`
  /// Columns of categories that may take any of their values; the other options do not matter for them.
  std::vector<std::string> flip = {};
  /// Features that encode a column of categories without the model's knowledge, by position from 0: one of each group
  /// is 1 and the others 0; a group of one is 0 or 1. They may take any of these values.
  std::vector<std::vector<Index>> flip_groups = {};

  [[nodiscard]] bool empty() const { return frozen.empty() && perturb.empty() && flip.empty() && flip_groups.empty(); }
};

/// Least and greatest values of a column of perturbed rows.
struct ColumnLimit {
  std::string column;
  double lower = -std::numeric_limits<double>::infinity();
  double upper = std::numeric_limits<double>::infinity();
};

/// The columns of a threat, and their names for messages.
struct ThreatColumns {
  std::optional<std::vector<Index>> perturbed = std::nullopt;  ///< as in ThreatModel
  std::vector<Flip> flips = {};
  std::vector<std::string> frozen = {};  ///< table columns that keep their values, without those that flip
  /// Not empty if columns of categories take part in perturbations because no column of the space is theirs.
  std::string note = {};
};

/// Columns that encode categories are frozen unless `perturb` lists them: a perturbation of 0 and 1 is no category.
/// Columns are those of the raw table, the features of the model. In Space::preprocessed they exist only if no step
/// mixes columns (pca, whiten, unit, a network): without any option all columns may then change, with a note. Throws
/// InputError for columns that the table does not have or that are no features, for `frozen` together with `perturb`,
/// for a column to flip that has no categories, for groups that are no features or share
/// some, and for options where no column can be told.
[[nodiscard]] ThreatColumns threat_columns(const model::Model& model, Space space, const ColumnOptions& options);

/// The box of perturbed rows from limits by column, raw or preprocessed; a column without one has no limit. Throws
/// InputError as threat_columns does, and unless every lower limit is below the upper one.
[[nodiscard]] Box box_of_columns(const model::Model& model, Space space, std::span<const ColumnLimit> limits);

/// The threat with these columns; limits of the box at frozen columns are lifted.
[[nodiscard]] ThreatModel with_columns(ThreatModel threat, ThreatColumns columns);

}  // namespace holdfast::certify
