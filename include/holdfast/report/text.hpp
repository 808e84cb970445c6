// Records as text for people.
#pragma once

#include <string>

#include "holdfast/core/record.hpp"

namespace holdfast::report {

/// The text of a record, each line with its end: "TITLE: LABEL VALUE, LABEL VALUE" over the fields with a label, if the
/// record has a title, then the lines it says. A line that is nothing but `{name}` becomes the text of the records of
/// that name, and vanishes if there are none.
[[nodiscard]] std::string to_text(const Record& record);

/// A value as a text: numbers by `style.format`, followed by the unit; items of lists separated by commas.
[[nodiscard]] std::string to_text(const Value& value, const Style& style = {});

/// A radius or another figure of a table: four decimals, or scientific notation if those would hide the value.
[[nodiscard]] std::string figure(double value);

}  // namespace holdfast::report
