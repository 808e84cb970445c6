// certify --retrieval: how much perturbation the search of each test row among the others withstands.
#include <fmt/format.h>

#include <chrono>
#include <optional>

#include "certify_tasks.hpp"
#include "csv.hpp"
#include "holdfast/certify/retrieval.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/evaluate/summary.hpp"
#include "holdfast/io/npy.hpp"
#include "progress.hpp"

namespace holdfast::app {
namespace {

using certify::Certificate;
using certify::RetrievalCertificate;

struct InNorm {
  std::string norm;
  std::vector<RetrievalCertificate> rows;
  double seconds;
};

/// Radii of the queries; rows that are the only one of their class have no relevant row and are left out.
struct OfQueries {
  std::vector<Certificate> relevant;
  std::vector<Certificate> same_row;
  bool all_exact = true;
  double recall_at_1 = 0.0;
};

OfQueries of_queries(const InNorm& in, const std::vector<int>& codes) {
  OfQueries of;
  for (std::size_t at = 0; at < in.rows.size(); ++at) {
    const RetrievalCertificate& row = in.rows[at];
    of.same_row.push_back(row.same_row);
    if (!row.relevant) continue;
    of.relevant.push_back(*row.relevant);
    const bool hit = codes[static_cast<std::size_t>(row.nearest)] == codes[at];
    of.recall_at_1 += hit ? 1.0 : 0.0;
    of.all_exact = of.all_exact && (!hit || row.relevant->kind == certify::BoundKind::exact);
  }
  if (!of.relevant.empty()) of.recall_at_1 /= static_cast<double>(of.relevant.size());
  return of;
}

void write_rows(const std::filesystem::path& file, const Dataset& test, const std::vector<InNorm>& norms,
                std::string_view space) {
  const auto name_of = [&](Index row) { return test.labels->name(test.labels->codes[static_cast<std::size_t>(row)]); };
  CsvOutput csv(file);
  for (const InNorm& in : norms) {
    for (std::size_t at = 0; at < in.rows.size(); ++at) {
      const RetrievalCertificate& row = in.rows[at];
      const bool exact = row.relevant && row.relevant->kind == certify::BoundKind::exact;
      Record line = Record()
                        .add("row", at)
                        .add("label", name_of(static_cast<Index>(at)))
                        .add("predicted", name_of(row.nearest))
                        .add("norm", in.norm)
                        .add("method", exact ? "exact" : "bound")
                        .add("radius", row.relevant ? Value(row.relevant->radius) : Value())
                        .add("space", space)
                        .add("nearest", row.nearest)
                        .add("same_row", row.same_row.radius);
      add_ids(line, test.ids, at);
      csv.row(line);
    }
  }
  csv.commit();
}

/// The perturbed query of each line, and the query itself if there is none.
void write_queries(const std::filesystem::path& file, const Matrix& rows, const std::vector<InNorm>& norms) {
  const std::size_t queries = norms.front().rows.size();
  Matrix all(static_cast<Index>(norms.size() * queries), rows.cols());
  Index line = 0;
  for (const InNorm& in : norms) {
    for (std::size_t at = 0; at < queries; ++at) {
      const std::optional<Certificate>& relevant = in.rows[at].relevant;
      const bool has_witness = relevant && relevant->witness;
      all.row(line++) = has_witness ? *relevant->witness : RowVector(rows.row(static_cast<Index>(at)));
    }
  }
  io::write_npy(file, all);
}

}  // namespace

void certify_retrieval(const TaskCommand& command, const CommonOptions& common) {
  command.rows.data.require_writable({command.out, command.witnesses}, {command.model});
  const std::vector<certify::ThreatModel> threats = command.rows.threat.threats();
  const model::Model model = load_model(command.model);
  const Dataset test = command.rows.data.read_for(model, LabelUse::required);
  const certify::Space space = threats.front().space;
  const Matrix map = certify::perturbation_map(model, space);
  const certify::RetrievalProblem problem = certify::retrieval_problem(model, threats.front(), test);
  const certify::ThreatColumns columns = command.rows.threat.columns(model, space);
  std::vector<InNorm> norms;
  ProgressBar bar(common);
  for (const certify::ThreatModel& threat : threats) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<RetrievalCertificate> rows =
        certify::retrieval_radii(map, command.rows.threat.fitted(threat, model, columns), problem,
                                 {.queries = command.rows.limit, .observer = bar.observer()});
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    norms.push_back({std::string(threat.norm_name()), std::move(rows), taken.count()});
  }
  bar.clear();
  Value::List results;
  const OfQueries first = of_queries(norms.front(), test.labels->codes);
  const std::size_t queries = first.relevant.size();
  if (queries == 0) {
    throw InputError(
        Fault{.place = command.rows.data.name(), .rule = "no two rows are of one class: nothing is relevant"});
  }
  if (!command.out.empty()) write_rows(command.out, test, norms, certify::space_name(model, space));
  if (!command.witnesses.empty()) write_queries(command.witnesses, problem.rows, norms);
  const std::size_t excluded = norms.front().rows.size() - queries;
  if (!common.json) {
    fmt::print("{}: {} queries, each to the other {} rows, {} metric, recall@1 {:.4f}\n", command.rows.data.name(),
               queries, test.rows() - 1, model.facts.method, first.recall_at_1);
    if (excluded > 0)
      fmt::print("  ({} rows are the only one of their class, and no query for a relevant row)\n", excluded);
    fmt::print("radii in {}: for no smaller perturbation of the query is the nearest row of another class\n",
               certify::units(model, space));
    fmt::print("(relevant; 0 if it already is), or another row (same row)\n{}\n", columns_text(columns));
  }
  for (const InNorm& in : norms) {
    const OfQueries of = of_queries(in, test.labels->codes);
    const std::vector<double> eps = command.eps.empty() ? evaluate::nice_eps(of.relevant) : command.eps;
    const evaluate::RadiusSummary relevant = evaluate::summarize(of.relevant, eps);
    const evaluate::RadiusSummary same_row = evaluate::summarize(of.same_row, eps);
    results.emplace_back(Record()
                             .add("norm", in.norm)
                             .add("method", of.all_exact ? "exact" : "bound")
                             .append(evaluate::describe(relevant))
                             .add("same_row", evaluate::describe(same_row))
                             .add("seconds", in.seconds));
    if (common.json) continue;
    print_summary(in.norm, of.all_exact ? "relevant, exact" : "relevant, bound", relevant, in.seconds);
    print_summary(in.norm, "same row", same_row, in.seconds);
  }
  if (common.json) {
    Record record = Record()
                        .add("n", test.rows())
                        .add("queries", queries)
                        .add("excluded", excluded)
                        .add("recall_at_1", first.recall_at_1)
                        .add("space", certify::space_name(model, space))
                        .add("results", results);
    add_columns(record, columns);
    return print_json(std::move(record));
  }
  if (!command.out.empty()) fmt::print("\none line per row and norm in {}\n", command.out.string());
  if (!command.witnesses.empty()) {
    fmt::print("the perturbed query of each of these lines in {} ({})\n", command.witnesses.string(),
               certify::units(model, space));
  }
}

}  // namespace holdfast::app
