#include "measured_radii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "holdfast/certify/model_classifier.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"
#include "holdfast/evaluate/evaluation.hpp"
#include "holdfast/io/model_file.hpp"
#include "holdfast/io/npy.hpp"

namespace holdfast::app {
namespace {

using certify::Norm;
using evaluate::RadiusMethod;

Dataset first_rows(Dataset data, Index limit) {
  if (limit <= 0 || limit >= data.rows()) return data;
  std::vector<Index> rows(static_cast<std::size_t>(limit));
  for (Index row = 0; row < limit; ++row) rows[static_cast<std::size_t>(row)] = row;
  return select_rows(data, rows);
}

bool is_euclidean(Norm norm) {
  return norm == Norm::l2 || norm == Norm::ellipsoid;
}

}  // namespace

std::vector<RadiusMethod> parse_methods(const std::string& text, Index k, const ThreatOptions& threat) {
  std::vector<RadiusMethod> methods;
  for (const std::string& part : split_list(text)) {
    try {
      methods.push_back(evaluate::parse_radius_method(part));
    } catch (const InputError&) {
      throw InputError(
          fmt::format("--method \"{}\": must be bound, fast, exact or attack, or several: bound,exact,attack", part));
    }
  }
  std::sort(methods.begin(), methods.end());
  methods.erase(std::unique(methods.begin(), methods.end()), methods.end());
  if (std::find(methods.begin(), methods.end(), RadiusMethod::exact) == methods.end()) return methods;
  if (k != 1) throw InputError(fmt::format("--method exact: is for -k 1, not -k {}; use --method bound,attack", k));
  const std::vector<Norm> norms = threat.norms();
  if (std::none_of(norms.begin(), norms.end(), is_euclidean)) {
    throw InputError(fmt::format("--method exact: is for --norm l2 or an ellipsoid, not {}; use --method bound,attack",
                                 threat.norms_text()));
  }
  return methods;
}

ModelRadii measure_radii(const std::filesystem::path& model_file, const DataOptions& data, const RadiiWanted& wanted,
                         ProgressBar& bar) {
  const model::Model model = load_model(model_file);
  const Dataset test = first_rows(data.read_for(model, true), wanted.limit);
  const certify::Space space = wanted.threat->space();
  const Index columns = space == certify::Space::raw ? test.x.cols() : model.metric.map().cols();
  std::vector<evaluate::Threat> threats;
  for (const Norm norm : wanted.norms) threats.push_back(wanted.threat->threat(norm, columns));

  evaluate::RowsUnderTest rows = evaluate::rows_under_test(model, test, wanted.k, space, bar.observer());
  ModelRadii result;
  result.file = model_file;
  result.method = model.facts.method;
  result.units = certify::units(model, space);
  result.accuracy = evaluate::accuracy(rows.predicted, rows.codes);
  result.classes = model.labels.names;
  result.space = certify::space_name(model, space);
  for (const evaluate::Threat& threat : threats) {
    NormRadii of_norm{threat.norm, {}, {}, std::nullopt};
    for (const RadiusMethod method : wanted.methods) {
      if (method == RadiusMethod::exact && !is_euclidean(threat.norm)) continue;
      const auto began = std::chrono::steady_clock::now();
      of_norm.methods.push_back(evaluate::radii(rows, {.method = method,
                                                       .threat = threat,
                                                       .tries = wanted.tries,
                                                       .seed = wanted.seed,
                                                       .observer = bar.observer()}));
      of_norm.seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    }
    of_norm.disorder = evaluate::disorder(of_norm.methods);
    result.norms.push_back(std::move(of_norm));
  }
  result.predicted = std::move(rows.predicted);
  result.codes = std::move(rows.codes);
  result.rows = std::move(rows.rows);
  return result;
}

std::string order_text(const NormRadii& radii) {
  std::string text;
  for (const evaluate::Radii& method : radii.methods) {
    text += fmt::format("{}{}", text.empty() ? "" : " <= ", evaluate::name(method.method));
  }
  return text;
}

void require_order(const std::vector<ModelRadii>& models) {
  for (const ModelRadii& model : models) {
    for (const NormRadii& radii : model.norms) {
      if (!radii.disorder) continue;
      throw std::logic_error(
          fmt::format("{}, {}: {}, which must not be; this is an error of the program, please report it",
                      model.file.string(), certify::name(radii.norm), *radii.disorder));
    }
  }
}

void write_witnesses(const std::filesystem::path& file, const std::vector<ModelRadii>& models,
                     std::optional<RadiusMethod> only) {
  std::vector<RowVector> witnesses;
  for (const ModelRadii& model : models) {
    for (const NormRadii& radii : model.norms) {
      for (const evaluate::Radii& method : radii.methods) {
        if (only && method.method != *only) continue;
        for (std::size_t row = 0; row < method.certificates.size(); ++row) {
          witnesses.push_back(method.certificates[row].witness.value_or(model.rows.row(static_cast<Index>(row))));
        }
      }
    }
  }
  Matrix all(static_cast<Index>(witnesses.size()), models.front().rows.cols());
  for (Index line = 0; line < all.rows(); ++line) all.row(line) = witnesses[static_cast<std::size_t>(line)];
  io::write_npy(file, all);
}

}  // namespace holdfast::app
