#include "holdfast/certify/check_retrieval.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "certify/check_geometry.hpp"
#include "certify/claim_checker.hpp"
#include "holdfast/certify/certified_knn.hpp"
#include "holdfast/core/error.hpp"

namespace holdfast::certify {
namespace {

/// The relevant radius as a claim about the prediction of the query by the nearest of the other rows.
Claim as_prediction(const RetrievalClaim& claim, const std::vector<int>& codes) {
  return {.row = claim.row,
          .radius = claim.relevant.value_or(0.0),
          .kind = claim.kind,
          .predicted = codes[static_cast<std::size_t>(claim.nearest)],
          .witness = claim.witness};
}

Finding check(const ClaimChecker& checker, const ThreatModel& threat, const RowVector& query,
              const RetrievalClaim& claim, const std::vector<int>& codes) {
  if (claim.nearest == claim.row) return {.fault = "a row is no answer to its own search"};
  const NearestClaim nearest{claim.nearest, claim.same_row, !threat.box && claim.same_row > 0.0};
  if (auto fault = checker.fault_of_nearest(query, claim.row, nearest)) return {.fault = std::move(fault)};
  const int code = codes[static_cast<std::size_t>(claim.row)];
  const bool is_alone = std::ranges::count(codes, code) == 1;
  if (is_alone && claim.relevant) return {.fault = "no other row is of the query's class, so that none stays first"};
  if (is_alone) return {};
  if (!claim.relevant) return {.fault = "the radius is missing, though other rows are of the query's class"};
  return checker.check(query, code, claim.row, as_prediction(claim, codes));
}

}  // namespace

std::vector<Finding> check_retrieval(const model::Model& model, const ThreatModel& threat, const DatasetView& data,
                                     std::span<const RetrievalClaim> claims, const Observer& observer) {
  if (!threat.flips.empty()) {
    throw InputError(Fault{.field = "flip", .rule = "searches are certified without columns that flip"});
  }
  require_space(model, threat.space);
  const std::vector<int>& codes = require_labels(data, "be checked as a gallery").codes;
  if (data.rows() < 2) {
    throw InputError(
        Fault{.place = std::string(data.source), .rule = "has a single row: a search needs a query and a row to find"});
  }
  const Matrix rows = embedded(model, data.x);
  const Matrix mapped = preprocessed_and_mapped(model, rows);
  ClaimCheckers checkers(model, threat, 1, mapped, codes);
  std::vector<const ClaimChecker*> checker_of;
  for (const RetrievalClaim& claim : claims) checker_of.push_back(&checkers.of(mapped.row(claim.row)));
  std::vector<Finding> findings(claims.size());
  for_each_claim(static_cast<Index>(claims.size()), observer, [&](Index number) {
    const auto at = static_cast<std::size_t>(number);
    const RetrievalClaim& claim = claims[at];
    const RowVector query =
        threat.space == Space::raw ? RowVector(rows.row(claim.row)) : preprocessed(model, rows.row(claim.row));
    findings[at] = check(*checker_of[at], threat, query, claim, codes);
  });
  return findings;
}

}  // namespace holdfast::certify
