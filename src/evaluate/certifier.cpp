#include "holdfast/evaluate/certifier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "holdfast/certify/exact_knn.hpp"
#include "holdfast/certify/flips.hpp"
#include "holdfast/certify/knn_bound.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"

namespace holdfast::evaluate {
namespace {

using certify::BoundKind;
using certify::CertificationProblem;
using certify::CertifiedKnn;

Radii run_fast(const CertifiedKnn& knn, const CertificationProblem& problem, const CertifierOptions& options,
               std::span<const Radii> /*known*/) {
  // Enough for a majority, with as many again to choose from.
  const Index nearest = 8 + 2 * problem.k;
  return {nullptr, certify::knn_lower_bounds(knn, problem, {.nearest = nearest, .observer = options.observer})};
}

Radii run_bound(const CertifiedKnn& knn, const CertificationProblem& problem, const CertifierOptions& options,
                std::span<const Radii> /*known*/) {
  return {nullptr, certify::knn_lower_bounds(knn, problem, {.observer = options.observer})};
}

Radii run_exact(const CertifiedKnn& knn, const CertificationProblem& problem, const CertifierOptions& options,
                std::span<const Radii> /*known*/) {
  std::vector<certify::Certificate> attacks;
  const bool by_regions = problem.k > 1 || !knn.threat().is_euclidean();
  if (by_regions && std::isinf(options.up_to)) {
    // Where the search begins: nothing longer than these has to be looked at. A limit serves as well, at no cost.
    for (attack::Adversarial& found : attack::attack(knn, problem, {.query_budget = 0, .observer = options.observer})) {
      attacks.push_back(std::move(found.certificate));
    }
  }
  return {nullptr, certify::exact_knn_radii(knn, problem,
                                            {.time_limit = options.time_limit,
                                             .max_nodes = options.max_nodes,
                                             .up_to = options.up_to,
                                             .attacks = attacks,
                                             .observer = options.observer})};
}

Radii run_attack(const CertifiedKnn& knn, const CertificationProblem& problem, const CertifierOptions& options,
                 std::span<const Radii> known) {
  const auto exact =
      std::ranges::find(known, BoundKind::exact, [](const Radii& radii) { return radii.certifier->kind; });
  std::vector<attack::Adversarial> found = attack::attack(
      knn, problem, {.query_budget = options.query_budget, .seed = options.seed, .observer = options.observer},
      exact == known.end() ? std::span<const certify::Certificate>() : exact->certificates);
  Radii radii{nullptr, {}};
  for (attack::Adversarial& adversarial : found) {
    radii.certificates.push_back(std::move(adversarial.certificate));
    radii.labels.push_back(adversarial.label);
  }
  return radii;
}

constexpr std::array table = {
    Certifier{"fast", BoundKind::lower_bound, "a valid lower bound over the nearest rows, at most that of all pairs",
              run_fast},
    Certifier{"bound", BoundKind::lower_bound, "a lower bound: the prediction withstands at least this", run_bound},
    Certifier{"exact", BoundKind::exact, "the smallest perturbation itself", run_exact},
    Certifier{"attack", BoundKind::upper_bound,
              "the smallest perturbation found: an upper bound, its accuracies are under attack", run_attack},
};

}  // namespace

std::span<const Certifier> certifiers() { return table; }

const Certifier& find_certifier(std::string_view name) {
  for (const Certifier& certifier : table) {
    if (certifier.name == name) return certifier;
  }
  std::vector<std::string_view> names;
  for (const Certifier& certifier : table) names.push_back(certifier.name);
  throw InputError(
      Fault{.field = "method", .value = fmt::format("\"{}\"", name), .rule = "must be " + join_list(names, "or")});
}

std::vector<const Certifier*> find_certifiers(std::span<const std::string> names) {
  std::vector<const Certifier*> found;
  for (const std::string& name : names) found.push_back(&find_certifier(name));
  std::ranges::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::vector<Radii> radii(const CertifiedKnn& knn, const CertificationProblem& problem,
                         std::span<const Certifier* const> wanted, const CertifierOptions& options) {
  if (problem.variants.size() > 0) {
    const certify::ExpandedProblem expanded(problem);
    std::vector<Radii> found = radii(knn, expanded.problem(), wanted, options);
    for (Radii& of : found) expanded.reduce(of.certificates, of.labels);
    return found;
  }
  std::vector<Radii> found;
  for (const Certifier* certifier : wanted) {
    const auto began = std::chrono::steady_clock::now();
    Radii radii = certifier->run(knn, problem, options, found);
    radii.certifier = certifier;
    radii.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    found.push_back(std::move(radii));
  }
  return found;
}

Radii radii(const CertifiedKnn& knn, const CertificationProblem& problem, const Certifier& certifier,
            const CertifierOptions& options) {
  const std::array wanted = {&certifier};
  return std::move(radii(knn, problem, wanted, options).front());
}

std::optional<std::string> order_violation(std::span<const Radii> radii) {
  for (std::size_t higher = 1; higher < radii.size(); ++higher) {
    const Radii& low = radii[higher - 1];
    const Radii& high = radii[higher];
    for (std::size_t row = 0; row < low.certificates.size(); ++row) {
      if (low.certificates[row].radius <= high.certificates[row].radius * (1.0 + 1e-9)) continue;
      return fmt::format("row {}: the radius by {} is {}, above that by {}, {}", row, low.certifier->name,
                         low.certificates[row].radius, high.certifier->name, high.certificates[row].radius);
    }
  }
  return std::nullopt;
}

std::string order_text(std::span<const Radii> radii) {
  std::string text;
  for (const Radii& of : radii) text += fmt::format("{}{}", text.empty() ? "" : " <= ", of.certifier->name);
  return text;
}

}  // namespace holdfast::evaluate
