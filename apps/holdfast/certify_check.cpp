#include "certify_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "holdfast/certify/model_classifier.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/evaluate/check.hpp"
#include "holdfast/io/dataset_file.hpp"
#include "holdfast/io/model_file.hpp"
#include "holdfast/io/radius_file.hpp"
#include "progress.hpp"

namespace holdfast::app {
namespace {

/// What was found in one norm by one method.
struct Tally {
  Index lines = 0;
  Index witnesses = 0;
  Index unchecked = 0;  ///< attacks without adversarial rows
  Index faults = 0;
};

[[noreturn]] void fail_in(const std::filesystem::path& file, Index line, const std::string& problem) {
  throw InputError(fmt::format("{}:{}: {}", file.string(), line, problem));
}

certify::Norm norm_of(const CheckCommand& command, const io::RadiusLine& line) {
  if (line.norm == certify::name(certify::Norm::ellipsoid)) return certify::Norm::ellipsoid;
  try {
    return certify::parse_norm(line.norm);
  } catch (const InputError& error) {
    fail_in(command.file, line.line, error.what());
  }
}

evaluate::ClaimedRadius claim_of(const CheckCommand& command, const model::Model& model, const io::RadiusLine& line) {
  const auto name = std::find(model.labels.names.begin(), model.labels.names.end(), line.predicted);
  if (name == model.labels.names.end()) {
    fail_in(command.file, line.line, fmt::format("the model has no class \"{}\"", line.predicted));
  }
  try {
    return {line.row, evaluate::parse_radius_method(line.method), line.radius,
            static_cast<int>(name - model.labels.names.begin())};
  } catch (const InputError& error) {
    fail_in(command.file, line.line, error.what());
  }
}

}  // namespace

void run_check(const CheckCommand& command, const CommonOptions& common) {
  if (command.models.size() != 1) throw InputError("--check: give the one model whose radii these are");
  const std::filesystem::path& model_file = command.models.front();
  const model::Model model = load_model(model_file);
  const Dataset test = command.data.read_for(model, true);
  std::vector<io::RadiusLine> lines = io::read_radii(command.file, test.rows());
  Matrix witnesses;
  if (!command.witnesses.empty()) {
    witnesses = io::read_dataset(command.witnesses, {.label = "none"}).x;
    if (witnesses.rows() != static_cast<Index>(lines.size())) {
      throw InputError(fmt::format("{}: holds {} rows; {} has {} lines, each with its own", command.witnesses.string(),
                                   witnesses.rows(), command.file.string(), lines.size()));
    }
  }
  certify::Space space = command.threat.space();
  if (!lines.front().space.empty()) {
    space =
        lines.front().space == certify::name(certify::Space::raw) ? certify::Space::raw : certify::Space::preprocessed;
  }
  ProgressBar bar(common);
  const evaluate::RowsUnderTest rows = evaluate::rows_under_test(model, test, command.k, space, bar.observer());
  if (witnesses.size() > 0 && witnesses.cols() != rows.rows.cols()) {
    throw InputError(fmt::format("{}: has {} columns; rows in {} have {}", command.witnesses.string(), witnesses.cols(),
                                 certify::units(model, space), rows.rows.cols()));
  }

  // Lines of one norm are checked together.
  std::map<certify::Norm, std::vector<evaluate::ClaimedRadius>> claims;
  std::map<certify::Norm, std::vector<const io::RadiusLine*>> claimed_in;
  std::map<std::pair<std::string, std::string>, Tally> tallies;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const io::RadiusLine& line = lines[at];
    if (command.limit > 0 && line.row >= command.limit) continue;
    if (!line.model.empty() && line.model != model_file.string()) continue;
    const certify::Norm norm = norm_of(command, line);
    evaluate::ClaimedRadius claim = claim_of(command, model, line);
    if (witnesses.size() == 0 && claim.method == evaluate::RadiusMethod::attack) {
      ++tallies[{line.norm, line.method}].unchecked;
      continue;
    }
    if (witnesses.size() > 0) {
      const RowVector witness = witnesses.row(static_cast<Index>(at));
      if (witness != rows.rows.row(line.row)) claim.witness = witness;  // a row without one stands unchanged
    }
    claims[norm].push_back(std::move(claim));
    claimed_in[norm].push_back(&line);
  }
  if (claims.empty() && tallies.empty()) {
    throw InputError(fmt::format("{}: no line is about {}", command.file.string(), model_file.string()));
  }
  std::vector<std::string> faults;
  for (const auto& [norm, of_norm] : claims) {
    const evaluate::Threat threat = command.threat.threat(norm, rows.rows.cols());
    const auto found = evaluate::check(model, rows, threat, of_norm, bar.observer());
    for (std::size_t i = 0; i < found.size(); ++i) {
      const io::RadiusLine& line = *claimed_in[norm][i];
      Tally& tally = tallies[{line.norm, line.method}];
      ++tally.lines;
      tally.witnesses += of_norm[i].witness ? 1 : 0;
      if (!found[i]) continue;
      ++tally.faults;
      faults.push_back(fmt::format("{}:{}: row {}: {}", command.file.string(), line.line, line.row, *found[i]));
    }
  }
  bar.clear();
  if (common.json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const auto& [key, tally] : tallies) {
      list.push_back({{"norm", key.first},
                      {"method", key.second},
                      {"lines", tally.lines},
                      {"witnesses", tally.witnesses},
                      {"unchecked", tally.unchecked},
                      {"faults", tally.faults}});
    }
    if (faults.empty()) print_json({{"holds", true}, {"k", command.k}, {"checked", list}});
  } else if (faults.empty()) {
    for (const auto& [key, tally] : tallies) {
      fmt::print("{:<9} {:<7} {:>7} lines hold, {} of them with a witness", key.first, key.second, tally.lines,
                 tally.witnesses);
      fmt::print("{}\n", tally.unchecked > 0 ? fmt::format("; {} not checked", tally.unchecked) : "");
    }
    if (witnesses.size() == 0) {
      fmt::print("without --witnesses exact radii are checked from below only, and attacks not at all\n");
    }
  }
  if (faults.empty()) return;
  throw InputError(fmt::format(
      "{}{}", faults.front(),
      faults.size() > 1 ? fmt::format(" (and {} more lines that do not hold)", faults.size() - 1) : std::string()));
}

}  // namespace holdfast::app
