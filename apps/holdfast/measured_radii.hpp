// Radii of a model's predictions, as certify and attack compute and write them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common.hpp"
#include "holdfast/evaluate/certifier.hpp"
#include "progress.hpp"
#include "threat_options.hpp"

namespace holdfast::app {

/// What is to be measured of each model.
struct RadiiWanted {
  Index k = 1;
  const ThreatOptions* options = nullptr;
  std::vector<certify::ThreatModel> threats;
  std::vector<const evaluate::Certifier*> certifiers;  ///< in the order of their table
  Index limit = 0;                                     ///< the first rows only; 0: all
  Index query_budget = 200;
  std::uint64_t seed = 0;
};

/// Under one threat.
struct ThreatRadii {
  std::string norm;
  std::vector<evaluate::Radii> methods;
  std::optional<std::string> order_violation;  ///< nothing if their order holds
};

struct ModelRadii {
  std::filesystem::path file;
  std::string method;  ///< of the metric
  std::string units;
  std::string space;  ///< raw, preprocessed or embedding
  double accuracy = 0.0;
  std::vector<std::string> classes;       ///< names
  certify::CertificationProblem problem;  ///< the rows in the units of the radii
  std::vector<ThreatRadii> threats;
  /// The name of a class.
  [[nodiscard]] const std::string& class_name(int code) const { return classes[static_cast<std::size_t>(code)]; }
};

/// Reads the model and its rows, and measures.
[[nodiscard]] ModelRadii measure_radii(const std::filesystem::path& model, const DataOptions& data,
                                       const RadiiWanted& wanted, ProgressBar& bar);

/// Throws std::logic_error, which ends the program with status 1, if the order of radii is broken anywhere.
void require_order(const std::vector<ModelRadii>& models);

/// All perturbed rows, in the order of the lines of the CSV files; a row without one stands unchanged. Of one certifier
/// only, if it is given.
void write_witnesses(const std::filesystem::path& file, const std::vector<ModelRadii>& models,
                     const evaluate::Certifier* only = nullptr);

}  // namespace holdfast::app
