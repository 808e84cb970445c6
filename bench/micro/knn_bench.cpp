// The exact search: 10,000 queries against 60,000 rows of 64 columns, k = 5.
#include <benchmark/benchmark.h>

#include "holdfast/neighbors/exact_index.hpp"
#include "reference/random_data.hpp"

namespace {

using holdfast::Index;

template <class Scalar>
void search(benchmark::State& state) {
  using Rows = holdfast::neighbors::RowMatrix<Scalar>;
  const Index dimension = state.range(0);
  const Rows rows = holdfast::reference::random_normal(60000, dimension, 1).cast<Scalar>();
  const Rows queries = holdfast::reference::random_normal(10000, dimension, 2).cast<Scalar>();
  const holdfast::neighbors::ExactIndex<Scalar> index(rows);
  for (auto _ : state) benchmark::DoNotOptimize(index.search(queries, 5));
  state.counters["GFLOP/s"] = benchmark::Counter(2e-9 * 60000.0 * 10000.0 * static_cast<double>(dimension),
                                                 benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK(search<float>)->Arg(16)->Arg(64)->Arg(256)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(search<double>)->Arg(16)->Arg(64)->Arg(256)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
