#include "certify_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "holdfast/certify/check_claims.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/evaluate/certifier.hpp"
#include "holdfast/io/dataset_file.hpp"
#include "holdfast/io/radius_file.hpp"
#include "holdfast/model/training_rows.hpp"
#include "progress.hpp"

namespace holdfast::app {
namespace {

using certify::Claim;
using certify::ThreatModel;

/// Lines of one norm and method.
struct Tally {
  Index lines = 0;
  Index witnesses = 0;
  Index unchecked = 0;  ///< attacks without adversarial rows
};

/// Everything that the command reads.
struct Inputs {
  model::Model model;
  Dataset test = {};
  std::vector<Index> own_rows = {};  ///< the reference row of each test row, if these are the training rows
  std::vector<io::RadiusLine> lines = {};
  Matrix witnesses = {};  ///< one per line, or empty
  certify::Space space = certify::Space::preprocessed;
  certify::ThreatColumns columns = {};
};

/// The claims of a file in one norm, with their lines.
struct Claims {
  std::vector<Claim> claims;
  std::vector<const io::RadiusLine*> lines;
};

using Tallies = std::map<std::pair<std::string, std::string>, Tally>;

/// call(), with the line of the file as the place of an InputError.
template <class Call>
auto in_line(const CheckCommand& command, const io::RadiusLine& line, Call&& call) {
  try {
    return call();
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}:{}: {}", command.file.string(), line.line, error.what()));
  }
}

Inputs read_inputs(const CheckCommand& command) {
  Inputs in{.model = load_model(command.models.front())};
  in.test = command.rows.data.read_for(in.model, LabelUse::required);
  in.own_rows = model::own_reference_rows(in.model, in.test);
  in.lines = io::read_radii(command.file, in.test.rows());
  const io::RadiusLine& first = in.lines.front();
  if (first.space.empty()) {
    in.space = command.rows.threat.threats().front().space;
  } else if (first.space != "embedding") {
    in.space = in_line(command, first, [&] { return certify::parse_space(first.space); });
  }
  in.columns = command.rows.threat.columns(in.model, in.space);
  if (command.witnesses.empty()) return in;
  in.witnesses = io::read_dataset(command.witnesses, {.label = "none"}).x;
  if (in.witnesses.rows() != static_cast<Index>(in.lines.size())) {
    throw InputError(fmt::format("{}: holds {} rows; {} has {} lines, each with its own", command.witnesses.string(),
                                 in.witnesses.rows(), command.file.string(), in.lines.size()));
  }
  return in;
}

ThreatModel threat_of(const CheckCommand& command, const io::RadiusLine& line, const Inputs& in) {
  std::vector<ThreatModel> given = command.rows.threat.threats();
  const auto found = std::find_if(given.begin(), given.end(),
                                  [&](const ThreatModel& threat) { return threat.norm_name() == line.norm; });
  if (found == given.end() && line.norm == "ellipsoid") {
    throw InputError("give the ellipsoid by --norm ellipsoid:FILE");
  }
  ThreatModel threat = found != given.end() ? *found : ThreatModel{in_line(command, line, [&] {
    return certify::LpBall{geometry::parse_norm(line.norm)};
  })};
  threat.space = in.space;
  return command.rows.threat.fitted(std::move(threat), in.model, in.columns);
}

Claim claim_of(const CheckCommand& command, const model::Model& model, const io::RadiusLine& line) {
  return in_line(command, line, [&] {
    const auto& names = model.labels.names;
    const auto name = std::find(names.begin(), names.end(), line.predicted);
    if (name == names.end()) throw InputError(fmt::format("the model has no class \"{}\"", line.predicted));
    Claim claim{line.row, line.radius, evaluate::find_certifier(line.method).kind,
                static_cast<int>(name - names.begin())};
    if (claim.kind == certify::BoundKind::exact) claim.upper = line.upper;
    return claim;
  });
}

/// Exact radii that are proved from above only, by a witness.
bool needs_witness(const CheckCommand& command, std::string_view norm, certify::BoundKind kind) {
  return kind == certify::BoundKind::exact && (command.rows.k > 1 || norm == "l1" || norm == "linf");
}

/// The claims by norm. `rows`: of the test data in the units of the radii; a line without a witness has its own there.
std::map<std::string, Claims> claims_by_norm(const CheckCommand& command, const Inputs& in, const MatrixView& rows,
                                             Tallies& tallies) {
  std::map<std::string, Claims> by_norm;
  for (std::size_t at = 0; at < in.lines.size(); ++at) {
    const io::RadiusLine& line = in.lines[at];
    if (command.rows.limit > 0 && line.row >= command.rows.limit) continue;
    if (!line.model.empty() && line.model != command.models.front().string()) continue;
    Claim claim = claim_of(command, in.model, line);
    const bool by_witness =
        claim.kind == certify::BoundKind::upper_bound || needs_witness(command, line.norm, claim.kind);
    if (in.witnesses.size() == 0 && by_witness) {
      ++tallies[{line.norm, line.method}].unchecked;
      continue;
    }
    if (in.witnesses.size() > 0) {
      const RowVector witness = in.witnesses.row(static_cast<Index>(at));
      if (witness != rows.row(line.row)) claim.witness = witness;
    }
    by_norm[line.norm].claims.push_back(std::move(claim));
    by_norm[line.norm].lines.push_back(&line);
  }
  if (by_norm.empty() && tallies.empty()) {
    throw InputError(
        fmt::format("{}: has no line about the model {}", command.file.string(), command.models.front().string()));
  }
  return by_norm;
}

void print_tallies(const CheckCommand& command, const CommonOptions& common, const Tallies& tallies) {
  Value::List list;
  for (const auto& [key, tally] : tallies) {
    list.emplace_back(Record()
                          .add("norm", key.first, {.format = "<9"})
                          .add("method", key.second, {.format = "<7"})
                          .add("lines", tally.lines, {.format = ">7"})
                          .add("witnesses", tally.witnesses)
                          .add("unchecked", tally.unchecked)
                          .add("faults", Index{0})
                          .say(fmt::format("{{norm}} {{method}} {{lines}} lines hold, {{witnesses}} of them with a "
                                           "witness{}",
                                           tally.unchecked > 0 ? "; {unchecked} not checked" : "")));
  }
  Record result = Record().add("holds", true).add("k", command.rows.k).add("checked", list).say("{checked}");
  const auto is_from_above = [&](const auto& of) {
    return needs_witness(command, of.first.first, evaluate::find_certifier(of.first.second).kind);
  };
  if (std::ranges::any_of(tallies, is_from_above)) {
    result.say(
        "exact radii for k > 1, in l1 and in linf are checked from above only, by their witnesses: their lower ends "
        "need a new search");
  }
  if (command.witnesses.empty()) {
    result.say("without --witnesses other exact radii are checked from below only, and attacks not at all");
  }
  print(result, common);
}

}  // namespace

