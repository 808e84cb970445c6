// Files of radii, as certify and attack write them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast::io {

/// One line: a row of the test data with what is claimed about it. Texts as they stand in the file; empty if the
/// file has no such column.
struct RadiusLine {
  Index line;  ///< in the file, from 1
  Index row;
  std::string label;
  std::string predicted;
  std::string norm;
  std::string method;  ///< "attack" in a file of attacks
  double radius;       ///< may be infinite
  std::string space;
  std::optional<double> upper;  ///< empty if the line has none
  std::string model;
};

/// Reads columns by the names in the header: row, label, predicted, norm, radius, and method or adversarial_label;
/// space, upper and model if the file has them. Throws InputError, "file:line:column: what is wrong", if one of them is
/// missing, a row is not a whole number in 0..rows-1, or a radius is not a number of at least 0 or inf.
[[nodiscard]] std::vector<RadiusLine> read_radii(const std::filesystem::path& file, Index rows);

}  // namespace holdfast::io
