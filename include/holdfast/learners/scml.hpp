// Sparse compositional metric learning, with the perturbation loss.
#pragma once

#include <optional>

#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/option_table.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/learners/perturbation.hpp"

namespace holdfast::learners {

/// Symbols of Shi, Bellet and Sha (AAAI 2014).
struct ScmlOptions {
  /// What the basis vectors are found by; FitContext::basis replaces them by given ones.
  enum class Directions {
    automatic,      ///< labels if there are labels, else triplets
    lda,            ///< labels: Fisher's discriminants in regions of the data
    triplet_diffs,  ///< triplets: the directions in regions in which impostors are far and targets near
  };

  Index neighbors = 3;   ///< target neighbours per row
  Index impostors = 10;  ///< impostors per row
  Index basis = 0;       ///< K, basis vectors; 0: twenty for each column, at least 100, at most 1000
  Directions directions = Directions::automatic;
  double sparsity = 0.03;                    ///< beta >= 0: weight of |w|_1, in shares of the start's
  std::optional<Perturbation> perturbation;  ///< absent: plain SCML
  Index batch = 0;                           ///< rows per step, whose triplets are drawn; 0: all up to 20,000 rows
  Index max_iterations = 1000;
  double tolerance = 1e-4;  ///< relative decrease of the objective at which it ends

  [[nodiscard]] static const OptionTable<ScmlOptions>& table();
};

/// Minimises, over w >= 0 with M = sum_k w_k b_k b_k^T,
///     f(w) = 1/|T| sum_T [1 - g]+ + sparsity |w|_1 (+ lambda/|T| sum_T [tau^2 - g^2/(4(q + eps))]+)
/// for basis vectors b_k that separate classes in regions of the data (local_discriminants). Weights that do not pay
/// are exactly zero, and L has one row for each of the others, at most d. |w|_1 is taken relative to its start, so that
/// units do not matter.
///
/// With all triplets in each step: projected L-BFGS (optim::minimize_projected). With mini-batches: projected
/// stochastic steps (optim::minimize_stochastic), whose cost does not depend on the number of rows. Given triplets have
/// no labels to find the basis by: then the basis are the principal directions of far pairs against near ones in
/// regions. Of given basis vectors, only the directions matter: each is scaled to length 1.
[[nodiscard]] Fit fit_scml(const MatrixView& x, const constraints::Supervision& supervision,
                           const ScmlOptions& options = {}, const FitContext& context = {});

}  // namespace holdfast::learners
