// One evaluation of the objective of LMNN with the perturbation loss, and what comes before it.
#include <benchmark/benchmark.h>

#include "holdfast/constraints/triplets.hpp"
#include "holdfast/objectives/triplet_objective.hpp"
#include "reference/random_data.hpp"

namespace {

using holdfast::Index;
using holdfast::Matrix;

holdfast::Labels ten_classes(Index rows) {
  holdfast::Labels labels{{}, {}};
  for (int code = 0; code < 10; ++code) labels.names.push_back(std::to_string(code));
  for (Index row = 0; row < rows; ++row) labels.codes.push_back(static_cast<int>(row % 10));
  return labels;
}

void triplets(benchmark::State& state) {
  const Matrix x = holdfast::reference::random_normal(state.range(0), state.range(1), 1);
  const holdfast::Labels labels = ten_classes(x.rows());
  for (auto _ : state) benchmark::DoNotOptimize(holdfast::constraints::triplets_from_labels(x, labels, {3, 10}));
}

void value_and_gradient(benchmark::State& state) {
  using namespace holdfast::objectives;
  const Matrix x = holdfast::reference::random_normal(state.range(0), state.range(1), 1);
  const auto set = holdfast::constraints::triplets_from_labels(x, ten_classes(x.rows()), {3, 10});
  const TripletObjective objective(x, set, 0.5, {{HingeLoss{}, 0.5}, {PerturbationLoss{0.5}, 10.0}});
  const Matrix map = Matrix::Identity(x.cols(), x.cols());
  Matrix gradient;
  for (auto _ : state) benchmark::DoNotOptimize(objective.value_and_gradient_at_map(map, gradient));
  state.counters["triplets/s"] =
      benchmark::Counter(static_cast<double>(objective.triplets()), benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK(triplets)->Args({482, 14})->Args({1257, 64})->Args({20000, 50})->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(value_and_gradient)
    ->Args({482, 14})
    ->Args({1257, 64})
    ->Args({20000, 50})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
