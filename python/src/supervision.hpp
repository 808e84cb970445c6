// Labels, pairs, triplets and options from Python.
#pragma once

#include <optional>
#include <vector>

#include "arrays.hpp"
#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/dataset.hpp"
#include "holdfast/core/option_table.hpp"

namespace holdfast::python {

/// (codes, texts of the classes), or None.
[[nodiscard]] std::optional<Labels> labels_of(nb::handle labels);
/// (similar, dissimilar): m x 2 row numbers each.
[[nodiscard]] constraints::PairSet pairs_of(nb::handle pairs);
/// m x 3 row numbers: anchor, target, impostor; as they are given.
[[nodiscard]] std::vector<constraints::Triplet> triplet_list(nb::handle triplets);
/// The same as supervision: sorted, each once.
[[nodiscard]] constraints::TripletSet triplets_of(nb::handle triplets);
/// Values by the names of the method's options: bool, int, float, str, or a tuple of (number or None, factor).
[[nodiscard]] OptionSet options_of(const std::string& method, const nb::dict& options);
[[nodiscard]] Facts dict_of(const OptionSet& options);

}  // namespace holdfast::python
