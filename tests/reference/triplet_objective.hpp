// Oracle: the objective of LMNN with the perturbation loss, term by term from the formula, over M itself.
#pragma once

#include <algorithm>

#include "holdfast/constraints/triplets.hpp"

namespace holdfast::reference {

inline double squared_distance(const Matrix& m, const RowVector& a, const RowVector& b) {
  return ((a - b) * m * (a - b).transpose()).value();
}

/// mu/|S| sum_S D2 + (1-mu)/|T| sum_T [1-g]+ + lambda/|T| sum_T l, by loops.
inline double lmnn_pl_objective(const Matrix& m, const Matrix& x, const constraints::TripletSet& set, double mu,
                                double lambda, double tau) {
  double pull = 0.0;
  for (const auto& pair : set.near_pairs) pull += squared_distance(m, x.row(pair.first), x.row(pair.second));
  double push = 0.0;
  double perturbation = 0.0;
  for (const auto& t : set.triplets) {
    const double gap =
        squared_distance(m, x.row(t.anchor), x.row(t.impostor)) - squared_distance(m, x.row(t.anchor), x.row(t.target));
    push += std::max(0.0, 1.0 - gap);
    const double q = (m * (x.row(t.target) - x.row(t.impostor)).transpose()).squaredNorm();
    perturbation += gap < 0.0 ? tau * tau : std::max(0.0, tau * tau - gap * gap / (4.0 * (q + 1e-10)));
  }
  const auto triplets = static_cast<double>(set.triplets.size());
  return mu * pull / static_cast<double>(set.near_pairs.size()) + (1.0 - mu) * push / triplets +
         lambda * perturbation / triplets;
}

}  // namespace holdfast::reference
