#include "holdfast/learners/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "holdfast/core/error.hpp"
#include "holdfast/learners/aml.hpp"
#include "holdfast/learners/arml.hpp"
#include "holdfast/learners/euclidean.hpp"
#include "holdfast/learners/gmml.hpp"
#include "holdfast/learners/lmnn.hpp"
#include "holdfast/learners/nca.hpp"
#include "holdfast/learners/scml.hpp"

namespace holdfast::learners {
namespace {

using constraints::Supervision;

// Each method binds options of MethodOptions to fields of its own options struct, once. From the bindings follow the
// names that have an effect, what a fit gets, and the values in effect.

/// Options::*field = given.*place where it is set.
template <class Options, class Value, class Field>
struct Binding {
  std::optional<Value> MethodOptions::*place;
  Field Options::*field;

  void apply(const MethodOptions& given, Options& options) const {
    if (given.*place) options.*field = *(given.*place);
  }
  void resolve(const Options& options, MethodOptions& all) const { all.*place = options.*field; }
};
template <class Options, class Value, class Field>
constexpr Binding<Options, Value, Field> bind(std::optional<Value> MethodOptions::*place, Field Options::*field) {
  return {place, field};
}

/// An option whose values have names.
template <class Options, class Choice>
struct ChoiceBinding {
  std::optional<std::string> MethodOptions::*place;
  Choice Options::*field;
  std::vector<std::pair<std::string_view, Choice>> names;

