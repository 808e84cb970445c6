// The loop over queries that certificates and attacks share.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "holdfast/certify/certified_knn.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/geometry/query_rows.hpp"

namespace holdfast::certify {

/// Calls `search(row, rows)` for each query of the problem whose prediction is its class, in parallel over a block of
/// queries at a time; `make_search()` makes the callable of one thread. Reports the stage with its step in rows.
/// Memory: 64 MB of scores at most, or those of 16 queries. Throws as CertifiedKnn::require_fits does.
template <class MakeSearch>
void for_each_correct_query(const CertifiedKnn& knn, const CertificationProblem& problem, std::string_view stage,
                            const Observer& observer, MakeSearch&& make_search) {
  knn.require_fits(problem);
  const geometry::PerturbedClassifier& classifier = knn.classifier();
  std::vector<Index> correct;
  for (Index row = 0; row < problem.size(); ++row) {
    const auto at = static_cast<std::size_t>(row);
    if (problem.predicted[at] == problem.classes[at]) correct.push_back(row);
  }
  const auto count = static_cast<Index>(correct.size());
  const std::vector<Index> class_sizes = geometry::class_sizes(classifier);
  const neighbors::DistanceFilter& filter = classifier.index().filter();
  const Index block = std::clamp<Index>((Index{1} << 24) / classifier.size(), 16, 128);
  for (Index begin = 0; begin < count; begin += block) {
    const Index* const rows = correct.data() + begin;
    if (asks_to_stop(observer, {stage, rows[0], problem.size(), 0.0})) throw Stopped{};
    const Index size = std::min(block, count - begin);
    Matrix queries(size, problem.queries.cols());
    for (Index i = 0; i < size; ++i) queries.row(i) = problem.queries.row(rows[i]);
    const neighbors::DistanceFilter::Scores scores = filter.scores(filter.prepare(queries));
    parallel_for(size, 4, [&](Index from, Index to) {
      geometry::QueryRows around(classifier, class_sizes);
      auto search = make_search();
      for (Index i = from; i < to; ++i) {
        const Index row = rows[i];
        around.take(problem.queries.row(row).data(), scores, i, problem.classes[static_cast<std::size_t>(row)],
                    problem.left_out_of(row));
        search(row, around);
      }
    });
  }
}

}  // namespace holdfast::certify
