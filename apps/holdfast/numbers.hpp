// Checks of option values that are to be numbers, before they are converted: the parser of the command line alone would
// read "" as 0 and -1 as a large unsigned number, and would not say what is wanted.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "holdfast/core/parse.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast::app {

inline const CLI::Validator whole_number(
    [](const std::string& text) {
      return parse_whole<Index>(text) ? std::string() : fmt::format("\"{}\" must be a whole number", text);
    },
    "");

inline const CLI::Validator seed_number(
    [](const std::string& text) {
      return parse_whole<std::uint64_t>(text)
                 ? std::string()
                 : fmt::format("\"{}\" must be a whole number of at least 0 and below 2^64", text);
    },
    "");

inline const CLI::Validator real_number(
    [](const std::string& text) {
      return parse_real(text) ? std::string() : fmt::format("\"{}\" must be a number", text);
    },
    "");

}  // namespace holdfast::app
