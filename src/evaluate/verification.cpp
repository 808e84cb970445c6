#include "holdfast/evaluate/verification.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "holdfast/linalg/row_distance.hpp"

namespace holdfast::evaluate {
namespace {

bool has_both_kinds(const PairDistances& distances) {
  return !distances.similar.empty() && !distances.dissimilar.empty();
}

/// A distinct distance with the number of pairs of either kind at it.
struct Step {
  double distance;
  Index similar;
  Index dissimilar;
};

std::vector<Step> steps_of(const PairDistances& distances) {
  if (!has_both_kinds(distances)) throw std::invalid_argument("verification needs similar and dissimilar pairs");
  std::vector<std::pair<double, bool>> all;  // whether similar
  for (const double distance : distances.similar) all.emplace_back(distance, true);
  for (const double distance : distances.dissimilar) all.emplace_back(distance, false);
  std::ranges::sort(all);
  std::vector<Step> steps;
  for (const auto& [distance, similar] : all) {
    if (steps.empty() || steps.back().distance != distance) steps.push_back({distance, 0, 0});
    ++(similar ? steps.back().similar : steps.back().dissimilar);
  }
  return steps;
}

}  // namespace

PairDistances pair_distances(const MatrixView& mapped, const constraints::PairSet& pairs) {
  constraints::require_valid(pairs, mapped.rows());
  const auto distances = [&](const std::vector<linalg::RowPair>& kind) {
    std::vector<double> result;
    result.reserve(kind.size());
    for (const linalg::RowPair& pair : kind) {
      result.push_back(std::sqrt(
          linalg::squared_distance(mapped.row(pair.first).data(), mapped.row(pair.second).data(), mapped.cols())));
    }
    return result;
  };
  return {distances(pairs.similar), distances(pairs.dissimilar)};
}

std::vector<RocPoint> roc_curve(const PairDistances& distances) {
  const auto similar = static_cast<double>(distances.similar.size());
  const auto dissimilar = static_cast<double>(distances.dissimilar.size());
  std::vector<RocPoint> curve = {{-std::numeric_limits<double>::infinity(), 0.0, 0.0}};
  Index accepted_similar = 0;
  Index accepted_dissimilar = 0;
  for (const Step& step : steps_of(distances)) {
    accepted_similar += step.similar;
    accepted_dissimilar += step.dissimilar;
    curve.push_back({step.distance, static_cast<double>(accepted_dissimilar) / dissimilar,
                     static_cast<double>(accepted_similar) / similar});
  }
  return curve;
}

double area_under(std::span<const RocPoint> curve) {
  double area = 0.0;
  for (std::size_t i = 1; i < curve.size(); ++i) {
    area += (curve[i].false_positive_rate - curve[i - 1].false_positive_rate) * 0.5 *
            (curve[i].true_positive_rate + curve[i - 1].true_positive_rate);
  }
  return area;
}

double equal_error_rate(std::span<const RocPoint> curve) {
  // The false positive rate rises from 0 and the false negative rate falls from 1; they meet at the equal error rate.
  for (std::size_t i = 1; i < curve.size(); ++i) {
    const double before = curve[i - 1].false_positive_rate + curve[i - 1].true_positive_rate - 1.0;
    const double after = curve[i].false_positive_rate + curve[i].true_positive_rate - 1.0;
    if (after < 0.0) continue;
    const double share = -before / (after - before);
    return curve[i - 1].false_positive_rate + share * (curve[i].false_positive_rate - curve[i - 1].false_positive_rate);
  }
  return 1.0;
}

double true_positive_rate_at(std::span<const RocPoint> curve, double rate) {
  double best = 0.0;
  for (const RocPoint& point : curve) {
    if (point.false_positive_rate <= rate) best = std::max(best, point.true_positive_rate);
  }
  return best;
}

double best_threshold(const PairDistances& distances) {
  const std::vector<Step> steps = steps_of(distances);
  // Accepting nothing judges all dissimilar pairs right; each accepted similar pair is a gain, each dissimilar a loss.
  Index gain = 0;
  Index best = 0;
  const double nearest = steps.front().distance;
  // Below all distances; half of 0 would accept the pairs at distance 0.
  double threshold = nearest > 0.0 ? 0.5 * nearest : std::nextafter(0.0, -1.0);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    gain += steps[i].similar - steps[i].dissimilar;
    if (gain <= best) continue;
    best = gain;
    threshold = i + 1 < steps.size() ? 0.5 * (steps[i].distance + steps[i + 1].distance) : steps[i].distance;
  }
  return threshold;
}

double accuracy_at(const PairDistances& distances, double threshold) {
  const auto accepted = [&](double distance) { return distance <= threshold; };
  const auto right = std::ranges::count_if(distances.similar, accepted) +
                     static_cast<std::ptrdiff_t>(distances.dissimilar.size()) -
                     std::ranges::count_if(distances.dissimilar, accepted);
  return static_cast<double>(right) / static_cast<double>(distances.similar.size() + distances.dissimilar.size());
}

Verification verify(const PairDistances& test, const PairDistances& training) {
  Verification result;
  result.similar = static_cast<Index>(test.similar.size());
  result.dissimilar = static_cast<Index>(test.dissimilar.size());
  if (has_both_kinds(training)) result.threshold = best_threshold(training);
  if (result.threshold && result.similar + result.dissimilar > 0) {
    result.accuracy = accuracy_at(test, *result.threshold);
  }
  if (!has_both_kinds(test)) return result;
  result.roc = roc_curve(test);
  result.auc = area_under(result.roc);
  result.eer = equal_error_rate(result.roc);
  for (std::size_t i = 0; i < result.true_positive_rates.size(); ++i) {
    result.true_positive_rates[i] = true_positive_rate_at(result.roc, Verification::false_positive_rates[i]);
  }
  return result;
}

Record describe(const Verification& verification) {
  Value::List rates;
  for (std::size_t i = 0; i < verification.true_positive_rates.size(); ++i) {
    rates.emplace_back(Record()
                           .add("fpr", Verification::false_positive_rates[i])
                           .add("tpr", verification.true_positive_rates[i], {.format = ".4f"}));
  }
  Record record;
  record.add("similar", verification.similar)
      .add("dissimilar", verification.dissimilar)
      .add("auc", verification.auc, {.label = "AUC", .format = ".4f"})
      .add("eer", verification.eer, {.label = "EER", .format = ".4f"})
      .add("accuracy", verification.accuracy, {.label = "accuracy", .format = ".4f"})
      .add("threshold", verification.threshold, {.format = figure_format})
      .add("tpr_at_fpr", std::move(rates))
      .say(
          "verification of {similar} similar and {dissimilar} dissimilar test pairs: AUC {auc}, EER {eer}, accuracy "
          "{accuracy}")
      .say(verification.threshold ? "  (similar up to a learned distance of {threshold}, best on the training pairs)"
                                  : "  (no threshold: it needs similar and dissimilar training pairs)");
  return record;
}

}  // namespace holdfast::evaluate
