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
#include "pair_files.hpp"
#include "progress.hpp"

namespace holdfast::app {
namespace {

using certify::Certificate;
using certify::PairCertificate;

/// Pairs with their labels, and what became of them under each norm.
struct Judged {
  std::vector<linalg::RowPair> pairs;
  std::vector<bool> similar;
  double threshold = 0.0;
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

void take_pairs(const PairTask& task, Index rows, Index limit, Judged& judged) {
  Random unused(0);
  const constraints::PairSet set = pairs_of(task.test_pairs, {}, rows, 0, unused);
  const auto take = [&](const std::vector<linalg::RowPair>& pairs, bool similar) {
    for (const linalg::RowPair& pair : pairs) {
      if (limit > 0 && static_cast<Index>(judged.pairs.size()) == limit) return;
      judged.pairs.push_back(pair);
      judged.similar.push_back(similar);
    }
  };
  take(set.similar, true);
  take(set.dissimilar, false);
  if (judged.pairs.empty()) throw InputError(fmt::format("{}: holds no pairs", task.test_pairs.string()));
}

Judged judge(const TaskCommand& command, const PairTask& task, const CommonOptions& common) {
  const certify::MovedMembers moved = certify::parse_moved_members(task.moved);
  const std::vector<certify::ThreatModel> threats = command.rows.threat.threats();
  const model::Model model = load_model(command.model);
  const Dataset test = command.rows.data.read_for(model, LabelUse::unused);
  Judged judged{.threshold = threshold_of(task, model, common.seed)};
  take_pairs(task, test.rows(), command.rows.limit, judged);
  ProgressBar bar(common);
  for (const certify::ThreatModel& threat : threats) {
    const auto start = std::chrono::steady_clock::now();
    const certify::CertifiedPairs certified(model,
                                            command.rows.threat.fitted_to_all(threat, model, "decisions on pairs"));
    judged.space = certified.space_name();
    judged.units = certified.units();
    std::vector<PairCertificate> pairs =
        certified.radii(certified.problem(test, judged.pairs),
                        {.threshold = judged.threshold, .moved = moved, .observer = bar.observer()});
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    judged.norms.push_back({std::string(threat.norm_name()), std::move(pairs), taken.count()});
  }
  bar.clear();
  return judged;
}

void write_pairs(const std::filesystem::path& file, const Judged& judged) {
  CsvOutput csv(file);
  for (const Judged::InNorm& in : judged.norms) {
    for (std::size_t at = 0; at < in.pairs.size(); ++at) {
      const PairCertificate& pair = in.pairs[at];
      csv.row(Record()
                  .add("first", judged.pairs[at].first)
                  .add("second", judged.pairs[at].second)
                  .add("label", judged.similar[at] ? 1 : -1)
                  .add("decision", pair.same ? "same" : "different")
                  .add("distance", pair.distance)
                  .add("norm", in.norm)
                  .add("method", pair.kind == certify::BoundKind::exact ? "exact" : "bound")
                  .add("radius", pair.radius)
                  .add("space", judged.space));
    }
  }
  csv.commit();
}

/// The radii of right decisions; those of wrong ones are 0.
std::vector<Certificate> right_radii(const Judged& judged, const Judged::InNorm& in) {
  std::vector<Certificate> radii;
  for (std::size_t at = 0; at < in.pairs.size(); ++at) {
    const PairCertificate& pair = in.pairs[at];
    radii.push_back({pair.same == judged.similar[at] ? pair.radius : 0.0, pair.kind});
  }
  return radii;
}

}  // namespace

void certify_pairs(const TaskCommand& command, const PairTask& task, const CommonOptions& common) {
  command.rows.data.require_writable({command.out}, {command.model, task.test_pairs, task.training_pairs});
  const Judged judged = judge(command, task, common);
  if (!command.out.empty()) write_pairs(command.out, judged);
  std::size_t same = 0;
  std::size_t right = 0;
  const std::vector<PairCertificate>& decisions = judged.norms.front().pairs;
  for (std::size_t at = 0; at < decisions.size(); ++at) {
    same += decisions[at].same ? 1 : 0;
    right += decisions[at].same == judged.similar[at] ? 1 : 0;
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
}

}  // namespace holdfast::app
