// Radii of a model's predictions, as certify and attack compute and write them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common.hpp"
#include "holdfast/certify/poisoning.hpp"
#include "holdfast/evaluate/certifier.hpp"
#include "threat_options.hpp"

namespace holdfast::app {

/// The options that say which rows to judge, and against which perturbations.
struct RadiiOptions {
  DataOptions data;
  Index k = 1;
  ThreatOptions threat;
  Index limit = 0;         ///< the first rows only; 0: all
  bool poisoning = false;  ///< also count changes of reference rows

  /// Adds --test and the options of reading it, -k, those of the threat, and --limit.
  void add_to(CLI::App& command);
};

/// Radii under one threat.
struct ThreatRadii {
  std::string norm;
  std::vector<evaluate::Radii> methods;
  std::optional<std::string> order_violation;  ///< nothing if their order holds
};

struct ModelRadii {
  std::filesystem::path file;
  std::string method;  ///< of the metric
  std::string units;
  std::string space;               ///< raw, preprocessed or embedding
  certify::ThreatColumns columns;  ///< what of the rows is perturbed
  double accuracy = 0.0;
  bool leave_one_out = false;             ///< the rows are the training rows, each judged by the others
  std::vector<std::string> classes;       ///< names
  std::vector<NamedTexts> ids;            ///< of the rows
  certify::CertificationProblem problem;  ///< the rows in the units of the radii
  std::vector<ThreatRadii> threats;
  std::vector<certify::Poisoning> poisoning = {};  ///< of the rows, if asked for
  /// The name of a class.
  [[nodiscard]] const std::string& class_name(int code) const { return classes[static_cast<std::size_t>(code)]; }
};

/// Reads each model and its rows, and runs the certifiers, given in the order of their table, under each threat. Throws
/// std::logic_error, which ends the program with status 1, if the order of radii is broken anywhere.
[[nodiscard]] std::vector<ModelRadii> measure_radii(const std::vector<std::filesystem::path>& models,
                                                    const RadiiOptions& rows,
                                                    const std::vector<certify::ThreatModel>& threats,
                                                    const std::vector<const evaluate::Certifier*>& certifiers,
                                                    evaluate::CertifierOptions options, const CommonOptions& common);

/// Calls use(model, radii under a threat, radii of a certifier) in the order of the output.
template <class Use>
void for_each(const std::vector<ModelRadii>& models, Use&& use) {
  for (const ModelRadii& model : models) {
    for (const ThreatRadii& threat : model.threats) {
      for (const evaluate::Radii& radii : threat.methods) use(model, threat, radii);
    }
  }
}

/// All perturbed rows, in the order of the lines of the CSV files; a row without one stands unchanged. Of one certifier
/// only, if it is given.
void write_witnesses(const std::filesystem::path& file, const std::vector<ModelRadii>& models,
                     const evaluate::Certifier* only = nullptr);

}  // namespace holdfast::app
