// All learners by name, with one set of options for programs that choose at run time.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/core/dataset.hpp"
#include "holdfast/core/observer.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/learners/perturbation.hpp"

namespace holdfast::learners {

/// The options of all methods together. What is absent takes the method's own default.
struct MethodOptions {
  std::optional<Index> neighbors;
  std::optional<Index> impostors;
  std::optional<double> mu;
  std::optional<Perturbation> perturbation;
  std::optional<Index> rank;
  std::optional<Index> refresh;
  std::optional<Index> max_iterations;
  std::optional<double> tolerance;
};

/// Option names (as on the command line) with their values as texts.
using OptionTexts = std::vector<std::pair<std::string, std::string>>;

/// One learner.
struct Method {
  std::string_view name;
  std::string_view summary;                       ///< one line
  std::vector<std::string_view> options;          ///< names of the options that have an effect
  OptionTexts (*resolved)(const MethodOptions&);  ///< every option in effect, defaults filled in
  Fit (*fit)(const Matrix& x, const Labels& labels, const MethodOptions& options, const Observer& observer);
};

/// All methods, in the order in which they are listed to users.
[[nodiscard]] std::span<const Method> methods();
/// The method of that name. Throws InputError that lists the names.
[[nodiscard]] const Method& find_method(std::string_view name);
/// The names of the options that are set but have no effect with `method`.
[[nodiscard]] std::vector<std::string_view> options_without_effect(const Method& method, const MethodOptions& options);

}  // namespace holdfast::learners
