// certify --check of the files that certify --retrieval and --test-pairs write.
#include <algorithm>
#include <map>
#include <optional>

#include "certify_check.hpp"
#include "certify_tasks.hpp"
#include "holdfast/certify/check_pairs.hpp"
#include "holdfast/certify/check_retrieval.hpp"
#include "holdfast/io/radius_file.hpp"
#include "progress.hpp"

namespace holdfast::app {
namespace {

using certify::BoundKind;

/// The kind of a radius by the method in its line.
BoundKind kind_of(const CheckCommand& command, const std::string& method, Index line) {
  if (method == "exact") return BoundKind::exact;
  if (method == "bound") return BoundKind::lower_bound;
  throw InputError(fmt::format("{}:{}: method \"{}\": must be exact or bound", command.file.string(), line, method));
}

/// The reason why the classes in a line are not those of the test data.
std::optional<std::string> fault_of_classes(const io::SearchLine& line, const Labels& labels) {
  const auto fault = [&](Index row, const std::string& claimed) -> std::optional<std::string> {
    if (claimed == labels.text(row)) return std::nullopt;
    return fmt::format("the class of row {} is {}, not {}", row, labels.text(row), claimed);
  };
  const std::optional<std::string> of_query = fault(line.row, line.label);
  return of_query ? of_query : fault(line.nearest, line.predicted);
}

using SearchClaims = Claims<certify::RetrievalClaim, io::SearchLine>;
using PairClaims = Claims<certify::PairClaim, io::PairLine>;

CheckedLine checked(const io::PairLine& line) {
  return {line.line, fmt::format("pair {},{}", line.first, line.second), line.norm, line.method};
}

/// The pairs of the file have to be those that the command names, in their order, with their labels.
void require_pairs(const CheckCommand& command, const std::string& norm, const PairClaims& of_norm,
                   const LabelledPairs& wanted, CheckReport& report) {
  const std::string pairs = command.test_pairs.string();
  for (std::size_t at = 0; at < std::max(of_norm.lines.size(), wanted.pairs.size()); ++at) {
    if (at >= of_norm.lines.size()) {
      report.add_fault(fmt::format("{}: has no line about pair {},{} of {} in {}", command.file.string(),
                                   wanted.pairs[at].first, wanted.pairs[at].second, pairs, norm));
      continue;
    }
    const io::PairLine& line = *of_norm.lines[at];
    const bool is_wanted =
        at < wanted.pairs.size() && of_norm.claims[at].pair == wanted.pairs[at] && line.similar == wanted.similar[at];
    if (is_wanted) continue;
    report.add_fault(fmt::format("{}:{}: pair {},{} with the label {} is not the pair number {} of {}",
                                 command.file.string(), line.line, line.first, line.second, line.similar ? 1 : -1,
                                 at + 1, pairs));
    return;
  }
}

/// The claims of the lines by norm; a line without a witness has its own row among the witnesses.
std::map<std::string, SearchClaims> claims_of(const CheckCommand& command, const std::vector<io::SearchLine>& lines,
                                              const Matrix& rows) {
  const Matrix witnesses = read_witnesses(command, lines.size(), rows.cols());
  std::map<std::string, SearchClaims> by_norm;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const io::SearchLine& line = lines[at];
    if (line.row >= judged_rows(command, rows.rows())) continue;
    certify::RetrievalClaim claim{.row = line.row,
                                  .nearest = line.nearest,
                                  .relevant = line.radius,
                                  .kind = kind_of(command, line.method, line.line),
                                  .same_row = line.same_row};
    claim.witness = witness_of(witnesses, at, rows.row(line.row));
    by_norm[line.norm].claims.push_back(std::move(claim));
    by_norm[line.norm].lines.push_back(&line);
  }
  return by_norm;
}

/// The same of pairs, whose witnesses are both members side by side. All lines have one threshold and one way to move.
std::map<std::string, PairClaims> claims_of(const CheckCommand& command, const std::vector<io::PairLine>& lines,
                                            const Matrix& rows) {
  const io::PairLine& first = lines.front();
  const Index d = rows.cols();
  const Matrix witnesses = read_witnesses(command, lines.size(), 2 * d);
  std::map<std::string, PairClaims> by_norm;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const io::PairLine& line = lines[at];
    PairClaims& of_norm = by_norm[line.norm];
    if (command.rows.limit > 0 && static_cast<Index>(of_norm.claims.size()) == command.rows.limit) continue;
    if (line.threshold != first.threshold || line.move != first.move) {
      throw InputError(fmt::format("{}:{}: has another threshold or move than line {}", command.file.string(),
                                   line.line, first.line));
    }
    certify::PairClaim claim{.pair = {static_cast<std::int32_t>(line.first), static_cast<std::int32_t>(line.second)},
                             .same = line.same,
                             .distance = line.distance,
                             .radius = line.radius,
                             .kind = kind_of(command, line.method, line.line)};
    if (witnesses.size() > 0) {
      const RowVector members = witnesses.row(static_cast<Index>(at));
      if (members.head(d) != rows.row(line.first)) claim.first = members.head(d);
      if (members.tail(d) != rows.row(line.second)) claim.second = members.tail(d);
    }
    of_norm.claims.push_back(std::move(claim));
    of_norm.lines.push_back(&line);
  }
  return by_norm;
}

}  // namespace

