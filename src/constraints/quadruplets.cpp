#include "holdfast/constraints/quadruplets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "holdfast/core/error.hpp"

namespace holdfast::constraints {

std::string problem_of(const Quadruplet& quadruplet) {
  const auto& [a, b, c, d] = quadruplet;
  if (a == b) return fmt::format("row {} is paired with itself; a quadruplet compares two pairs of two rows", a);
  if (c == d) return fmt::format("row {} is paired with itself; a quadruplet compares two pairs of two rows", c);
  if (std::minmax(a, b) == std::minmax(c, d)) return fmt::format("the pair ({}, {}) is compared with itself", a, b);
  return {};
}

void require_usable(const QuadrupletSet& set, Index rows) {
  if (set.quadruplets.empty()) {
    throw InputError(Fault{.rule = "there is no quadruplet", .remedy = "give at least one comparison of two pairs"});
  }
  for (const Quadruplet& quadruplet : set.quadruplets) {
    const auto refuse = [&](const std::string& problem) {
      if (problem.empty()) return;
      throw InputError(Fault{
          .place = fmt::format("quadruplet ({}, {}, {}, {})", quadruplet.a, quadruplet.b, quadruplet.c, quadruplet.d),
          .rule = problem});
    };
    for (const std::int32_t row : {quadruplet.a, quadruplet.b, quadruplet.c, quadruplet.d}) {
      refuse(problem_of_row(row, rows));
    }
    refuse(problem_of(quadruplet));
  }
  const auto valid = [](double weight) { return weight >= 0.0 && std::isfinite(weight); };
  const auto positive = [](double weight) { return weight > 0.0; };
  const std::vector<double>& weights = set.weights;
  if (weights.empty() || (weights.size() == set.quadruplets.size() && std::ranges::all_of(weights, valid) &&
                          std::ranges::any_of(weights, positive)))
    return;
  throw InputError(Fault{.field = "weights",
                         .rule = "must be one finite number of at least 0 per quadruplet, some of them above 0"});
}

QuadrupletSet quadruplets_from_pairs(const PairSet& pairs) {
  QuadrupletSet set;
  const std::size_t count = std::min(pairs.similar.size(), pairs.dissimilar.size());
  for (std::size_t i = 0; i < count; ++i) {
    const linalg::RowPair& near = pairs.similar[i];
    const linalg::RowPair& far = pairs.dissimilar[i];
    set.quadruplets.push_back({near.first, near.second, far.first, far.second});
  }
  return set;
}

}  // namespace holdfast::constraints
