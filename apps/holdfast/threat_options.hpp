// The options that say what perturbations are: --norm, --space, --box, --frozen, --perturb, --flip.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "holdfast/certify/threat_columns.hpp"
#include "holdfast/certify/threat_model.hpp"
#include "holdfast/core/record.hpp"
#include "holdfast/model/model.hpp"

namespace holdfast::app {

inline constexpr const char* space_help =
    "units of the radii: preprocessed (after the model's preprocessing) or raw (of the data file; needs affine "
    "preprocessing)";

class ThreatOptions {
 public:
  /// Returns the options added.
  std::vector<CLI::Option*> add_to(CLI::App& command);

  /// The threats asked for, one per norm, checked before any data are read. Reads the matrix of an ellipsoid. The box
  /// and the columns are not in them yet.
  [[nodiscard]] std::vector<certify::ThreatModel> threats() const;
  /// Whether an option names columns, or a box is given.
  [[nodiscard]] bool is_restricted() const { return !column_options().empty() || !box_.empty(); }
  /// The columns of the threats in a space under a model. Tells the user if categories cannot be kept from changing.
  [[nodiscard]] certify::ThreatColumns columns(const model::Model& model, certify::Space space) const;
  /// The threat with the box and with these columns, for rows in its space under a model.
  [[nodiscard]] certify::ThreatModel fitted(certify::ThreatModel threat, const model::Model& model,
                                            certify::ThreatColumns columns) const;
  /// The threat with the box, without regard to columns, for a task that has no threats by column. Throws InputError if
  /// an option asks for them.
  [[nodiscard]] certify::ThreatModel fitted_to_all(certify::ThreatModel threat, const model::Model& model,
                                                   const std::string& task) const;

 private:
  std::string norms_ = "l2";
  std::string space_ = "preprocessed";
  std::string box_;
  std::string frozen_;
  std::string perturb_;
  std::string flip_;

  [[nodiscard]] certify::ColumnOptions column_options() const;
  [[nodiscard]] certify::ThreatModel with_box(certify::ThreatModel threat, const model::Model& model) const;
};

/// What the threats leave as it is and what may take any value: a line for people if there is something to say, and the
/// lists "frozen" and "flipped".
[[nodiscard]] std::string columns_text(const certify::ThreatColumns& columns);
void add_columns(Record& record, const certify::ThreatColumns& columns);

}  // namespace holdfast::app
