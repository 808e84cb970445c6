// The rows around one query, as the loop over queries gives them to a search.
#pragma once

#include <vector>

#include "holdfast/geometry/query_rows.hpp"

namespace holdfast::reference {

/// The rows around a query, with the scores and sizes that they refer to.
struct Surroundings {
  Surroundings(const geometry::PerturbedClassifier& classifier, const RowVector& at)
      : query(at),
        scores(classifier.index().filter().scores(classifier.index().filter().prepare(at))),
        sizes(geometry::class_sizes(classifier)),
        rows(classifier, sizes) {}
  Surroundings(const Surroundings&) = delete;
  Surroundings& operator=(const Surroundings&) = delete;

  void take(int label, Index left_out = -1) { rows.take(query.data(), scores, 0, label, left_out); }

  RowVector query;
  neighbors::DistanceFilter::Scores scores;
  std::vector<Index> sizes;
  geometry::QueryRows rows;
};

}  // namespace holdfast::reference
