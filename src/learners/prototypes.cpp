#include "holdfast/learners/prototypes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "holdfast/core/error.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/neighbors/kmeans.hpp"
#include "holdfast/objectives/prototype_margins.hpp"
#include "learners/common_options.hpp"
#include "learners/fitting.hpp"
#include "learners/scaled_rows.hpp"

namespace holdfast::learners {
namespace {

using objectives::CertifiedMargin;
using objectives::CertifiedMarginLoss;
using Margins = objectives::PrototypeMargins<float>;
using Gradient = objectives::PrototypeGradient<float>;

constexpr float momentum = 0.9F;
/// The last rate, as a share of the first.
constexpr double last_rate = 0.02;
/// R as a share of tau, if it is not given.
constexpr double usual_radius = 0.63;
/// The quantile of the margins at the start that tau is derived from.
constexpr double wanted_quantile = 0.75;
constexpr std::size_t most_rows_of_quantile = 2000;
constexpr Index most_held_out = 5000;
/// Streams of random numbers: of the rows held out, of the start, and one per pass.
enum Stream : std::uint64_t { held_out_rows, start_rows, first_pass };

/// Rows by their numbers in the order of their values.
struct Parts {
  std::vector<Index> train;
  std::vector<Index> held_out;
};

Parts divided(const Labels& labels, std::optional<double> share, std::uint64_t seed) {
  const Index n = labels.size();
  constexpr Index fewest_rows = 1000;
  constexpr double usual_share = 0.1;
  const double wanted = share.value_or(n < fewest_rows ? 0.0 : usual_share) * static_cast<double>(n);
  const Index count = std::min(most_held_out, static_cast<Index>(wanted));
  std::vector<Index> left = class_counts(labels);
  Random random(seed, held_out_rows);
  const std::vector<Index> order = stratified_order(labels, random);
  Parts parts;
  for (Index at = 0; at < n; ++at) {
    const Index row = order[static_cast<std::size_t>(at)];
    Index& of_class = left[static_cast<std::size_t>(labels.code(row))];
    // Every so often one, so that classes are spread evenly; a class keeps a row.
    const bool drawn = (at + 1) * count / n > at * count / n && of_class > 1;
    if (drawn) --of_class;
    (drawn ? parts.held_out : parts.train).push_back(row);
  }
  return parts;
}

Index prototypes_of_class(Index rows, Index wanted) {
  constexpr Index fewest = 5;
  constexpr Index most = 400;
  constexpr Index rows_per_prototype = 15;
  if (wanted == 0) wanted = std::clamp((rows + rows_per_prototype - 1) / rows_per_prototype, fewest, most);
  return std::min(wanted, rows);
}

struct StartPoint {
  MatrixF prototypes;         ///< class after class
  std::vector<Index> starts;  ///< of the classes
  std::vector<Index> rows;    ///< that are prototypes; empty with k-means
};

StartPoint start_of(const ScaledRows& rows, const Labels& labels, std::span<const Index> train,
                    const PrototypesOptions& options, std::uint64_t seed) {
  std::vector<std::vector<Index>> of_class(static_cast<std::size_t>(labels.classes()));
  for (const Index row : train) of_class[static_cast<std::size_t>(labels.code(row))].push_back(row);
  StartPoint start{{}, {0}, {}};
  std::vector<MatrixF> parts;
  Random random(seed, start_rows);
  for (const std::vector<Index>& own : of_class) {
    const auto size = static_cast<Index>(own.size());
    const Index count = prototypes_of_class(size, options.per_class);
    if (count == 0) {
      start.starts.push_back(start.starts.back());
      continue;
    }
    if (options.start == PrototypeStart::kmeans) {
      parts.emplace_back(neighbors::kmeans(rows.select(own).cast<double>(), count, random).cast<float>());
    } else {
      const std::vector<Index> order = random.permutation(size);
      std::vector<Index> chosen;
      for (Index i = 0; i < count; ++i)
        chosen.push_back(own[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])]);
      parts.push_back(rows.select(chosen));
      start.rows.insert(start.rows.end(), chosen.begin(), chosen.end());
    }
    start.starts.push_back(start.starts.back() + parts.back().rows());
  }
  start.prototypes.resize(start.starts.back(), rows.columns());
  Index at = 0;
  for (const MatrixF& part : parts) {
    start.prototypes.middleRows(at, part.rows()) = part;
    at += part.rows();
  }
  return start;
}

