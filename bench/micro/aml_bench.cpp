// Adversarial metric learning: the solver at several dimensions, and a whole fit over all pairs of many rows.
#include <benchmark/benchmark.h>

#include "holdfast/learners/aml.hpp"
#include "holdfast/preprocess/preprocessor.hpp"
#include "reference/labelled_data.hpp"

namespace {

using namespace holdfast;

Dataset standardized(Index rows, Index dimension) {
  Dataset data = reference::clouds(rows, dimension, 10, 1);
  data.x = preprocess::Preprocessor::fit("standardize", data.x).apply(data.x);
  return data;
}

/// After the scatters: independent of the number of pairs. d = 24 is the size of German credit.
void aml_solver(benchmark::State& state) {
  const Dataset data = standardized(3000, state.range(0));
  const constraints::Scatters scatters = constraints::scatters_from_labels(data.x, *data.labels);
  Index iterations = 0;
  for (auto _ : state) {
    const learners::Fit fit = learners::fit_aml(scatters, {.alpha = 10.0, .beta = 1.0, .tolerance = 1e-8});
    iterations = fit.report.iterations;
    benchmark::DoNotOptimize(fit.report.objective);
  }
  state.counters["iterations"] = static_cast<double>(iterations);
}
BENCHMARK(aml_solver)->Arg(24)->Arg(100)->Arg(300)->Unit(benchmark::kMillisecond);

/// Scatters of all 1.8 billion pairs, then the solver.
void aml_fit_60000_rows(benchmark::State& state) {
  const Dataset data = standardized(60'000, 50);
  for (auto _ : state) {
    benchmark::DoNotOptimize(learners::fit_aml(constraints::scatters_from_labels(data.x, *data.labels)));
  }
}
BENCHMARK(aml_fit_60000_rows)->Unit(benchmark::kMillisecond);

}  // namespace
