// A choice of a method's options by cross-validated random search.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/core/observer.hpp"
#include "holdfast/evaluate/summary.hpp"
#include "holdfast/learners/train.hpp"

namespace holdfast::evaluate {

/// The score of a trial: accuracy, certified accuracy at eps, or the mean of both.
struct TuneObjective {
  enum class Kind { accuracy, certified, mean };
  Kind kind = Kind::mean;
  /// Size of the l2 perturbation, in preprocessed units; absent: the median certified radius of the Euclidean distance
  /// on the first fold, so that about half of its predictions are certified.
  std::optional<double> eps;
};

/// "accuracy", "certified", "certified:0.3", "mean", "mean:0.3". Throws InputError that lists the choices.
[[nodiscard]] TuneObjective parse_objective(std::string_view text);
[[nodiscard]] std::string_view name(TuneObjective::Kind kind);

struct TuneOptions {
  Index trials = 30;
  Index folds = 5;
  Index k = 1;  ///< nearest neighbours that vote, odd
  TuneObjective objective;
  std::uint64_t seed = 0;
  Observer observer = {};  ///< stage "tune", step in fits
};

/// One choice of options with its results.
struct Trial {
  enum class Status {
    complete,  ///< judged on all folds
    dropped,   ///< left after some folds, because too many others were better there
    failed,    ///< the method refused the options or the data; `note` says why
  };
  OptionSet options;
  Status status = Status::complete;
  Index folds = 0;     ///< that it was judged on
  Spread accuracy;     ///< over its folds
  Spread certified;    ///< certified accuracy at Tuning::eps; nothing if the objective does not ask for it
  double score = 0.0;  ///< mean of the objective over its folds
  double seconds = 0.0;
  std::string note;
};
[[nodiscard]] std::string_view name(Trial::Status status);
/// All but options and note.
[[nodiscard]] Record describe(const Trial& trial);

struct Tuning {
  std::vector<Trial> trials;  ///< in the order drawn; the first has the method's defaults
  std::size_t best = 0;
  double eps = 0.0;
  [[nodiscard]] const Trial& winner() const { return trials[best]; }
};

/// Draws options from the ranges of the method's options (OptionInfo::search), those set in `base.options` excepted,
/// and judges them on stratified folds: fold by fold, and after each the worse half of the trials is dropped, down to
/// four; the defaults stay to the end. The trials of a fold run in parallel, and the result does not depend on the
/// number of threads. The perturbation loss, for methods that have it, is part of the search: if base.options leaves it
/// open, a quarter of the trials do without; if it is given as auto, its factors are searched; if it is off or given as
/// numbers, it is kept.
///
/// Certified accuracy is that of the k-NN bound in l2 on at most 500 rows per fold. Throws InputError for data without
/// labels, options out of bounds, a method without ranges to search, and if every trial fails; Stopped.
[[nodiscard]] Tuning tune(const DatasetView& data, const learners::TrainOptions& base, const TuneOptions& options);

}  // namespace holdfast::evaluate
