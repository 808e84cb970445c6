// The rows that a model was trained on, when it is judged on them.
#pragma once

#include <string_view>
#include <vector>

#include "holdfast/model/model.hpp"

namespace holdfast::model {

/// For each row of `data` the reference row of the model that is the row itself, if `data` are the labelled rows that
/// the model was trained on, in any order; else empty. Such rows are judged leave-one-out: a row that is its own
/// nearest neighbour says nothing about other rows. The rows are those of the training if the checksum is the same, or
/// if each has a reference row of its own with the same preprocessed values and the same class. O(n d), and O(n log n)
/// comparisons of rows if only the order differs; without effort if the numbers of rows differ. Prototypes are no rows
/// of the training: a model that keeps them is judged by all of them.
[[nodiscard]] std::vector<Index> own_reference_rows(const Model& model, const DatasetView& data);

/// What users are told of such a judgement.
inline constexpr std::string_view leave_one_out_note =
    "the rows are those that the model was trained on; each is judged by the other rows (leave-one-out)";

}  // namespace holdfast::model
