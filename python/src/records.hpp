// Records of the library as dictionaries, and its texts in the words of Python.
#pragma once

#include "arrays.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/record.hpp"

namespace holdfast::python {

/// A dictionary with the fields in order; records in it become dictionaries, lists become lists.
[[nodiscard]] Facts to_dict(const Record& record);

/// The text with options named by parameters of Python, as holdfast._errors has them: "raise max_iter".
[[nodiscard]] std::string spelled(const std::string& text);
[[nodiscard]] std::vector<std::string> spelled(const std::vector<std::string>& texts);

/// Raises every InputError of the library as holdfast.InputError, in the words of Python.
void translate_input_errors();

}  // namespace holdfast::python
