// The table of certifiers: every way to bound a radius, run in one way, and the order that their radii keep.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/attack/attack.hpp"
#include "holdfast/certify/certificate.hpp"
#include "holdfast/certify/certified_knn.hpp"

namespace holdfast::evaluate {

struct Certifier;

struct CertifierOptions {
  Index query_budget = 200;                                ///< attack: as in AttackOptions
  std::uint64_t seed = 0;                                  ///< attack
  Observer observer = {};                                  ///< stages "certify" and "attack", step in rows
  double time_limit = 10.0;                                ///< exact: as in ExactOptions
  Index max_nodes = 0;                                     ///< exact
  double up_to = std::numeric_limits<double>::infinity();  ///< exact
};

/// The radii of a problem by one certifier.
struct Radii {
  const Certifier* certifier;
  std::vector<certify::Certificate> certificates;
  std::vector<int> labels = {};  ///< attack: the class predicted for each adversarial row
  double seconds = 0.0;          ///< without the time of other certifiers whose radii were used
};

struct Certifier {
  std::string_view name;
  certify::BoundKind kind;
  std::string_view summary;  ///< one line for users
  /// `known`: radii of the same problem by certifiers before this one in the table.
  Radii (*run)(const certify::CertifiedKnn& knn, const certify::CertificationProblem& problem,
               const CertifierOptions& options, std::span<const Radii> known);
};

/// From the lowest radii to the highest:
/// - fast: the k-NN lower bound over the nearest rows: valid, at most `bound`;
/// - bound: the k-NN lower bound of the definition;
/// - exact: the smallest perturbation itself;
/// - attack: the smallest perturbation found, an upper bound.
[[nodiscard]] std::span<const Certifier> certifiers();
/// Throws InputError that lists the names.
[[nodiscard]] const Certifier& find_certifier(std::string_view name);
/// The certifiers named in a list, in the order of the table, each once. Throws as find_certifier does.
[[nodiscard]] std::vector<const Certifier*> find_certifiers(std::span<const std::string> names);

/// Runs the certifiers, given in the order of the table. Later ones get the radii of earlier ones, so that nothing is
/// computed twice. If rows have variants, the radius of a row is the smallest of theirs and its own.
[[nodiscard]] std::vector<Radii> radii(const certify::CertifiedKnn& knn, const certify::CertificationProblem& problem,
                                       std::span<const Certifier* const> wanted, const CertifierOptions& options = {});
/// Runs one.
[[nodiscard]] Radii radii(const certify::CertifiedKnn& knn, const certify::CertificationProblem& problem,
                          const Certifier& certifier, const CertifierOptions& options = {});

/// The first violation of the order fast <= bound <= exact <= attack, to 1e-9 of the radius, among radii of one problem
/// given in the order of the table. Nothing if the order holds on every row.
[[nodiscard]] std::optional<std::string> order_violation(std::span<const Radii> radii);
/// "bound <= exact <= attack".
[[nodiscard]] std::string order_text(std::span<const Radii> radii);

}  // namespace holdfast::evaluate
