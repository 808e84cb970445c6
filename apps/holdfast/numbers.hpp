// Options that take numbers. Their texts are checked before they are converted: the parser of the command line alone
// would read "" as 0 and -1 as a large unsigned number, and would not say which numbers are allowed.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "holdfast/core/parse.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast::app {

/// Refuses texts that `parse` does not read.
template <class Parse>
CLI::Validator must_be(const char* allowed, Parse parse) {
  return {[=](const std::string& text) {
            return parse(text) ? std::string() : fmt::format("\"{}\" must be {}", text, allowed);
          },
          ""};
}

inline const CLI::Validator whole_number = must_be("a whole number", parse_whole<Index>);
inline const CLI::Validator real_number = must_be("a number", parse_real);
inline const CLI::Validator seed_number =
    must_be("a whole number of at least 0 and below 2^64", parse_whole<std::uint64_t>);

/// Adds an option that takes a whole number; help tells its default.
inline CLI::Option* add_whole_number(CLI::App& command, const std::string& names, Index& value,
                                     const std::string& help) {
  return command.add_option(names, value, help)->capture_default_str()->type_name("N")->check(whole_number);
}

/// Adds -k.
inline void add_neighbors(CLI::App& command, Index& k) {
  add_whole_number(command, "-k", k, "nearest neighbours that vote; odd");
}

}  // namespace holdfast::app
