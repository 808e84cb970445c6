// Rows and maps as the checkers of claims compute them: from the definitions, without the code of the certifiers.
#pragma once

#include "holdfast/certify/threat_model.hpp"
#include "holdfast/model/model.hpp"

namespace holdfast::certify {

/// Rows after the network of the model, if it has one.
[[nodiscard]] Matrix embedded(const model::Model& model, const MatrixView& rows);

/// A row after the steps of the model's preprocessing, one after the other.
[[nodiscard]] RowVector preprocessed(const model::Model& model, RowVector row);

/// Rows (n x d, as the network or the table gives them) after the preprocessing, mapped by L: n x r.
[[nodiscard]] Matrix preprocessed_and_mapped(const model::Model& model, const MatrixView& rows);

/// B, r x d: the product of L and, for raw rows, the linear part of each step.
[[nodiscard]] Matrix map_of_perturbations(const model::Model& model, Space space);

/// A row as it is and, below, with every other combination of values of the columns that flip, in the units of the
/// threat.
[[nodiscard]] Matrix variants_of(const model::Model& model, const ThreatModel& threat, const RowView& raw);

}  // namespace holdfast::certify
