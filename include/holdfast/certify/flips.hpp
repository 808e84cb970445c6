// Categorical columns that may take any value, beside a perturbation of the other columns.
#pragma once

#include <span>
#include <vector>

#include "holdfast/certify/certificate.hpp"
#include "holdfast/certify/certified_knn.hpp"

namespace holdfast::certify {

/// Most combinations of values that a row may take.
inline constexpr Index most_combinations = 10'000;

/// Raw rows with other values in the columns that flip.
struct FlippedRows {
  std::vector<Index> of;  ///< v, the row that each is made from
  Matrix rows;            ///< v x d
};
/// For each row (n x d) every combination of values of the columns but its own. Throws InputError for more than
/// `most_combinations`, and for more rows than fit into 4 GB.
[[nodiscard]] FlippedRows flipped_rows(const MatrixView& rows, std::span<const Flip> flips);

/// A problem in which the variants of rows are rows themselves. With it the certificate of a row is the smallest over
/// its variants, each under the perturbation of its other columns; 0 if a variant alone has another prediction
/// ("individual fairness at eps": no flip together with a perturbation up to eps changes the prediction; cf. Dwork et
/// al., ITCS 2012).
class ExpandedProblem {
 public:
  explicit ExpandedProblem(const CertificationProblem& problem);

  /// The rows of the given problem, then their variants.
  [[nodiscard]] const CertificationProblem& problem() const { return expanded_; }
  /// One certificate per row of the given problem from those of problem(): the smallest, its kind exact only if its own
  /// is. If the classes predicted for witnesses are given (one per certificate), they are reduced too.
  void reduce(std::vector<Certificate>& certificates, std::vector<int>& labels) const;

 private:
  CertificationProblem expanded_;
  std::vector<Index> of_;  ///< of every row of expanded_
  Index size_;
};

}  // namespace holdfast::certify
