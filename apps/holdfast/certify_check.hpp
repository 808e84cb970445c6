// holdfast certify --check: radii verified by independent code.
#pragma once

#include <filesystem>
#include <vector>

#include "measured_radii.hpp"

namespace holdfast::app {

struct CheckCommand {
  std::vector<std::filesystem::path> models;
  const RadiiOptions& rows;
  std::filesystem::path file;
  std::filesystem::path witnesses;  ///< empty: checked from below only
};

/// Verifies the file's lines and prints the tally. Throws InputError if a radius does not hold.
void run_check(const CheckCommand& command, const CommonOptions& common);

}  // namespace holdfast::app
