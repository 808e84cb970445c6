// The options of all methods together, for programs that choose a method at run time, each described once.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "holdfast/core/types.hpp"
#include "holdfast/learners/perturbation.hpp"

namespace holdfast::learners {

/// What is absent takes the method's own default. Meanings and bounds are those of the methods' own options.
struct MethodOptions {
  std::optional<Index> neighbors;
  std::optional<Index> impostors;
  std::optional<double> mu;
  std::optional<Perturbation> perturbation;
  std::optional<Index> rank;
  std::optional<Index> refresh;
  std::optional<Index> basis;
  std::optional<double> sparsity;
  std::optional<double> margin;
  std::optional<Index> draws;
  std::optional<double> t;
  std::optional<double> alpha;
  std::optional<double> beta;
  std::optional<std::string> solver;
  std::optional<double> regularization;
  std::optional<std::string> prior;
  std::optional<Index> batch;
  std::optional<Index> max_iterations;
  std::optional<double> tolerance;
};

/// One option: its name on the command line and in model files, its place in MethodOptions, and what to tell users.
struct OptionInfo {
  using Place = std::variant<std::optional<Index> MethodOptions::*, std::optional<double> MethodOptions::*,
                             std::optional<std::string> MethodOptions::*, std::optional<Perturbation> MethodOptions::*>;

  std::string_view name;
  Place place;
  std::string_view value;  ///< what stands for its value in help, such as "N"
  std::string_view help;
};

/// All options, in the order in which they are listed to users.
[[nodiscard]] std::span<const OptionInfo> all_options();
/// The option of that name. Throws std::invalid_argument where there is none.
[[nodiscard]] const OptionInfo& option(std::string_view name);

[[nodiscard]] bool is_set(const MethodOptions& options, const OptionInfo& info);
/// The value as a text that parses to the same value; empty where it is not set.
[[nodiscard]] std::string text_of(const MethodOptions& options, const OptionInfo& info);

/// "auto", "off", "10", "10,0.5", "auto*0.1,auto". Throws InputError that says what would be right.
[[nodiscard]] Perturbation parse_perturbation(std::string_view text);
/// The text that parses to it.
[[nodiscard]] std::string text_of(const Perturbation& perturbation);

/// Option names with their values as texts.
using OptionTexts = std::vector<std::pair<std::string, std::string>>;

}  // namespace holdfast::learners
