// Values between Python and the library: supervision and options on the way in; records, options and texts on the way
// out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arrays.hpp"
#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/dataset.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/option_table.hpp"
#include "holdfast/core/record.hpp"

namespace holdfast::python {

/// (codes, texts of the classes), or None.
[[nodiscard]] std::optional<Labels> labels_of(nb::handle labels);
/// (similar, dissimilar): m x 2 row numbers each.
[[nodiscard]] constraints::PairSet pairs_of(nb::handle pairs);
/// m x 3 row numbers: anchor, target, impostor; as they are given.
[[nodiscard]] std::vector<constraints::Triplet> triplet_list(nb::handle triplets);
/// The same as supervision: sorted, each once.
[[nodiscard]] constraints::TripletSet triplets_of(nb::handle triplets);
/// One chunk number per row.
[[nodiscard]] constraints::ChunkSet chunks_of(nb::handle chunks);
/// m x 4 row numbers: a, b, c, d with d(a, b) < d(c, d).
[[nodiscard]] constraints::QuadrupletSet quadruplets_of(nb::handle quadruplets);
/// Values by the library's names: bool, int, float, str, or a tuple of (number or None, factor or None).
[[nodiscard]] OptionSet options_of(const nb::dict& options);
[[nodiscard]] Facts dict_of(const OptionSet& options);
/// bool, int, float or str; of derivables a tuple of (number or None, factor or None).
[[nodiscard]] nb::object to_python(const OptionValue& value);

/// A dictionary with the fields in order; records in it become dictionaries, lists become lists.
[[nodiscard]] Facts to_dict(const Record& record);

/// The text with options named by parameters of Python, as holdfast._errors has them: "raise max_iter".
[[nodiscard]] std::string spelled(const std::string& text);
[[nodiscard]] std::vector<std::string> spelled(const std::vector<std::string>& texts);

/// Raises every InputError of the library as holdfast.InputError, in the words of Python.
void translate_input_errors();

}  // namespace holdfast::python