std::vector<int> codes_of(const Labels& labels, std::span<const Index> rows) {
  std::vector<int> codes;
  codes.reserve(rows.size());
  for (const Index row : rows) codes.push_back(labels.code(row));
  return codes;
}

/// The margins of the given rows, unshifted.
std::vector<double> margins_of(const Margins& margins, const ScaledRows& rows, const Labels& labels,
                               std::span<const Index> which) {
  constexpr std::size_t block = 2048;
  std::vector<double> values;
  for (std::size_t first = 0; first < which.size(); first += block) {
    const auto part = which.subspan(first, std::min(block, which.size() - first));
    for (const CertifiedMargin& margin : margins.margins(rows.select(part), codes_of(labels, part))) {
      values.push_back(margin.value);
    }
  }
  return values;
}

double share_above(std::span<const double> margins, double radius) {
  const auto count = std::ranges::count_if(margins, [=](double margin) { return margin > radius; });
  return margins.empty() ? 0.0 : static_cast<double>(count) / static_cast<double>(margins.size());
}

double mean_loss(std::span<const double> margins, const CertifiedMarginLoss& loss) {
  double total = 0.0;
  for (const double margin : margins) total += loss(margin).value;
  return total / static_cast<double>(margins.size());
}

/// tau in scaled units: the quantile of the margins of training rows that are no prototypes.
double derived_margin(const Margins& margins, const ScaledRows& rows, const Labels& labels, const Parts& parts,
                      const StartPoint& start, std::uint64_t seed) {
  std::vector<bool> is_prototype(static_cast<std::size_t>(rows.rows()), false);
  for (const Index row : start.rows) is_prototype[static_cast<std::size_t>(row)] = true;
  std::vector<Index> sample;
  for (const Index row : parts.train) {
    if (!is_prototype[static_cast<std::size_t>(row)]) sample.push_back(row);
  }
  if (sample.empty()) sample = parts.train;
  Random random(seed, held_out_rows);
  const std::vector<Index> order = random.permutation(static_cast<Index>(sample.size()));
  std::vector<Index> some;
  for (std::size_t i = 0; i < std::min(most_rows_of_quantile, sample.size()); ++i)
    some.push_back(sample[static_cast<std::size_t>(order[i])]);
  std::vector<double> values = margins_of(margins, rows, labels, some);
  const auto quantile = [&] {
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(wanted_quantile * static_cast<double>(values.size()));
    std::nth_element(values.begin(), std::min(at, values.end() - 1), values.end());
    return *std::min(at, values.end() - 1);
  };
  double margin = quantile();
  if (!(margin > 0.0)) {
    // The start says little; the sizes of the margins at least have the scale of the data.
    for (double& value : values) value = std::abs(value);
    margin = quantile();
  }
  return margin > 0.0 && std::isfinite(margin) ? margin : 1.0;
}

/// The prototypes on their way.
class Training {
 public:
  Training(const ScaledRows& rows, const Labels& labels, const Parts& parts, const PrototypesOptions& options,
           const FitContext& context, Margins& margins, const CertifiedMarginLoss& loss, Index batch)
      : rows_(rows),
        labels_(labels),
        parts_(parts),
        options_(options),
        context_(context),
        margins_(margins),
        loss_(loss),
        batch_(batch),
        gradient_(margins.prototypes().rows(), margins.prototypes().cols()),
        velocity_(MatrixF::Zero(gradient_.rows.rows(), gradient_.rows.cols())),
        best_(margins.prototypes()) {}

  /// All passes. Fills iterations and reason of the report.
  void run(FitReport& report) {
    report.reason = optim::StopReason::completed;
    for (Index pass = 0; pass < options_.max_iterations; ++pass) {
      if (!run_pass(pass)) {
        report.reason = optim::StopReason::stopped;
        break;
      }
      report.iterations = pass + 1;
      judge();
      (void)report_progress(pass + 1);
    }
    if (parts_.held_out.empty() || report.iterations == 0) best_ = margins_.prototypes();
  }

  [[nodiscard]] const MatrixF& best() const { return best_; }
  [[nodiscard]] double best_certified() const { return best_certified_; }

