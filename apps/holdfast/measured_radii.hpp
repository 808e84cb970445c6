// Radii of a model's predictions, as certify and attack compute and write them.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common.hpp"
#include "holdfast/evaluate/radii.hpp"
#include "progress.hpp"
#include "threat_options.hpp"

namespace holdfast::app {

/// What is to be measured of each model.
struct RadiiWanted {
  Index k = 1;
  const ThreatOptions* threat = nullptr;
  std::vector<certify::Norm> norms;
  std::vector<evaluate::RadiusMethod> methods;  ///< in their order: fast, bound, exact, attack
  Index limit = 0;                              ///< the first rows only; 0: all
  Index tries = 200;
  std::uint64_t seed = 0;
};

struct NormRadii {
  certify::Norm norm;
  std::vector<evaluate::Radii> methods;
  std::vector<double> seconds;          ///< of each
  std::optional<std::string> disorder;  ///< what is wrong with their order; nothing where it holds
};

struct ModelRadii {
  std::filesystem::path file;
  std::string method;  ///< of the metric
  std::string units;
  double accuracy = 0.0;
  std::vector<std::string> classes;  ///< names
  std::vector<int> predicted;
  std::vector<int> codes;
  Matrix rows;        ///< in the units of the radii
  std::string space;  ///< raw, preprocessed or embedding
  std::vector<NormRadii> norms;
};

/// The methods named in a list, in the order of RadiusMethod. Throws InputError for one that is unknown, and for exact
/// where k or the norms do not allow it.
[[nodiscard]] std::vector<evaluate::RadiusMethod> parse_methods(const std::string& text, Index k,
                                                                const ThreatOptions& threat);

/// Reads the model and its rows, and measures.
[[nodiscard]] ModelRadii measure_radii(const std::filesystem::path& model, const DataOptions& data,
                                       const RadiiWanted& wanted, ProgressBar& bar);

/// "bound <= exact <= attack".
[[nodiscard]] std::string order_text(const NormRadii& radii);
/// Throws std::logic_error, which ends the program with status 1, where the order of any norm is broken.
void require_order(const std::vector<ModelRadii>& models);

/// All perturbed rows, in the order of the lines of the CSV files; a row without one stands unchanged. Of one method
/// only, where it is given.
void write_witnesses(const std::filesystem::path& file, const std::vector<ModelRadii>& models,
                     std::optional<evaluate::RadiusMethod> only = std::nullopt);

}  // namespace holdfast::app
