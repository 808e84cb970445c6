#include "holdfast/learners/fit_result.hpp"

#include <gtest/gtest.h>

#include "holdfast/report/json.hpp"
#include "holdfast/report/text.hpp"

namespace holdfast::learners {
namespace {

FitReport sample() {
  FitReport report;
  report.n_triplets = 12;
  report.objective_at_start = 2.0;
  report.objective = 0.5;
  report.iterations = 3;
  report.evaluations = 5;
  report.derived = {{"weight", 0.25}};
  report.warnings = {"a warning"};
  report.log = {"a line"};
  return report;
}

TEST(FitReport, OfAClosedForm) {
  const FitReport report = sample();
  EXPECT_TRUE(report.converged());
  EXPECT_EQ(report::to_json(describe(report)),
            R"({"reason":"closed form","converged":true,"iterations":3,"evaluations":5,"objective":0.5,)"
            R"("objective_at_start":2.0,"n_triplets":12,"derived":{"weight":0.25},"warnings":["a warning"]})");
  EXPECT_EQ(report::to_text(describe(report)), "weight  0.25 (derived from the data)\na line\n");
}

TEST(FitReport, OfIterations) {
  FitReport report = sample();
  report.reason = optim::StopReason::stopped;
  EXPECT_FALSE(report.converged());
  EXPECT_EQ(report::to_text(describe(report)),
            "weight  0.25 (derived from the data)\na line\nobjective      0.5 from 2, over 12 triplets\n");
  report.n_triplets = 0;
  report.derived.clear();
  report.log.clear();
  EXPECT_EQ(report::to_text(describe(report)), "objective      0.5 from 2\n");
}

}  // namespace
}  // namespace holdfast::learners