 private:
  /// False if the observer stops it.
  bool run_pass(Index pass) {
    Random random(context_.seed, first_pass + static_cast<std::uint64_t>(pass));
    const auto n = static_cast<Index>(parts_.train.size());
    const std::vector<Index> order = random.permutation(n);
    sum_ = 0.0;
    seen_ = 0;
    for (Index first = 0; first < n; first += batch_) {
      std::vector<Index> which;
      for (Index at = first; at < std::min(n, first + batch_); ++at)
        which.push_back(parts_.train[static_cast<std::size_t>(order[static_cast<std::size_t>(at)])]);
      const double done = (static_cast<double>(pass) + static_cast<double>(first) / static_cast<double>(n)) /
                          static_cast<double>(options_.max_iterations);
      step(which, options_.rate * loss_.margin * std::pow(last_rate, done), random);
      if (report_progress(pass)) return false;
    }
    return true;
  }

  void step(std::span<const Index> which, double rate, Random& random) {
    const MatrixF x = rows_.select_changed(which, random);
    const std::vector<CertifiedMargin> margins = margins_.margins(x, codes_of(labels_, which));
    sum_ += margins_.add_gradient(x, margins, loss_, gradient_);
    seen_ += static_cast<Index>(which.size());
    const auto eta = static_cast<float>(rate);
    const auto longest = static_cast<float>(loss_.margin);
    margins_.update([&](Index p, Eigen::Ref<Eigen::RowVectorXf> row) {
      auto velocity = velocity_.row(p);
      Eigen::RowVectorXf move;
      if (gradient_.touched[static_cast<std::size_t>(p)] != 0) {
        velocity = momentum * velocity + gradient_.rows.row(p);
        move = eta * (gradient_.rows.row(p) + momentum * velocity);
      } else {
        velocity *= momentum;
        move = eta * momentum * velocity;
      }
      const float length = move.norm();
      if (length > longest) move *= longest / length;
      row -= move;
    });
    gradient_.clear();
  }

  void judge() {
    if (parts_.held_out.empty()) return;
    certified_ = share_above(margins_of(margins_, rows_, labels_, parts_.held_out), loss_.radius);
    if (*certified_ < best_certified_) return;
    best_certified_ = *certified_;
    best_ = margins_.prototypes();
  }

  /// Whether the observer asks to stop.
  bool report_progress(Index passes) const {
    const double mean = sum_ / static_cast<double>(std::max<Index>(1, seen_)) / rows_.unit();
    return asks_to_stop(context_.observer, {"prototypes", passes, options_.max_iterations, mean, certified_});
  }

  const ScaledRows& rows_;
  const Labels& labels_;
  const Parts& parts_;
  const PrototypesOptions& options_;
  const FitContext& context_;
  Margins& margins_;
  CertifiedMarginLoss loss_;  ///< in scaled units
  Index batch_;
  Gradient gradient_;
  MatrixF velocity_;
  double sum_ = 0.0;  ///< of the losses of the pass
  Index seen_ = 0;    ///< rows of the pass
  std::optional<double> certified_ = {};
  double best_certified_ = 0.0;
  MatrixF best_;
};

/// The loss in scaled units, with its derived numbers.
CertifiedMarginLoss loss_of(const PrototypesOptions& options, double derived, double unit, FitReport& report) {
  CertifiedMarginLoss loss{options.loss};
  loss.margin = options.margin ? *options.margin * unit : derived * options.margin_factor;
  loss.radius = options.radius ? *options.radius * unit : usual_radius * loss.margin;
  if (loss.form == CertifiedMarginLoss::Form::sigmoid && loss.radius >= loss.margin) {
    throw InputError(
        Fault{.field = "radius",
              .value = fmt::format("{}", loss.radius / unit),
              .rule = fmt::format("must be below the margin, {:.4g}, for the loss sigmoid", loss.margin / unit)});
  }
  if (!options.margin) report.derived.emplace_back("margin", loss.margin / unit);
  if (!options.radius) report.derived.emplace_back("radius", loss.radius / unit);
  return loss;
}

Labels labels_of_prototypes(const Margins& margins, const Labels& labels) { return {margins.codes(), labels.names}; }

}  // namespace

