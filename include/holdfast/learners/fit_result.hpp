// What every learner returns.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "holdfast/metric/metric.hpp"
#include "holdfast/optim/minimize.hpp"

namespace holdfast::learners {

/// How a fit went. Values that a method does not have stay at their defaults.
struct FitReport {
  Index n_triplets = 0;
  double objective_at_start = 0.0;
  double objective = 0.0;
  Index iterations = 0;
  Index evaluations = 0;
  optim::StopReason reason = optim::StopReason::converged;
  std::vector<std::pair<std::string, double>> derived;  ///< option values that were derived from the data
  std::vector<std::string> warnings;                    ///< what the user should know, a sentence each
  std::vector<std::string> log;                         ///< what happened, a line each
};

/// A learned metric with the account of how it came about.
struct Fit {
  metric::Metric metric;
  FitReport report;
};

}  // namespace holdfast::learners
