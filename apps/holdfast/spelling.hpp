// Options as they stand on the command line, for the texts of the library, which name them in backticks.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

namespace holdfast::app {

/// Tells what options there are. `program` must outlive all texts.
void use_options_of(const CLI::App& program);

/// An OptionSpeller: "--name value", or "-k 3" for a name of one letter. Empty if no command has such an option, or the
/// command that runs takes it without dashes.
[[nodiscard]] std::string spell_option(std::string_view name, std::string_view value);

}  // namespace holdfast::app
