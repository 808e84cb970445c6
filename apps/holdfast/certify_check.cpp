#include "certify_check.hpp"

#include <algorithm>
#include <map>

#include "holdfast/certify/check_claims.hpp"
#include "holdfast/evaluate/certifier.hpp"
#include "holdfast/io/dataset_file.hpp"
#include "holdfast/io/radius_file.hpp"
#include "holdfast/model/training_rows.hpp"
#include "progress.hpp"

namespace holdfast::app {
namespace {

using certify::Claim;

/// Everything that the check of predictions reads.
struct Inputs {
  model::Model model;
  Dataset test = {};
  std::vector<Index> own_rows = {};  ///< the reference row of each test row, if these are the training rows
  std::vector<io::RadiusLine> lines = {};
  certify::Space space = certify::Space::preprocessed;
  certify::ThreatColumns columns = {};
};

using RowClaims = Claims<Claim, io::RadiusLine>;

CheckedLine checked(const io::RadiusLine& line) { return {line.line, about_row(line.row), line.norm, line.method}; }

Inputs read_inputs(const CheckCommand& command) {
  Inputs in{.model = load_model(command.model)};
  in.test = command.rows.data.read_for(in.model, LabelUse::required);
  in.own_rows = model::own_reference_rows(in.model, in.test);
  in.lines = io::read_radii(command.file, in.test.rows());
  in.space = space_of(command, in.lines.front().space, in.lines.front().line);
  in.columns = command.rows.threat.columns(in.model, in.space);
  return in;
}

Claim claim_of(const CheckCommand& command, const model::Model& model, const io::RadiusLine& line) {
  return in_line(command, line.line, [&] {
    const auto& names = model.labels.names;
    const auto name = std::find(names.begin(), names.end(), line.predicted);
    if (name == names.end()) throw InputError(fmt::format("the model has no class \"{}\"", line.predicted));
    Claim claim{line.row, line.radius, evaluate::find_certifier(line.method).kind,
                static_cast<int>(name - names.begin())};
    if (claim.kind == certify::BoundKind::exact) claim.upper = line.upper;
    if (line.poisoning) {
      claim.poisoning = {line.poisoning->insertions, line.poisoning->deletions, line.poisoning->relabelings};
    }
    return claim;
  });
}

/// The claims by norm. A line without a witness has its own row among the witnesses. Attacks cannot be checked without
/// them.
std::map<std::string, RowClaims> claims_by_norm(const CheckCommand& command, const Inputs& in, CheckReport& report) {
  const Matrix rows = rows_in(in.model, in.space, in.test);
  const Matrix witnesses = read_witnesses(command, in.lines.size(), rows.cols());
  std::map<std::string, RowClaims> by_norm;
  for (std::size_t at = 0; at < in.lines.size(); ++at) {
    const io::RadiusLine& line = in.lines[at];
    if (line.row >= judged_rows(command, in.test.rows())) continue;
    if (!line.model.empty() && line.model != command.model.string()) continue;
    Claim claim = claim_of(command, in.model, line);
    if (witnesses.size() == 0 && claim.kind == certify::BoundKind::upper_bound) {
      report.add_unchecked(checked(line));
      continue;
    }
    claim.witness = witness_of(witnesses, at, rows.row(line.row));
    by_norm[line.norm].claims.push_back(std::move(claim));
    by_norm[line.norm].lines.push_back(&line);
  }
  if (by_norm.empty() && report.is_empty()) {
    throw InputError(fmt::format("{}: has no line about the model {}", command.file.string(), command.model.string()));
  }
  return by_norm;
}

void check_predictions(const CheckCommand& command, const CommonOptions& common) {
  const Inputs in = read_inputs(command);
  ProgressBar bar(common);
  CheckReport report(command.file);
  for (const auto& [norm, of_norm] : claims_by_norm(command, in, report)) {
    const certify::ThreatModel threat = command.rows.threat.fitted(
        threat_of(command, norm, in.space, of_norm.lines.front()->line), in.model, in.columns);
    const std::vector<certify::Finding> findings =
        check_claims(in.model, threat, command.rows.k, in.test, of_norm.claims, in.own_rows, bar.observer());
    for (std::size_t i = 0; i < findings.size(); ++i) {
      report.add(checked(*of_norm.lines[i]), findings[i], of_norm.claims[i].witness.has_value());
    }
  }
  bar.clear();
  report.require_rows(judged_rows(command, in.test.rows()));
  if (report.holds() && !in.own_rows.empty()) note_leave_one_out(command.model);
  report.finish(Record().add("k", command.rows.k), !command.witnesses.empty(), remedy_of(command), common);
}

}  // namespace

certify::Space space_of(const CheckCommand& command, const std::string& space, Index line) {
  if (space.empty()) return command.rows.threat.threats().front().space;
  if (space == "embedding") return certify::Space::preprocessed;
  return in_line(command, line, [&] { return certify::parse_space(space); });
}

certify::ThreatModel threat_of(const CheckCommand& command, const std::string& norm, certify::Space space, Index line) {
  const std::vector<certify::ThreatModel> given = command.rows.threat.threats();
  const auto found = std::ranges::find(given, norm, &certify::ThreatModel::norm_name);
  if (found == given.end() && norm == "ellipsoid") {
    throw InputError("give the ellipsoid by --norm ellipsoid:FILE");
  }
  certify::ThreatModel threat = found != given.end() ? *found : certify::ThreatModel{in_line(command, line, [&] {
    return certify::LpBall{geometry::parse_norm(norm)};
  })};
  threat.space = space;
  return threat;
}

Matrix read_witnesses(const CheckCommand& command, std::size_t lines, Index columns) {
  if (command.witnesses.empty()) return {};
  Matrix witnesses = io::read_dataset(command.witnesses, {.label = "none"}).x;
  if (witnesses.rows() != static_cast<Index>(lines)) {
    throw InputError(fmt::format("{}: holds {} rows; {} has {} lines, each with its own", command.witnesses.string(),
                                 witnesses.rows(), command.file.string(), lines));
  }
  if (witnesses.cols() != columns) {
    throw InputError(fmt::format("{}: has {} columns; perturbed rows of {} have {}", command.witnesses.string(),
                                 witnesses.cols(), command.file.string(), columns));
  }
  return witnesses;
}

std::optional<RowVector> witness_of(const Matrix& witnesses, std::size_t line, const RowView& row) {
  if (witnesses.size() == 0) return std::nullopt;
  const RowVector witness = witnesses.row(static_cast<Index>(line));
  return witness == row ? std::nullopt : std::optional(witness);
}

Matrix rows_in(const model::Model& model, certify::Space space, const Dataset& test) {
  return space == certify::Space::raw ? test.x : model.prepare(test);
}

Index judged_rows(const CheckCommand& command, Index rows) {
  return command.rows.limit > 0 ? std::min(command.rows.limit, rows) : rows;
}

std::string remedy_of(const CheckCommand& command) {
  return command.rows.threat.is_restricted()
             ? ""
             : "; if the radii are of --frozen, --perturb, --flip or --box, give these options here, too";
}

void run_check(const CheckCommand& command, const CommonOptions& common) {
  switch (io::subject_of_radii(command.file)) {
    case io::RadiusSubject::predictions: return check_predictions(command, common);
    case io::RadiusSubject::searches: return check_searches(command, common);
    case io::RadiusSubject::pairs: return check_pair_decisions(command, common);
  }
}

}  // namespace holdfast::app
