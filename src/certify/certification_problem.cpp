#include "holdfast/certify/certification_problem.hpp"

#include <algorithm>

namespace holdfast::certify {

CertificationProblem CertificationProblem::first(Index count) const {
  count = std::min(count, size());
  const auto head = [&](const auto& values) {
    return std::decay_t<decltype(values)>(values.begin(), values.begin() + (values.empty() ? 0 : count));
  };
  return {k, rows.topRows(count), queries.topRows(count), head(classes), head(predicted), head(left_out)};
}

}  // namespace holdfast::certify
