// All learners by name.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "holdfast/constraints/supervision.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/learners/options.hpp"

namespace holdfast::learners {

/// Where a good value of an option usually lies, for random search.
struct SearchRange {
  std::string_view option;  ///< or "perturbation.weight", "perturbation.margin": factors of the derived values
  double low;
  double high;
  bool logarithmic;  ///< uniform in the logarithm
};

/// One learner.
struct Method {
  std::string_view name;
  std::string_view summary;                              ///< one line
  bool learns_from_pairs;                                ///< constraints::PairSet as supervision
  bool learns_from_triplets;                             ///< constraints::TripletSet as supervision
  std::vector<std::string_view> options;                 ///< names of the options that have an effect
  std::vector<SearchRange> search;                       ///< of those worth tuning
  MethodOptions (*resolve)(const MethodOptions& given);  ///< every option in effect, defaults filled in
  Fit (*fit)(const MatrixView& x, const constraints::Supervision& supervision, const MethodOptions& options,
             const FitContext& context);
};

/// All methods, in the order in which they are listed to users.
[[nodiscard]] std::span<const Method> methods();
/// The method of that name. Throws InputError that lists the names, and after them those `beside` them that the caller
/// would have taken.
[[nodiscard]] const Method& find_method(std::string_view name, std::span<const std::string> beside = {});
[[nodiscard]] bool has_option(const Method& method, std::string_view option);
/// The names of the options that are set but have no effect with `method`.
[[nodiscard]] std::vector<std::string_view> options_without_effect(const Method& method, const MethodOptions& options);
/// Every option in effect as texts, defaults filled in; those that are off are left out.
[[nodiscard]] OptionTexts option_texts(const Method& method, const MethodOptions& options);

}  // namespace holdfast::learners
