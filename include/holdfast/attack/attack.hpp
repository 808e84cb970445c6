// The smallest perturbations found that change a prediction: upper bounds on what a certificate bounds from below.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "holdfast/certify/perturbed_classifier.hpp"
#include "holdfast/core/observer.hpp"

namespace holdfast::attack {

struct AttackOptions {
  Index k = 1;  ///< neighbours that vote, odd
  certify::Norm norm = certify::Norm::l2;
  std::optional<certify::Box> box = std::nullopt;  ///< adversarial rows keep to it
  Index tries = 200;  ///< predictions that the walk along the decision boundary asks for, a row; 0: no walk
  std::uint64_t seed = 0;
  Observer observer = {};  ///< stages "certify" and "attack", step in rows
};

/// What was found for one row.
struct Adversarial {
  /// Kind upper_bound: a perturbation of this size changes the prediction, and the witness is the perturbed row. 0 with
  /// no witness where the prediction is wrong already; infinity where no perturbation was found.
  certify::Certificate certificate;
  int label = -1;  ///< the class predicted for the witness; where there is none, the class predicted for the row
};

/// Attacks each query (q x r, mapped; `rows`, q x d, holds them in the units of the perturbation) that is predicted as
/// its class. The best is kept of
/// - the witness of the exact 1-NN radius, where k is 1 in l2 or an ellipsoid: no attack is smaller;
/// - projections onto the cells of s = (k+1)/2 chosen rows of one other class: the shortest perturbation that makes
///   them all nearer than the rows of the query's class but for s - 1 of them, by the solver of the exact radii; in l1
///   and linf reweighted until its l2 solution is nearly theirs;
/// - ways to reference rows of other classes;
/// - a walk along the decision boundary from the best of these, which asks for predictions only: random steps of
///   adapting size, kept where they are shorter and still change the prediction (after Brendel, Rauber, Bethge, ICLR
///   2018, arXiv 1712.04248).
/// Every adversarial row is one whose prediction by the k-NN classifier is another class. The same seed gives the same
/// result for any number of threads. Throws InputError for an even k, and where a row lies outside the box.
[[nodiscard]] std::vector<Adversarial> attack(const certify::PerturbedClassifier& classifier, const MatrixView& queries,
                                              const MatrixView& rows, std::span<const int> classes,
                                              std::span<const int> predicted, const AttackOptions& options = {});

}  // namespace holdfast::attack
