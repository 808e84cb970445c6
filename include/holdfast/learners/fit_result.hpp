// The context of a fit, and its result.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/core/dataset.hpp"
#include "holdfast/core/observer.hpp"
#include "holdfast/core/record.hpp"
#include "holdfast/metric/metric.hpp"
#include "holdfast/optim/minimize.hpp"
#include "holdfast/preprocess/preprocessor.hpp"

namespace holdfast::learners {

/// The circumstances of a fit. Every fit throws InputError for options out of bounds and for supervision of a kind that
/// it does not learn from. If the observer stops it (the stage is the name of the method), it returns the best metric
/// so far with StopReason::stopped, or throws Stopped if it has no metric yet.
struct FitContext {
  std::uint64_t seed = 0;         ///< of the learners that draw at random
  Observer observer = {};         ///< sees the progress and may stop the fit
  const Matrix* start = nullptr;  ///< L to start at, r x d, by the learners with an option init, instead of it; or null
  const Matrix* prior = nullptr;  ///< P, d x d, by the learners with an option prior, instead of it; or null
  const Matrix* basis = nullptr;  ///< the basis vectors, K x d, by the learners with an option directions; or null
  /// Made the rows from raw ones, for the learners that change raw rows at random; null: the rows are raw.
  const preprocess::Preprocessor* preprocessor = nullptr;
};

/// How a fit went. Values that a method does not have stay at their defaults.
struct FitReport {
  Index n_triplets = 0;
  double objective_at_start = 0.0;
  double objective = 0.0;
  Index iterations = 0;
  Index evaluations = 0;
  std::optional<optim::StopReason> reason;              ///< why the iterations ended; absent if there are none
  std::vector<std::pair<std::string, double>> derived;  ///< option values that were derived from the data
  std::vector<std::string> warnings;                    ///< one sentence each
  std::vector<std::string> log;                         ///< the steps of the fit, one line each

  /// The reason in words; "closed form" if there are no iterations.
  [[nodiscard]] std::string_view reason_text() const { return reason ? optim::describe(*reason) : "closed form"; }
  [[nodiscard]] bool converged() const { return !reason || optim::has_converged(*reason); }
};

[[nodiscard]] Record describe(const FitReport& report);

/// The objective of a fit became NaN or infinite and no step leads back: there is no metric to return. The message says
/// after how many iterations and what helps. It is not an InputError, because finite data give a finite objective
/// unless squares overflow: a wrong objective is another cause.
class FitFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reference rows that a learner made; the model keeps them and not the training rows. P x d preprocessed rows with
/// their labels.
struct Prototypes {
  Matrix rows;
  Labels labels;
};

/// A learned metric with the account of how it came about.
struct Fit {
  metric::Metric metric;
  FitReport report;
  std::optional<Prototypes> prototypes = {};  ///< absent: the training rows are the reference rows
};

}  // namespace holdfast::learners
