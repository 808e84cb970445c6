#include "holdfast/certify/check_claims.hpp"

#include "certify/check_geometry.hpp"
#include "certify/claim_checker.hpp"
#include "holdfast/certify/certified_knn.hpp"
#include "holdfast/neighbors/classifier.hpp"

namespace holdfast::certify {

std::vector<Finding> check_claims(const model::Model& model, const ThreatModel& threat, Index k,
                                  const DatasetView& data, std::span<const Claim> claims,
                                  std::span<const Index> left_out, const Observer& observer) {
  model.require_classifier("be checked");
  neighbors::require_valid_k(k, model.reference.rows() - (left_out.empty() ? 0 : 1));
  require_space(model, threat.space);
  const std::vector<int> codes = model.codes_of(data);
  const Matrix rows = embedded(model, data.x);
  ClaimCheckers checkers(model, threat, k, model.reference * model.metric.map().transpose(), model.labels.codes);
  std::vector<const ClaimChecker*> checker_of;
  for (const Claim& claim : claims) {
    checker_of.push_back(&checkers.of(preprocessed(model, rows.row(claim.row)) * model.metric.map().transpose()));
  }
  std::vector<Finding> findings(claims.size());
  for_each_claim(static_cast<Index>(claims.size()), observer, [&](Index number) {
    const auto at = static_cast<std::size_t>(number);
    const Claim& claim = claims[at];
    const auto tested = static_cast<std::size_t>(claim.row);
    findings[at] = checker_of[at]->check(variants_of(model, threat, rows.row(claim.row)), codes[tested],
                                         left_out.empty() ? -1 : left_out[tested], claim);
  });
  return findings;
}

}  // namespace holdfast::certify