void check_searches(const CheckCommand& command, const CommonOptions& common) {
  const model::Model model = load_model(command.model);
  const Dataset test = command.rows.data.read_for(model, LabelUse::required);
  const std::vector<io::SearchLine> lines = io::read_search_radii(command.file, test.rows());
  const certify::Space space = space_of(command, lines.front().space, lines.front().line);
  const certify::ThreatColumns columns = command.rows.threat.columns(model, space);
  ProgressBar bar(common);
  CheckReport report(command.file);
  for (const auto& [norm, of_norm] : claims_of(command, lines, rows_in(model, space, test))) {
    const certify::ThreatModel threat =
        command.rows.threat.fitted(threat_of(command, norm, space, of_norm.lines.front()->line), model, columns);
    std::vector<certify::Finding> findings =
        certify::check_retrieval(model, threat, test, of_norm.claims, bar.observer());
    for (std::size_t i = 0; i < findings.size(); ++i) {
      const io::SearchLine& line = *of_norm.lines[i];
      if (auto fault = fault_of_classes(line, *test.labels)) findings[i].fault = std::move(fault);
      // The method is that of a row and not of the file, so that it names no group of lines.
      report.add({line.line, about_row(line.row), norm, "retrieval"}, findings[i],
                 of_norm.claims[i].witness.has_value());
    }
  }
  bar.clear();
  report.require_rows(judged_rows(command, test.rows()));
  report.finish(Record(), !command.witnesses.empty(), remedy_of(command), common);
}

void check_pair_decisions(const CheckCommand& command, const CommonOptions& common) {
  const model::Model model = load_model(command.model);
  const Dataset test = command.rows.data.read_for(model, LabelUse::unused);
  const std::vector<io::PairLine> lines = io::read_pair_radii(command.file, test.rows());
  const io::PairLine& first = lines.front();
  const certify::Space space = space_of(command, first.space, first.line);
  const certify::MovedMembers moved =
      in_line(command, first.line, [&] { return certify::parse_moved_members(first.move); });
  ProgressBar bar(common);
  CheckReport report(command.file);
  for (const auto& [norm, of_norm] : claims_of(command, lines, rows_in(model, space, test))) {
    const certify::ThreatModel threat = command.rows.threat.fitted_to_all(
        threat_of(command, norm, space, of_norm.lines.front()->line), model, "decisions on pairs");
    const std::vector<certify::Finding> findings =
        certify::check_pairs(model, threat, test, of_norm.claims,
                             {.threshold = first.threshold, .moved = moved, .observer = bar.observer()});
    for (std::size_t i = 0; i < findings.size(); ++i) {
      const bool has_witness = of_norm.claims[i].first || of_norm.claims[i].second;
      report.add(checked(*of_norm.lines[i]), findings[i], has_witness);
    }
    if (command.test_pairs.empty()) continue;
    require_pairs(command, norm, of_norm, labelled_pairs(command.test_pairs, test.rows(), command.rows.limit), report);
  }
  bar.clear();
  report.finish(Record().add("threshold", first.threshold).add("move", first.move), true, "", common);
}

}  // namespace holdfast::app
