// Problems certified in units in which no square leaves the range of float64.
#pragma once

#include <limits>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

#include "holdfast/certify/certificate.hpp"
#include "holdfast/certify/certified_knn.hpp"

namespace holdfast::certify {

/// Some rows of a problem in other units: mapped rows times 2^mapped, rows and perturbations times 2^perturbation.
class RescaledProblem {
 public:
  /// Exponents of both.
  using Units = std::pair<int, int>;

  /// Keeps references to both. Throws InputError if the values of one row span more than float64 holds in these units.
  RescaledProblem(const CertifiedKnn& knn, const CertificationProblem& problem, Units units,
                  const std::vector<Index>& rows);

  [[nodiscard]] const CertifiedKnn& knn() const { return scaled_knn_; }
  [[nodiscard]] const CertificationProblem& problem() const { return scaled_; }
  /// Takes the certificate of row `at` back to the units of the given problem: lower bounds and exact radii are rounded
  /// down, attacks are measured again, and a witness that rounding to float64 makes no witness is left out. Returns the
  /// class predicted for the witness, or for the row if there is none.
  int restore(Certificate& certificate, Index at) const;

  /// The rows of a problem by the units in which their squares are in range; {0, 0} where they already are. Units
  /// depend on the reference rows, the map and the row itself, not on other rows.
  [[nodiscard]] static std::map<Units, std::vector<Index>> rows_by_units(const CertifiedKnn& knn,
                                                                         const CertificationProblem& problem);

 private:
  const CertifiedKnn& knn_;
  const CertificationProblem& problem_;
  std::vector<Index> rows_;
  int perturbation_;
  CertifiedKnn scaled_knn_;
  CertificationProblem scaled_;
};

/// The certificate of a result that is one, or has one.
template <class Result>
[[nodiscard]] Certificate& certificate_of(Result& result) {
  if constexpr (requires { result.certificate; }) {
    return result.certificate;
  } else {
    return result;
  }
}

/// run(knn, problem) where no perturbation moves a row: each right prediction stays, and there is nothing to search.
template <class Run>
[[nodiscard]] auto of_unmoved_rows(const CertifiedKnn& knn, const CertificationProblem& problem, Run&& run) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CertificationProblem unsearched = problem;
  unsearched.classes.assign(problem.classes.size(), -1);  // rows whose prediction is wrong are not searched
  auto results = run(knn, unsearched);
  for (std::size_t row = 0; row < results.size(); ++row) {
    if (problem.predicted[row] != problem.classes[row]) continue;
    Certificate& certificate = certificate_of(results[row]);
    certificate.radius = infinity;
    if (certificate.upper) certificate.upper = infinity;
  }
  return results;
}

/// run(knn, problem), which returns certificates or results that have one, in units in which no square of a mapped row
/// or of the map leaves the range of float64. With values of ordinary size it is that very call.
template <class Run>
[[nodiscard]] auto in_range(const CertifiedKnn& knn, const CertificationProblem& problem, Run&& run) {
  using Results = decltype(run(knn, problem));
  knn.require_fits(problem);
  if (problem.variants.size() > 0) {
    throw std::invalid_argument("a problem with variants must be expanded before it is certified");
  }
  if (knn.classifier().is_unmoved()) return of_unmoved_rows(knn, problem, run);
  const auto groups = RescaledProblem::rows_by_units(knn, problem);
  if (groups.empty() || (groups.size() == 1 && groups.begin()->first == RescaledProblem::Units{})) {
    return run(knn, problem);
  }
  Results results(problem.predicted.size());
  for (const auto& [units, rows] : groups) {
    const RescaledProblem scaled(knn, problem, units, rows);
    Results part = run(scaled.knn(), scaled.problem());
    for (std::size_t at = 0; at < rows.size(); ++at) {
      auto& result = part[at];
      const int label = scaled.restore(certificate_of(result), static_cast<Index>(at));
      if constexpr (requires { result.label; }) result.label = label;
      results[static_cast<std::size_t>(rows[at])] = std::move(result);
    }
  }
  return results;
}

}  // namespace holdfast::certify
