// holdfast certify --check: radii verified by independent code.
#pragma once

#include <filesystem>
#include <vector>

#include "common.hpp"
#include "threat_options.hpp"

namespace holdfast::app {

struct CheckCommand {
  std::vector<std::filesystem::path> models;
  const DataOptions& data;
  Index k;
  const ThreatOptions& threat;
  Index limit;  ///< lines of the file; 0: all
  std::filesystem::path file;
  std::filesystem::path witnesses;  ///< empty: checked from below only
};

/// Verifies the file's lines and prints what it found. Throws InputError where a radius does not hold.
void run_check(const CheckCommand& command, const CommonOptions& common);

}  // namespace holdfast::app