void run_check(const CheckCommand& command, const CommonOptions& common) {
  if (command.models.size() != 1) throw InputError("--check: give the one model whose radii these are");
  const Inputs in = read_inputs(command);
  // Only to see which lines have no witness; the checker prepares rows itself.
  const Matrix prepared = in.model.prepare(in.test);
  const MatrixView rows = in.space == certify::Space::raw ? MatrixView(in.test.x) : MatrixView(prepared);
  if (in.witnesses.size() > 0 && in.witnesses.cols() != rows.cols()) {
    throw InputError(fmt::format("{}: has {} columns; {} rows have {}", command.witnesses.string(), in.witnesses.cols(),
                                 certify::name(in.space), rows.cols()));
  }
  ProgressBar bar(common);
  Tallies tallies;
  std::vector<std::string> faults;
  for (const auto& [norm, of_norm] : claims_by_norm(command, in, rows, tallies)) {
    const ThreatModel threat = threat_of(command, *of_norm.lines.front(), in);
    const auto found =
        check_claims(in.model, threat, command.rows.k, in.test, of_norm.claims, in.own_rows, bar.observer());
    for (std::size_t i = 0; i < found.size(); ++i) {
      const io::RadiusLine& line = *of_norm.lines[i];
      Tally& tally = tallies[{line.norm, line.method}];
      ++tally.lines;
      tally.witnesses += of_norm.claims[i].witness ? 1 : 0;
      if (found[i])
        faults.push_back(fmt::format("{}:{}: row {}: {}", command.file.string(), line.line, line.row, *found[i]));
    }
  }
  bar.clear();
  if (faults.empty()) {
    if (!in.own_rows.empty()) note_leave_one_out(command.models.front());
    return print_tallies(command, common, tallies);
  }
  throw InputError(fmt::format(
      "{}{}{}", faults.front(),
      faults.size() > 1 ? fmt::format(" (and {} more lines that do not hold)", faults.size() - 1) : std::string(),
      command.rows.threat.is_restricted()
          ? ""
          : "; if the radii are of --frozen, --perturb, --flip or --box, give these options here, too"));
}

}  // namespace holdfast::app