const OptionTable<PrototypesOptions>& PrototypesOptions::table() {
  using Options = PrototypesOptions;
  using Form = CertifiedMarginLoss::Form;
  static const OptionTable<PrototypesOptions> options = {
      {count("per-class", "prototypes per class; 0: a fifteenth of the rows of the class, at least 5 and at most 400",
             at_least(0, "must be at least 1 (0: chosen by the rows of each class)"), logarithmic(1, 30)),
       &Options::per_class},
      {number("margin", "the certified margin to reach, in preprocessed units; default: derived", above(0.0)),
       &Options::margin},
      {number("margin-factor", "the derived margin times this", above(0.0), logarithmic(0.5, 2.0)),
       &Options::margin_factor, [](const Options& given) { return !given.margin; }},
      {number(
           "radius",
           "the radius at which held-out rows should be certified, in preprocessed units; default: 0.63 of the margin",
           above(0.0)),
       &Options::radius},
      {word("loss", "of the certified margin: hinge, squared-hinge, or sigmoid, which counts rows below the radius"),
       &Options::loss,
       {{"hinge", Form::hinge}, {"squared-hinge", Form::squared_hinge}, {"sigmoid", Form::sigmoid}}},
      {word("start", "prototypes at the start: random rows of the class, or the centres of k-means (kmeans)"),
       &Options::start,
       {{"random", PrototypeStart::random}, {"kmeans", PrototypeStart::kmeans}}},
      {batch_option("rows per step; 0: a twentieth of the rows, at least 10 and at most 500"), &Options::batch},
      {number("rate", "the first step per row, in units of the margin; it falls to a fiftieth", above(0.0),
              logarithmic(0.003, 0.3)),
       &Options::rate},
      {max_iterations_option(), &Options::max_iterations},
      {number("held-out",
              "share of the rows held out to choose the best pass (at most 5,000 rows); default: 0.1 of 1,000 rows or "
              "more, else 0",
              between(0.0, 0.5)),
       &Options::held_out},
      {count("shift", "images are moved at random by up to this many pixels in training"), &Options::shift},
      {number("warp", "images are warped smoothly at random by about this many pixels in training", at_least(0.0)),
       &Options::warp},
      {count("border", "outer pixels of images that are left out"), &Options::border},
  };
  return options;
}

Fit fit_prototypes(const MatrixView& x, const constraints::Supervision& supervision, const PrototypesOptions& options,
                   const FitContext& context) {
  PrototypesOptions::table().validate(options);
  const Labels& given = labels_of("prototypes", supervision);
  constraints::require_separable(x, given);
  const std::vector<Index> order = value_order(x);
  const Labels labels{codes_of(given, order), given.names};
  const ScaledRows rows(x, order, {options.shift, options.warp, options.border}, context.preprocessor);
  if (!rows.is_finite()) throw not_finite("prototypes", 0);
  const Parts parts = divided(labels, options.held_out, context.seed);
  const StartPoint start = start_of(rows, labels, parts.train, options, context.seed);
  constexpr Index most_rows_per_step = 500;
  const auto n = static_cast<Index>(parts.train.size());
  const Index batch =
      options.batch > 0 ? std::min(options.batch, n) : std::min(n, std::clamp<Index>(n / 20, 10, most_rows_per_step));
  // Measuring all pairs anew then is a fifth of the work of the steps between.
  const Index refresh = 1 + 5 * start.starts.back() / batch;
  Margins margins(start.prototypes, start.starts, refresh);

  FitReport report;
  report.derived.emplace_back("prototypes", static_cast<double>(start.starts.back()));
  const double derived = options.margin   ? 0.0
                         : options.radius ? *options.radius * rows.unit() / usual_radius
                                          : derived_margin(margins, rows, labels, parts, start, context.seed);
  const CertifiedMarginLoss loss = loss_of(options, derived, rows.unit(), report);
  report.objective_at_start = mean_loss(margins_of(margins, rows, labels, parts.train), loss) / rows.unit();
  Training training(rows, labels, parts, options, context, margins, loss, batch);
  training.run(report);

  const Margins found(training.best(), start.starts);
  const std::vector<double> reached = margins_of(found, rows, labels, parts.train);
  report.objective = mean_loss(reached, loss) / rows.unit();
  report.derived.emplace_back("training_certified", share_above(reached, loss.radius));
  if (!parts.held_out.empty()) {
    report.derived.emplace_back("held_out_rows", static_cast<double>(parts.held_out.size()));
    report.derived.emplace_back("held_out_certified", training.best_certified());
  }
  report.log.push_back(fmt::format("{} prototypes of {} rows; {} passes in steps of {} rows", found.prototypes().rows(),
                                   n, report.iterations, batch));
  Prototypes prototypes{rows.restored(found.prototypes()), labels_of_prototypes(found, labels)};
  if (!std::isfinite(report.objective) || !prototypes.rows.allFinite())
    throw not_finite("prototypes", report.iterations);
  return {metric::Metric::from_map(rows.map()), std::move(report), std::move(prototypes)};
}

}  // namespace holdfast::learners
