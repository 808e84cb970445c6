#include "learners/weight_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "holdfast/core/random.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/objectives/triplet_objective.hpp"
#include "learners/fitting.hpp"

namespace holdfast::learners {
namespace {

/// Shares of the derived weight that are tried; 0 is no perturbation loss.
constexpr std::array factors = {0.0, 0.03, 0.1, 0.3, 1.0};
constexpr Index folds = 3;
constexpr double accuracy_given_up = 0.0075;
constexpr Index most_rows = 10000;
/// Rows of a second class that leave each of the folds two classes to learn from.
constexpr Index fewest_rows = folds;
/// Neighbours whose margins bound a row's radius: targets and impostors, as many as LMNN's by default.
constexpr constraints::NeighborhoodOptions judged = {3, 10};

/// What a factor reached on rows left out.
struct Reached {
  double right = 0.0;   ///< rows whose nearest neighbour has their label
  double radius = 0.0;  ///< sum of the radii of the rows, 0 for a wrong one
};

/// Judges the metric of `map` on the rows of one fold, each with all other rows as its neighbours. A row's radius is
/// the bound of its nearest rows: the least over impostors of the largest adversarial margin over targets.
Reached judge(const MatrixView& x, const Labels& labels, const Matrix& map, const std::vector<Index>& fold_of,
              Index fold, const Observer& observer) {
  std::vector<Index> judged_rows;
  for (Index row = 0; row < x.rows(); ++row) {
    if (fold_of[static_cast<std::size_t>(row)] == fold) judged_rows.push_back(row);
  }
  const Matrix mapped = linalg::product_with_transpose(x, map);
  constraints::ClassNeighbors search(mapped, labels);
  std::vector<linalg::RowPair> pairs = constraints::target_pairs(search, judged_rows, judged.targets, observer);
  const constraints::TripletSet set = constraints::with_impostors(std::move(pairs), search, judged.impostors, observer);
  const objectives::TripletGeometry geometry = objectives::TripletObjective(x, set, 0.0, {}).geometry(map);
  Reached reached;
  for (std::size_t first = 0, last = 0; first < set.triplets.size(); first = last) {
    const auto [anchor, nearest, unused] = set.triplets[first];
    while (last < set.triplets.size() && set.triplets[last].anchor == anchor) ++last;
    const auto begin = static_cast<Index>(first);
    if (geometry.gap[begin] <= 0.0) continue;
    std::size_t impostors = 1;  // of each target, one after the other
    while (first + impostors < last && set.triplets[first + impostors].target == nearest) ++impostors;
    Vector margins = Vector::Zero(static_cast<Index>(impostors));
    for (std::size_t t = first; t < last; ++t) {
      const auto at = static_cast<Index>(t);
      double& margin = margins[static_cast<Index>((t - first) % impostors)];
      margin = std::max(margin, objectives::adversarial_margin(geometry.gap[at], geometry.gradient_norm_squared[at]));
    }
    reached.right += 1.0;
    reached.radius += margins.minCoeff();
  }
  return reached;
}

/// At most `most_rows` of the rows, drawn by the seed; the draw does not depend on the order of the rows.
Dataset rows_to_choose_on(const MatrixView& x, const Labels& labels, std::uint64_t seed) {
  SortedRows sorted = sorted_rows(x, labels);
  Dataset rows{std::move(sorted.x), std::get<Labels>(std::move(sorted.supervision)), {}, {}};
  if (rows.rows() <= most_rows) return rows;
  std::vector<Index> drawn = Random(seed, 1).permutation(rows.rows());
  drawn.resize(static_cast<std::size_t>(most_rows));
  return select_rows(rows, drawn);
}

/// Every fit that the choice takes is one step of it to the observer.
class Steps {
 public:
  explicit Steps(const Observer& observer) : observer_(observer) {}

  void next() { ++done_; }
  [[nodiscard]] Observer observer() const {
    if (!observer_) return {};
    return [this](const Progress&) {
      return observer_({"choose weight", done_, static_cast<Index>(factors.size()) * folds, 0.0});
    };
  }

 private:
  const Observer& observer_;
  Index done_ = 0;
};

/// Fits without the rows of one fold and judges on them.
Reached try_factor(double factor, const Dataset& rows, const std::vector<Index>& fold_of, Index fold,
                   const FitContext& context, const FitWithFactor& fit) {
  std::vector<Index> learned_from;
  for (Index row = 0; row < rows.rows(); ++row) {
    if (fold_of[static_cast<std::size_t>(row)] != fold) learned_from.push_back(row);
  }
  const Dataset part = select_rows(rows, learned_from);
  const Fit found = fit(factor, part.x, *part.labels, context);
  if (found.report.reason == optim::StopReason::stopped) throw Stopped{};
  return judge(rows.x, *rows.labels, found.metric.map(), fold_of, fold, context.observer);
}

/// The factor of the largest radius among those whose accuracy is near the best.
std::size_t choice_among(const std::array<Reached, factors.size()>& reached, double rows) {
  const double best = std::ranges::max_element(reached, {}, &Reached::right)->right;
  std::size_t chosen = factors.size();
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const bool accurate = reached[i].right >= best - accuracy_given_up * rows;
    if (accurate && (chosen == factors.size() || reached[i].radius > reached[chosen].radius)) chosen = i;
  }
  return chosen;
}

/// Whether the rows without any of the folds have two classes.
bool can_choose(const Labels& labels) {
  return std::ranges::count_if(class_counts(labels), [](Index count) { return count >= fewest_rows; }) >= 2;
}

}  // namespace

bool chooses_weight(const std::optional<Perturbation>& perturbation, const constraints::Supervision& supervision) {
  return perturbation && !perturbation->weight.value && !perturbation->weight.factor &&
         std::holds_alternative<Labels>(supervision);
}

Fit fit_with_chosen_factor(const MatrixView& x, const Labels& labels, const FitContext& context,
                           const FitWithFactor& fit) {
  constraints::require_separable(x, labels);
  if (!can_choose(labels)) {
    Fit derived = fit(1.0, x, labels, context);
    derived.report.log.emplace_back("perturbation weight: too few rows per class to choose it, so the derived one");
    return derived;
  }
  const Dataset rows = rows_to_choose_on(x, labels, context.seed);
  std::vector<Index> fold_of(static_cast<std::size_t>(rows.rows()));
  Random random(context.seed, 2);
  Index place = 0;
  for (const Index row : stratified_order(*rows.labels, random))
    fold_of[static_cast<std::size_t>(row)] = place++ % folds;

  Steps steps(context.observer);
  std::array<Reached, factors.size()> reached;
  std::vector<std::string> log;
  const auto count = static_cast<double>(rows.rows());
  FitContext own = context;
  own.observer = steps.observer();
  for (std::size_t i = 0; i < factors.size(); ++i) {
    for (Index fold = 0; fold < folds; ++fold) {
      const Reached part = try_factor(factors[i], rows, fold_of, fold, own, fit);
      reached[i].right += part.right;
      reached[i].radius += part.radius;
      steps.next();
    }
    log.push_back(fmt::format("perturbation weight auto*{}: accuracy {:.4f}, mean radius {:.4g} on rows left out",
                              factors[i], reached[i].right / count, reached[i].radius / count));
  }
  const double factor = factors[choice_among(reached, count)];
  Fit chosen = fit(factor, x, labels, context);
  chosen.report.log.insert(chosen.report.log.begin(), log.begin(), log.end());
  chosen.report.derived.insert(chosen.report.derived.begin(), {"perturbation_factor", factor});
  return chosen;
}

}  // namespace holdfast::learners
