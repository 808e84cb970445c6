// The options that say what perturbations are: --norm, --space, --box.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "holdfast/certify/threat_model.hpp"
#include "holdfast/model/model.hpp"

namespace holdfast::app {

inline constexpr const char* space_help =
    "units of the radii: preprocessed (after the model's preprocessing) or raw (of the data file; needs affine "
    "preprocessing)";

class ThreatOptions {
 public:
  void add_to(CLI::App& command);

  /// The threats asked for, one per norm, checked before any data are read. Reads the matrix of an ellipsoid. The box
  /// is not in them yet.
  [[nodiscard]] std::vector<certify::ThreatModel> threats() const;
  /// The threat with the box, for rows in its space under a model.
  [[nodiscard]] certify::ThreatModel fitted(certify::ThreatModel threat, const model::Model& model) const;

 private:
  std::string norms_ = "l2";
  std::string space_ = "preprocessed";
  std::string box_;
};

}  // namespace holdfast::app
