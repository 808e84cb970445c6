// Records as JSON.
#pragma once

#include <string>
#include <string_view>

#include "holdfast/core/record.hpp"

namespace holdfast::report {

/// The record as a JSON object with its fields in order. Numbers that are not finite are null. `indent`: blanks per
/// level; -1: all in one line.
[[nodiscard]] std::string to_json(const Record& record, int indent = -1);

/// The record of a JSON object: whole numbers as Index (as std::uint64_t beyond its range), other numbers as double.
/// Throws std::invalid_argument for a text that is no JSON object or is nested deeper than 64 levels.
[[nodiscard]] Record from_json(std::string_view text);

}  // namespace holdfast::report
