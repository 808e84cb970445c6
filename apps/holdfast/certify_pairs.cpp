// certify --test-pairs: how much perturbation decisions on pairs withstand.
#include <fmt/format.h>

#include <chrono>

#include "certify_tasks.hpp"
#include "csv.hpp"
#include "holdfast/certify/pair_decision.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"
#include "holdfast/evaluate/summary.hpp"
#include "holdfast/evaluate/verification.hpp"
#include "holdfast/io/npy.hpp"
#include "pair_files.hpp"
#include "progress.hpp"

namespace holdfast::app {
namespace {

using certify::Certificate;
using certify::PairCertificate;

/// Pairs, and what became of them under each norm.
struct Judged {
  LabelledPairs of;
  double threshold = 0.0;
  Matrix rows = {};  ///< in the units of the space
  std::string space;
  std::string units;
  struct InNorm {
    std::string norm;
    std::vector<PairCertificate> pairs;
    double seconds;
  };
  std::vector<InNorm> norms;
};

/// Pairs drawn for the threshold if there is no file, as evaluate draws them.
constexpr Index drawn_pairs = 10'000;

double threshold_of(const PairTask& task, const model::Model& model, std::uint64_t seed) {
  if (task.threshold != "auto") {
    const std::optional<double> given = parse_real(task.threshold);
    if (given) return *given;
    throw InputError(Fault{.field = "threshold",
                           .value = fmt::format("\"{}\"", task.threshold),
                           .rule = "must be a distance of at least 0, or auto"});
  }
  model.require_training_rows("choose a threshold by pairs of them (give `threshold` as a number)");
  if (task.training_pairs.empty() && model.labels.size() == 0) {
    throw InputError(Fault{.rule = "the model has no labels by which to draw pairs for a threshold",
                           .remedy = "give `threshold-pairs`, or a `threshold`"});
  }
  Random random(seed, 1);  // the stream of evaluate
  const constraints::PairSet training =
      pairs_of(task.training_pairs, model.labels, model.reference.rows(), drawn_pairs, random);
  if (training.similar.empty() || training.dissimilar.empty()) {
    throw InputError(Fault{.field = "threshold",
                           .value = "auto",
                           .rule = "needs similar and dissimilar training pairs",
                           .remedy = "give `threshold-pairs` of both kinds, or a `threshold`"});
  }
  return evaluate::best_threshold(evaluate::pair_distances(model.mapped_reference(), training));
}

Judged judge(const TaskCommand& command, const PairTask& task, const CommonOptions& common) {
  const certify::MovedMembers moved = certify::parse_moved_members(task.moved);
  const std::vector<certify::ThreatModel> threats = command.rows.threat.threats();
  const model::Model model = load_model(command.model);
  const Dataset test = command.rows.data.read_for(model, LabelUse::unused);
  Judged judged;
  judged.threshold = threshold_of(task, model, common.seed);
  judged.of = labelled_pairs(task.test_pairs, test.rows(), command.rows.limit);
  ProgressBar bar(common);
  for (const certify::ThreatModel& threat : threats) {
    const auto start = std::chrono::steady_clock::now();
    const certify::CertifiedPairs certified(model,
                                            command.rows.threat.fitted_to_all(threat, model, "decisions on pairs"));
    judged.space = certified.space_name();
    judged.units = certified.units();
    certify::PairProblem problem = certified.problem(test, judged.of.pairs);
    std::vector<PairCertificate> pairs =
        certified.radii(problem, {.threshold = judged.threshold, .moved = moved, .observer = bar.observer()});
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    judged.norms.push_back({std::string(threat.norm_name()), std::move(pairs), taken.count()});
    judged.rows = std::move(problem.rows);
  }
  bar.clear();
  return judged;
}

void write_pairs(const std::filesystem::path& file, const Judged& judged, const std::string& moved) {
  CsvOutput csv(file);
  for (const Judged::InNorm& in : judged.norms) {
    for (std::size_t at = 0; at < in.pairs.size(); ++at) {
      const PairCertificate& pair = in.pairs[at];
      csv.row(Record()
                  .add("first", judged.of.pairs[at].first)
                  .add("second", judged.of.pairs[at].second)
                  .add("label", judged.of.similar[at] ? 1 : -1)
                  .add("decision", pair.same ? "same" : "different")
                  .add("distance", pair.distance)
                  .add("norm", in.norm)
                  .add("method", pair.kind == certify::BoundKind::exact ? "exact" : "bound")
                  .add("radius", pair.radius)
                  .add("space", judged.space)
                  .add("threshold", judged.threshold)
                  .add("move", moved));
    }
  }
  csv.commit();
}

/// Both members of each perturbed pair side by side, in the order of the lines; the members themselves if there is no
/// perturbation.
void write_members(const std::filesystem::path& file, const Judged& judged) {
  const Index d = judged.rows.cols();
  const auto pairs = static_cast<Index>(judged.of.pairs.size());
  Matrix members(pairs * static_cast<Index>(judged.norms.size()), 2 * d);
  Index line = 0;
  for (const Judged::InNorm& in : judged.norms) {
    for (std::size_t at = 0; at < in.pairs.size(); ++at, ++line) {
      const auto& [first, second] = judged.of.pairs[at];
      members.row(line).head(d) = in.pairs[at].first ? *in.pairs[at].first : RowVector(judged.rows.row(first));
      members.row(line).tail(d) = in.pairs[at].second ? *in.pairs[at].second : RowVector(judged.rows.row(second));
    }
  }
  io::write_npy(file, members);
}

/// The radii of right decisions; those of wrong ones are 0.
std::vector<Certificate> right_radii(const Judged& judged, const Judged::InNorm& in) {
  std::vector<Certificate> radii;
  for (std::size_t at = 0; at < in.pairs.size(); ++at) {
    const PairCertificate& pair = in.pairs[at];
    radii.push_back({pair.same == judged.of.similar[at] ? pair.radius : 0.0, pair.kind});
  }
  return radii;
}

}  // namespace

void certify_pairs(const TaskCommand& command, const PairTask& task, const CommonOptions& common) {
  command.rows.data.require_writable({command.out, command.witnesses},
                                     {command.model, task.test_pairs, task.training_pairs});
  const Judged judged = judge(command, task, common);
  if (!command.out.empty()) write_pairs(command.out, judged, task.moved);
  if (!command.witnesses.empty()) write_members(command.witnesses, judged);
  std::size_t same = 0;
  std::size_t right = 0;
  const std::vector<PairCertificate>& decisions = judged.norms.front().pairs;
  for (std::size_t at = 0; at < decisions.size(); ++at) {
    same += decisions[at].same ? 1 : 0;
    right += decisions[at].same == judged.of.similar[at] ? 1 : 0;
  }
  const double accuracy = static_cast<double>(right) / static_cast<double>(decisions.size());
  if (!common.json) {
    fmt::print("{}: {} pairs, {} of them called the same, accuracy {:.4f} at the threshold {}\n",
               command.rows.data.name(), decisions.size(), same, accuracy, figure(judged.threshold));
    fmt::print("radii in {}: no smaller perturbation of {} changes the decision (0 here if that is wrong)\n\n",
               judged.units, task.moved == "both" ? "both members" : "the first member");
  }
  Value::List results;
  for (const Judged::InNorm& in : judged.norms) {
    const std::vector<Certificate> radii = right_radii(judged, in);
    const evaluate::RadiusSummary summary =
        evaluate::summarize(radii, command.eps.empty() ? evaluate::nice_eps(radii) : command.eps);
    results.emplace_back(Record().add("norm", in.norm).append(evaluate::describe(summary)).add("seconds", in.seconds));
    if (!common.json) print_summary(in.norm, "exact", summary, in.seconds);
  }
  if (common.json) {
    return print_json(Record()
                          .add("pairs", decisions.size())
                          .add("same", same)
                          .add("accuracy", accuracy)
                          .add("threshold", judged.threshold)
                          .add("move", task.moved)
                          .add("space", judged.space)
                          .add("results", results));
  }
  if (!command.out.empty()) fmt::print("\none line per pair and norm in {}\n", command.out.string());
  if (!command.witnesses.empty()) {
    fmt::print("both members of the perturbed pair of each of these lines in {} ({})\n", command.witnesses.string(),
               judged.units);
  }
}

}  // namespace holdfast::app
