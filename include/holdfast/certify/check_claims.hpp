// Claimed radii verified independently of the code that computed them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "holdfast/certify/certificate.hpp"
#include "holdfast/certify/poisoning.hpp"
#include "holdfast/certify/threat_model.hpp"
#include "holdfast/core/observer.hpp"
#include "holdfast/model/model.hpp"

namespace holdfast::certify {

/// A claim about the prediction of one row.
struct Claim {
  Index row = 0;  ///< of the data
  double radius = 0.0;
  BoundKind kind = BoundKind::lower_bound;
  int predicted = 0;  ///< the class that the row is claimed to be predicted as
  std::optional<RowVector> witness =
      std::nullopt;                            ///< the perturbed row; without it the claim is checked from below only
  std::optional<double> upper = std::nullopt;  ///< the size of the witness, if it is not the radius
  std::optional<Poisoning> poisoning = std::nullopt;  ///< the reference rows that must change, if that is claimed
};

/// What a checker says of a claim. Without a fault, an end of the radius that the claim promises is verified, or open.
struct Finding {
  std::optional<std::string> fault = std::nullopt;  ///< the reason why the claim does not hold
  bool lower_open = false;  ///< that no smaller perturbation suffices is neither proved nor refuted
  bool upper_open = false;  ///< that a perturbation just beyond suffices is not shown by a witness
};

/// Checks claims about rows of labelled data under a model's k-NN classifier, by definitions and plain loops over all
/// reference rows:
/// - a witness, for an exact radius or an attack, is no farther than radius (1 + 1e-9), or than `upper` (1 + 1e-9) if
///   that is given, and has another prediction. A finite exact radius without one is open from above;
/// - a lower bound: at most s - 1 rows of other classes, s = (k+1)/2, lack s pair bounds that reach it;
/// - an exact radius for k = 1, from below: for every row of another class a combination of its constraints proves that
///   no perturbation shorter than radius (1 - 1e-6) makes it nearest. In l2 and ellipsoids coordinate ascent (Hildreth
///   1957) finds it, in l1 and linf the dual simplex method of the certifiers. Any combination with weights >= 0 is a
///   proof, whatever found it: no constraint and no row is passed over. If the simplex method ends without one, the
///   radius is open from below;
/// - an exact radius for k > 1 is proved from below where the pair bounds reach radius (1 - 1e-6), and otherwise open.
///   It is no larger than `upper`;
/// - numbers of poisoning: the nearest rows are changed, and the votes counted again, with that number of changes and
///   with one less.
///
/// If columns of the threat flip, all of this holds for the row with each combination of their values: a lower end is
/// checked for all of them, a witness must be one of them but for the columns that may change. A witness that changes a
/// frozen column is none. Numbers of poisoning are those of the row as it is.
///
/// The checker starts from the model's L, the steps of its preprocessing and its reference rows, and computes all else
/// itself: preprocessed and mapped rows, the map B of perturbations, dual norms of differences (in an ellipsoid from A
/// and A^-1, without a factor), neighbours and votes. It shares with the code that computes certificates: the reading
/// of the model and of the data, the network if the model has one, the threat model with its sizes |delta| and box, the
/// norms of a vector, the checks of k and of the space, the powers of two that keep squares in range, the simplex
/// method that looks for proofs, and the matrix products of Eigen and BLAS. Differences that the rounding of the
/// checker's own distances could cause count in favour of a claim. `left_out`: empty, or for each row of the data the
/// reference row that is absent (leave-one-out).
///
/// Throws InputError for a model without labels, an invalid k, and Space::raw if the model's preparation of rows is not
/// affine. The observer sees stage "check", step in claims.
[[nodiscard]] std::vector<Finding> check_claims(const model::Model& model, const ThreatModel& threat, Index k,
                                                const DatasetView& data, std::span<const Claim> claims,
                                                std::span<const Index> left_out = {}, const Observer& observer = {});

}  // namespace holdfast::certify
