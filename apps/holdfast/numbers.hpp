// Checks of option values that are to be numbers, before they are converted: the parser of the command line alone would
// read "" as 0 and -1 as a large unsigned number, and would not say what is wanted.
#pragma once

#include <fast_float/fast_float.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <string>
#include <system_error>

#include "holdfast/core/types.hpp"

namespace holdfast::app {

inline const CLI::Validator whole_number(
    [](const std::string& text) {
      Index value = 0;
      const char* end = text.data() + text.size();
      const auto [stop, status] = std::from_chars(text.data(), end, value);
      return status == std::errc() && stop == end ? std::string() : fmt::format("\"{}\" must be a whole number", text);
    },
    "");

inline const CLI::Validator seed_number(
    [](const std::string& text) {
      std::uint64_t value = 0;
      const char* end = text.data() + text.size();
      const auto [stop, status] = std::from_chars(text.data(), end, value);
      return status == std::errc() && stop == end
                 ? std::string()
                 : fmt::format("\"{}\" must be a whole number of at least 0 and below 2^64", text);
    },
    "");

inline const CLI::Validator real_number(
    [](const std::string& text) {
      double value = 0.0;
      const char* end = text.data() + text.size();
      const auto [stop, status] = fast_float::from_chars(text.data(), end, value);
      return status == std::errc() && stop == end ? std::string() : fmt::format("\"{}\" must be a number", text);
    },
    "");

}  // namespace holdfast::app
