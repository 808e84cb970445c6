// Radii of a model's predictions verified, whoever computed them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "holdfast/evaluate/radii.hpp"

namespace holdfast::evaluate {

/// A radius that somebody states of a test row.
struct ClaimedRadius {
  Index row;
  RadiusMethod method;
  double radius;
  int predicted;                                    ///< the class that the row is said to be predicted as
  std::optional<RowVector> witness = std::nullopt;  ///< the perturbed row, in the units of the radius
};

/// What is wrong with each claim, by certify::Checker; nothing where it holds. All are about one threat. The witnesses
/// go the way of any row through the model: preprocessing, metric, vote.
[[nodiscard]] std::vector<std::optional<std::string>> check(const model::Model& model, const RowsUnderTest& rows,
                                                            const Threat& threat, std::span<const ClaimedRadius> claims,
                                                            const Observer& observer = {});

}  // namespace holdfast::evaluate
