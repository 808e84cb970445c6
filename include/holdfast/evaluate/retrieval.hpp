// Retrieval figures: does a search by this distance return rows of the query's class?
#pragma once

#include <optional>
#include <span>

#include "holdfast/core/observer.hpp"
#include "holdfast/core/record.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast::evaluate {

/// Every row is a query against all other rows; R is the number of other rows of its class. A row that is the only one
/// of its class is no query, and is counted in `excluded`. Without queries there are no figures.
struct Retrieval {
  /// Fraction of queries whose nearest other row is of the query's class.
  std::optional<double> recall_at_1 = std::nullopt;
  /// Mean over queries of the fraction of the R nearest rows that are of the class.
  std::optional<double> r_precision = std::nullopt;
  /// Mean over queries of 1/R sum_{i<=R} precision(i) [row i is of the class].
  std::optional<double> map_at_r = std::nullopt;
  Index queries = 0;
  Index excluded = 0;
};

/// `mapped`: n x r rows in the space where distance is Euclidean; `codes`: n classes. Memory: the rows and a block of
/// neighbour lists.
[[nodiscard]] Retrieval retrieval(const MatrixView& mapped, std::span<const int> codes, const Observer& observer = {});

[[nodiscard]] Record describe(const Retrieval& retrieval);

}  // namespace holdfast::evaluate
