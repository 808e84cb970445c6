// The subcommands: each parses its options, calls the library, and prints.
#pragma once

#include <CLI/CLI.hpp>

#include "common.hpp"

namespace holdfast::app {

/// Adds a subcommand to the program. `common` must outlive the parsing; the command runs as the parse's callback.
void add_fit(CLI::App& program, const CommonOptions& common);
void add_tune(CLI::App& program, const CommonOptions& common);
void add_predict(CLI::App& program, const CommonOptions& common);
void add_evaluate(CLI::App& program, const CommonOptions& common);
void add_certify(CLI::App& program, const CommonOptions& common);
void add_attack(CLI::App& program, const CommonOptions& common);
void add_transform(CLI::App& program, const CommonOptions& common);
void add_info(CLI::App& program, const CommonOptions& common);
void add_demo(CLI::App& program, const CommonOptions& common);

}  // namespace holdfast::app
