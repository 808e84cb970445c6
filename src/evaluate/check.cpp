#include "holdfast/evaluate/check.hpp"

#include <fmt/format.h>

#include <cmath>

#include "holdfast/certify/check.hpp"
#include "holdfast/core/parallel.hpp"

namespace holdfast::evaluate {
namespace {

certify::BoundKind kind_of(RadiusMethod method) {
  switch (method) {
    case RadiusMethod::exact:
      return certify::BoundKind::exact;
    case RadiusMethod::attack:
      return certify::BoundKind::upper_bound;
    case RadiusMethod::fast:
    case RadiusMethod::bound:
      break;
  }
  return certify::BoundKind::lower_bound;
}

/// One claim against the rows.
std::optional<std::string> fault(const model::Model& model, const RowsUnderTest& rows, const Threat& threat,
                                 const certify::Checker& checker, const ClaimedRadius& claimed) {
  const auto at = static_cast<std::size_t>(claimed.row);
  if (claimed.predicted != rows.predicted[at]) return "the model predicts another class for the row";
  if (rows.predicted[at] != rows.codes[at]) {
    if (claimed.radius == 0.0) return std::nullopt;
    return fmt::format("the prediction is wrong, so that the radius is 0, not {}", claimed.radius);
  }
  certify::Claim claim{claimed.radius, kind_of(claimed.method)};
  if (claimed.witness) {
    const Matrix witness = *claimed.witness;
    const Matrix prepared =
        rows.classifier.space() == certify::Space::raw ? model.preprocessor.apply(witness) : witness;
    claim.change = (*claimed.witness - rows.rows.row(claimed.row)).transpose();
    claim.mapped_witness = model.metric.transform(prepared).row(0);
  } else if (claim.kind == certify::BoundKind::upper_bound && std::isfinite(claim.radius)) {
    return "an attack can only be checked with its adversarial row";
  }
  certify::Box limits;
  if (threat.box) {
    limits = {threat.box->lower - rows.rows.row(claimed.row), threat.box->upper - rows.rows.row(claimed.row)};
    if (claimed.witness && ((claimed.witness->array() < threat.box->lower.array()).any() ||
                            (claimed.witness->array() > threat.box->upper.array()).any())) {
      return "the witness is outside the box";
    }
  }
  return checker.fault(rows.queries.row(claimed.row), rows.codes[at], claim, threat.box ? &limits : nullptr);
}

}  // namespace

std::vector<std::optional<std::string>> check(const model::Model& model, const RowsUnderTest& rows,
                                              const Threat& threat, std::span<const ClaimedRadius> claims,
                                              const Observer& observer) {
  const certify::Checker checker(threat.norm == certify::Norm::ellipsoid
                                     ? rows.classifier.in_ellipsoid(threat.ellipsoid.value())
                                     : rows.classifier,
                                 rows.k, threat.norm);
  std::vector<std::optional<std::string>> faults(claims.size());
  constexpr Index stretch = 32;
  const auto total = static_cast<Index>(claims.size());
  for (Index begin = 0; begin < total; begin += stretch) {
    if (asks_to_stop(observer, {"check", begin, total, 0.0})) throw Stopped{};
    parallel_for(std::min(stretch, total - begin), 1, [&](Index from, Index to) {
      for (Index i = begin + from; i < begin + to; ++i) {
        const auto at = static_cast<std::size_t>(i);
        faults[at] = fault(model, rows, threat, checker, claims[at]);
      }
    });
  }
  return faults;
}

}  // namespace holdfast::evaluate
