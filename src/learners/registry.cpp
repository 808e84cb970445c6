#include "holdfast/learners/registry.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "holdfast/core/error.hpp"
#include "holdfast/learners/euclidean.hpp"
#include "holdfast/learners/lmnn.hpp"

namespace holdfast::learners {
namespace {

std::string text_of(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : "auto";
}

LmnnOptions lmnn_options(const MethodOptions& given) {
  LmnnOptions options;
  options.neighbors = given.neighbors.value_or(options.neighbors);
  options.impostors = given.impostors.value_or(options.impostors);
  options.mu = given.mu.value_or(options.mu);
  options.perturbation = given.perturbation;
  options.rank = given.rank.value_or(options.rank);
  options.refresh = given.refresh.value_or(options.refresh);
  options.max_iterations = given.max_iterations.value_or(options.max_iterations);
  options.tolerance = given.tolerance.value_or(options.tolerance);
  return options;
}

OptionTexts lmnn_texts(const MethodOptions& given) {
  const LmnnOptions options = lmnn_options(given);
  OptionTexts texts = {{"neighbors", fmt::format("{}", options.neighbors)},
                       {"impostors", fmt::format("{}", options.impostors)},
                       {"mu", fmt::format("{}", options.mu)}};
  if (options.perturbation) {
    texts.emplace_back("perturbation",
                       text_of(options.perturbation->weight) + "," + text_of(options.perturbation->margin));
  }
  texts.emplace_back("rank", fmt::format("{}", options.rank));
  texts.emplace_back("refresh", fmt::format("{}", options.refresh));
  texts.emplace_back("max-iterations", fmt::format("{}", options.max_iterations));
  texts.emplace_back("tolerance", fmt::format("{}", options.tolerance));
  return texts;
}

const std::vector<Method>& table() {
  static const std::vector<Method> all = {
      {"euclidean",
       "the Euclidean distance on the preprocessed rows: the baseline, nothing is learned",
       {},
       [](const MethodOptions&) { return OptionTexts{}; },
       [](const Matrix& x, const Labels&, const MethodOptions&, const Observer&) { return fit_euclidean(x); }},
      {"lmnn",
       "large margin nearest neighbour; with --perturbation, a metric whose predictions hold under perturbation",
       {"neighbors", "impostors", "mu", "perturbation", "rank", "refresh", "max-iterations", "tolerance"},
       lmnn_texts,
       [](const Matrix& x, const Labels& labels, const MethodOptions& options, const Observer& observer) {
         return fit_lmnn(x, labels, lmnn_options(options), observer);
       }},
  };
  return all;
}

}  // namespace

std::span<const Method> methods() {
  return table();
}

const Method& find_method(std::string_view name) {
  for (const Method& method : table()) {
    if (method.name == name) return method;
  }
  std::string names;
  for (const Method& method : table()) names += (names.empty() ? "" : ", ") + std::string(method.name);
  throw InputError(fmt::format("method \"{}\": must be one of {} (holdfast fit --list describes them)", name, names));
}

std::vector<std::string_view> options_without_effect(const Method& method, const MethodOptions& options) {
  const std::pair<std::string_view, bool> given[] = {{"neighbors", options.neighbors.has_value()},
                                                     {"impostors", options.impostors.has_value()},
                                                     {"mu", options.mu.has_value()},
                                                     {"perturbation", options.perturbation.has_value()},
                                                     {"rank", options.rank.has_value()},
                                                     {"refresh", options.refresh.has_value()},
                                                     {"max-iterations", options.max_iterations.has_value()},
                                                     {"tolerance", options.tolerance.has_value()}};
  std::vector<std::string_view> names;
  for (const auto& [name, is_set] : given) {
    if (is_set && std::find(method.options.begin(), method.options.end(), name) == method.options.end())
      names.push_back(name);
  }
  return names;
}

}  // namespace holdfast::learners
