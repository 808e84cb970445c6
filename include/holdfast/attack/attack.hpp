// The smallest perturbations found that change a prediction: upper bounds on the exact radius.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "holdfast/certify/certificate.hpp"
#include "holdfast/certify/certified_knn.hpp"

namespace holdfast::attack {

struct AttackOptions {
  Index query_budget = 200;  ///< predictions per row that the boundary attack may ask for; 0: no boundary attack
  std::uint64_t seed = 0;
  Observer observer = {};  ///< stages "certify" and "attack", step in rows
};

/// The smallest perturbation found of one row.
struct Adversarial {
  /// Kind upper_bound: a perturbation of this size changes the prediction, and the witness is the perturbed row. 0 with
  /// no witness if the prediction is wrong already; infinity if no perturbation was found.
  certify::Certificate certificate;
  int label = -1;  ///< the class predicted for the witness; without a witness, the class predicted for the row
};

/// Attacks each query whose prediction is its class. The best is kept of
/// - the witness of the exact radius, if `exact` is given or k is 1 in l2 or an ellipsoid: no attack is smaller;
/// - projections onto the outvoting regions, in which s = (k+1)/2 chosen rows of one other class are nearer than the
///   rows of the query's class but for s - 1 of them, by the solvers of the exact radii;
/// - line searches toward reference rows of other classes;
/// - a boundary attack from the best of these, which asks for predictions only: random steps of adapting size along the
///   decision boundary, kept if they are shorter and still change the prediction (after Brendel, Rauber, Bethge, ICLR
///   2018, arXiv 1712.04248).
/// Every adversarial row is one whose prediction by the k-NN classifier is another class. The same seed gives the same
/// result for any number of threads. `exact`: the result of exact_knn_radii for this problem; if empty, the radii of
/// the nearest row alone are computed here. Throws InputError for an invalid k, and if a row lies outside the box.
[[nodiscard]] std::vector<Adversarial> attack(const certify::CertifiedKnn& knn,
                                              const certify::CertificationProblem& problem,
                                              const AttackOptions& options = {},
                                              std::span<const certify::Certificate> exact = {});

}  // namespace holdfast::attack