  void apply(const MethodOptions& given, Options& options) const {
    if (!(given.*place)) return;
    std::string list;
    for (const auto& [name, choice] : names) {
      if (name == *(given.*place)) {
        options.*field = choice;
        return;
      }
      list += (list.empty() ? "" : " or ") + std::string(name);
    }
    throw InputError(fmt::format("{} \"{}\": must be {}", name_of(place), *(given.*place), list));
  }
  void resolve(const Options& options, MethodOptions& all) const {
    for (const auto& [name, choice] : names) {
      if (choice == options.*field) all.*place = std::string(name);
    }
  }
  static std::string_view name_of(std::optional<std::string> MethodOptions::*place) {
    for (const OptionInfo& info : all_options()) {
      if (info.place == OptionInfo::Place(place)) return info.name;
    }
    throw std::logic_error("an option without a description");
  }
};

/// Options of the regularisation within another struct.
template <class Options>
struct RegularizationBinding {
  static ChoiceBinding<Regularization, Prior> prior() {
    return {&MethodOptions::prior,
            &Regularization::prior,
            {{"identity", Prior::identity}, {"covariance", Prior::covariance}}};
  }
  void apply(const MethodOptions& given, Options& options) const {
    if (given.regularization) options.regularization.strength = given.regularization;
    prior().apply(given, options.regularization);
  }
  void resolve(const Options& options, MethodOptions& all) const {
    all.regularization = options.regularization.strength;
    prior().resolve(options.regularization, all);
  }
};

/// The bindings of each options struct.
template <class Options>
auto bindings();

template <>
auto bindings<LmnnOptions>() {
  using O = LmnnOptions;
  using G = MethodOptions;
  return std::tuple(bind(&G::neighbors, &O::neighbors), bind(&G::impostors, &O::impostors), bind(&G::mu, &O::mu),
                    bind(&G::perturbation, &O::perturbation), bind(&G::rank, &O::rank), bind(&G::refresh, &O::refresh),
                    bind(&G::max_iterations, &O::max_iterations), bind(&G::tolerance, &O::tolerance));
}

template <>
auto bindings<ScmlOptions>() {
  using O = ScmlOptions;
  using G = MethodOptions;
  return std::tuple(bind(&G::neighbors, &O::neighbors), bind(&G::impostors, &O::impostors), bind(&G::basis, &O::basis),
                    bind(&G::sparsity, &O::sparsity), bind(&G::perturbation, &O::perturbation),
                    bind(&G::batch, &O::batch), bind(&G::max_iterations, &O::max_iterations),
                    bind(&G::tolerance, &O::tolerance));
}

template <>
auto bindings<NcaOptions>() {
  using O = NcaOptions;
  using G = MethodOptions;
  return std::tuple(bind(&G::rank, &O::rank), bind(&G::perturbation, &O::perturbation),
                    bind(&G::neighbors, &O::neighbors), bind(&G::impostors, &O::impostors), bind(&G::batch, &O::batch),
                    bind(&G::max_iterations, &O::max_iterations), bind(&G::tolerance, &O::tolerance));
}

template <>
auto bindings<ArmlOptions>() {
  using O = ArmlOptions;
  using G = MethodOptions;
  return std::tuple(bind(&G::neighbors, &O::neighbors), bind(&G::impostors, &O::impostors), bind(&G::draws, &O::draws),
                    bind(&G::margin, &O::margin), bind(&G::perturbation, &O::perturbation), bind(&G::rank, &O::rank),
                    bind(&G::refresh, &O::refresh), bind(&G::max_iterations, &O::max_iterations),
                    bind(&G::tolerance, &O::tolerance));
}

template <>
auto bindings<GmmlOptions>() {
  return std::tuple(bind(&MethodOptions::t, &GmmlOptions::t), RegularizationBinding<GmmlOptions>{});
}

template <>
auto bindings<AmlOptions>() {
  using O = AmlOptions;
  using G = MethodOptions;
  return std::tuple(
      bind(&G::alpha, &O::alpha), bind(&G::beta, &O::beta),
      ChoiceBinding<O, O::Solver>{
          &G::solver, &O::solver, {{"bilevel", O::Solver::bilevel}, {"alternating", O::Solver::alternating}}},
      RegularizationBinding<O>{}, bind(&G::max_iterations, &O::max_iterations), bind(&G::tolerance, &O::tolerance));
}

template <class Options>
Options own_options(const MethodOptions& given) {
  Options options;
  std::apply([&](const auto&... binding) { (binding.apply(given, options), ...); }, bindings<Options>());
  return options;
}

template <class Options>
MethodOptions resolved(const MethodOptions& given) {
  const Options options = own_options<Options>(given);
  MethodOptions all;
  std::apply([&](const auto&... binding) { (binding.resolve(options, all), ...); }, bindings<Options>());
  return all;
}

/// The fit of a method that takes its own options, as the table has it.
template <class Options, Fit (*fit)(const MatrixView&, const Supervision&, const Options&, const FitContext&)>
Fit with_own_options(const MatrixView& x, const Supervision& supervision, const MethodOptions& options,
                     const FitContext& context) {
  return fit(x, supervision, own_options<Options>(options), context);
}

const std::vector<Method>& table() {
  static const std::vector<Method> all = {
      {"euclidean",
       "the Euclidean distance on the preprocessed rows: the baseline, nothing is learned",
       true,
       true,
       {},
       {},
       [](const MethodOptions&) { return MethodOptions{}; },
       [](const MatrixView& x, const Supervision& supervision, const MethodOptions&, const FitContext&) {
         return fit_euclidean(x, supervision);
       }},
      {"lmnn",
       "large margin nearest neighbour; with --perturbation, a metric whose predictions hold under perturbation",
       false,
       true,
       {"neighbors", "impostors", "mu", "perturbation", "rank", "refresh", "max-iterations", "tolerance"},
       {{"mu", 0.05, 0.8, false}, {"perturbation.weight", 1e-3, 1e1, true}, {"perturbation.margin", 0.3, 3.0, true}},
       resolved<LmnnOptions>,
       with_own_options<LmnnOptions, fit_lmnn>},
      {"scml",
       "sparse compositional: a weighted few of many directions that separate classes somewhere; low rank",
       false,
       true,
       {"neighbors", "impostors", "basis", "sparsity", "perturbation", "batch", "max-iterations", "tolerance"},
       {{"basis", 50, 1000, true},
        {"sparsity", 1e-5, 1e-1, true},
        {"perturbation.weight", 1e-3, 1e1, true},
        {"perturbation.margin", 0.3, 3.0, true}},
       resolved<ScmlOptions>,
       with_own_options<ScmlOptions, fit_scml>},
      {"gmml",
       "geometric mean: closed form over all similar and dissimilar pairs, the fastest",
       true,
       false,
       {"t", "regularization", "prior"},
       {{"t", 0.0, 1.0, false}, {"regularization", 1e-4, 1.0, true}},
       resolved<GmmlOptions>,
       with_own_options<GmmlOptions, fit_gmml>},
      {"aml",
       "adversarial metric learning: pairs, and the pairs that an adversary makes of them to fool the metric",
       true,
       false,
       {"alpha", "beta", "solver", "regularization", "prior", "max-iterations", "tolerance"},
       {{"alpha", 1e-2, 1e2, true}, {"beta", 1e-2, 1e2, true}, {"regularization", 1e-4, 1.0, true}},
       resolved<AmlOptions>,
       with_own_options<AmlOptions, fit_aml>},
      {"nca",
       "neighbourhood components analysis: the expected accuracy of a random near neighbour",
       false,
       false,
       {"rank", "perturbation", "neighbors", "impostors", "batch", "max-iterations", "tolerance"},
       {{"max-iterations", 3, 300, true},
        {"perturbation.weight", 1e-3, 1e1, true},
        {"perturbation.margin", 0.3, 3.0, true}},
       resolved<NcaOptions>,
       with_own_options<NcaOptions, fit_nca>},
      {"arml",
       "adversarially robust: the largest mean distance from a row to its nearest adversarial example",
       false,
       true,
       {"neighbors", "impostors", "draws", "margin", "perturbation", "rank", "refresh", "max-iterations", "tolerance"},
       {{"neighbors", 2, 20, true}, {"impostors", 2, 20, true}},
       resolved<ArmlOptions>,
       with_own_options<ArmlOptions, fit_arml>},
  };
  return all;
}

}  // namespace

std::span<const Method> methods() {
  return table();
}

const Method& find_method(std::string_view name, std::span<const std::string> beside) {
  for (const Method& method : table()) {
    if (method.name == name) return method;
  }
  std::string names;
  for (const Method& method : table()) names += (names.empty() ? "" : ", ") + std::string(method.name);
  for (const std::string& other : beside) names += ", " + other;
  throw InputError(fmt::format("method \"{}\": must be one of {} (holdfast fit --list describes them)", name, names));
}

bool has_option(const Method& method, std::string_view option) {
  return std::find(method.options.begin(), method.options.end(), option) != method.options.end();
}

std::vector<std::string_view> options_without_effect(const Method& method, const MethodOptions& options) {
  std::vector<std::string_view> names;
  for (const OptionInfo& info : all_options()) {
    if (is_set(options, info) && !has_option(method, info.name)) names.push_back(info.name);
  }
  return names;
}

OptionTexts option_texts(const Method& method, const MethodOptions& options) {
  const MethodOptions all = method.resolve(options);
  OptionTexts texts;
  for (const std::string_view name : method.options) {
    const OptionInfo& info = option(name);
    if (is_set(all, info)) texts.emplace_back(name, text_of(all, info));
  }
  return texts;
}

}  // namespace holdfast::learners
