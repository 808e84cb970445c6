// The k-NN lower bound: 100 queries against 20,000 rows of 50 columns.
#include <benchmark/benchmark.h>

#include "holdfast/certify/knn_bound.hpp"
#include "reference/random_data.hpp"

namespace {

void knn_bound(benchmark::State& state) {
  using namespace holdfast;
  const Index k = state.range(0);
  Matrix rows = reference::random_normal(20000, 50, 1);
  std::vector<int> codes;
  for (Index row = 0; row < rows.rows(); ++row) {
    codes.push_back(static_cast<int>(row % 10));
    rows(row, row % 10) += 6.0;
  }
  const Matrix queries = rows.topRows(100) + 0.1 * reference::random_normal(100, 50, 2);
  const certify::CertifiedKnn knn(geometry::PerturbedClassifier(rows, codes, Matrix::Identity(50, 50)), {});
  const std::vector<int> predicted = knn.classifier().predict(queries, k);
  const certify::CertificationProblem problem{k, queries, queries, predicted, predicted};
  for (auto _ : state) {
    benchmark::DoNotOptimize(certify::knn_lower_bounds(knn, problem));
  }
}

BENCHMARK(knn_bound)->Arg(1)->Arg(5)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
