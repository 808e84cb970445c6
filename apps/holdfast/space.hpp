// The --space option of the commands that show radii.
#pragma once

#include <fmt/format.h>

#include <string>

#include "holdfast/certify/certificate.hpp"
#include "holdfast/core/error.hpp"

namespace holdfast::app {

inline constexpr const char* space_help =
    "units of the radii: preprocessed (after the model's preprocessing) or raw (of the data file; needs affine "
    "preprocessing)";

[[nodiscard]] inline certify::Space parse_space(const std::string& text) {
  if (text == "raw") return certify::Space::raw;
  if (text == "preprocessed") return certify::Space::preprocessed;
  throw InputError(fmt::format("--space \"{}\": must be preprocessed or raw", text));
}

}  // namespace holdfast::app
