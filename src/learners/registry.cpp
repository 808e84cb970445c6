#include "holdfast/learners/registry.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"
#include "holdfast/learners/aml.hpp"
#include "holdfast/learners/arml.hpp"
#include "holdfast/learners/covariance.hpp"
#include "holdfast/learners/euclidean.hpp"
#include "holdfast/learners/gmml.hpp"
#include "holdfast/learners/itml.hpp"
#include "holdfast/learners/lfda.hpp"
#include "holdfast/learners/lmnn.hpp"
#include "holdfast/learners/lsml.hpp"
#include "holdfast/learners/mlkr.hpp"
#include "holdfast/learners/mmc.hpp"
#include "holdfast/learners/nca.hpp"
#include "holdfast/learners/prototypes.hpp"
#include "holdfast/learners/rca.hpp"
#include "holdfast/learners/scml.hpp"
#include "holdfast/learners/sdml.hpp"

namespace holdfast::learners {
namespace {

using constraints::Supervision;
using enum SupervisionKind;

/// The row with the learner's table of options, and its fit with options by name.
template <class Options>
Method row(Method method, Fit (*fit)(const MatrixView&, const Supervision&, const Options&, const FitContext&)) {
  method.options = &Options::table();
  method.fit = [fit](const MatrixView& x, const Supervision& supervision, const OptionSet& options,
                     const FitContext& context) {
    return fit(x, supervision, Options::table().apply(options), context);
  };
  return method;
}

}  // namespace

std::span<const Method> methods() {
  static const std::vector<Method> all = {
      row({.name = "euclidean",
           .summary = "the Euclidean distance on the preprocessed rows: the baseline, nothing is learned",
           .learns_from = {labels, pairs, triplets, chunks, quadruplets}},
          fit_euclidean),
      row({.name = "lmnn",
           .summary =
               "large margin nearest neighbour; with the perturbation loss, a metric whose predictions hold under "
               "perturbation",
           .learns_from = {labels, triplets},
           .takes_weights = true},
          fit_lmnn),
      row({.name = "scml",
           .summary = "sparse compositional: a sparse combination of locally discriminative directions; low rank",
           .learns_from = {labels, triplets}},
          fit_scml),
      row<GmmlOptions>({.name = "gmml",
                        .summary = "geometric mean: closed form over all similar and dissimilar pairs, the fastest",
                        .learns_from = {labels, pairs},
                        .takes_weights = true},
                       fit_gmml),
      row<AmlOptions>(
          {.name = "aml",
           .summary = "adversarial metric learning: pairs, and the pairs that an adversary makes of them to fool the "
                      "metric",
           .learns_from = {labels, pairs}},
          fit_aml),
      row({.name = "nca",
           .summary = "neighbourhood components analysis: the expected accuracy of a random near neighbour",
           .takes_weights = true,
           .needs_classes = false},
          fit_nca),
      row({.name = "arml",
           .summary = "adversarially robust: the largest mean distance from a row to its nearest adversarial example",
           .learns_from = {labels, triplets}},
          fit_arml),
      row({.name = "prototypes",
           .summary =
               "learned prototypes: few reference rows whose predictions hold under perturbation, exact and fast "
               "to certify"},
          fit_prototypes),
      row({.name = "covariance",
           .summary = "the Mahalanobis distance: the inverse covariance of the rows, a baseline that ignores labels",
           .learns_from = {labels, pairs, triplets, chunks, quadruplets}},
          fit_covariance),
      row({.name = "lfda",
           .summary =
               "local Fisher discriminant analysis: directions that separate classes of several clusters; closed form"},
          fit_lfda),
      row({.name = "rca",
           .summary = "relevant component analysis: the inverse covariance within chunks of rows that belong together",
           .learns_from = {labels, chunks}},
          fit_rca),
      row({.name = "itml",
           .summary =
               "information-theoretic: bounds on the distances of pairs, as close to a prior metric as they allow",
           .learns_from = {labels, pairs}},
          fit_itml),
      row({.name = "mmc",
           .summary = "Mahalanobis metric for clustering: the largest distances of dissimilar pairs for given squared "
                      "distances of similar ones",
           .learns_from = {labels, pairs}},
          fit_mmc),
      row({.name = "lsml",
           .summary = "least squared residual: comparisons of two distances, as close to a prior metric as they allow",
           .learns_from = {labels, quadruplets}},
          fit_lsml),
      row({.name = "sdml",
           .summary = "sparse distance metric: pairs, and a metric most of whose interactions of columns are zero",
           .learns_from = {labels, pairs}},
          fit_sdml),
      row({.name = "mlkr",
           .summary = "kernel regression: labels that are quantities, predicted by the mean of near rows",
           .task = model::Task::regression,
           .needs_classes = false},
          fit_mlkr),
  };
  return all;
}

std::string_view name(SupervisionKind kind) {
  static constexpr std::string_view names[] = {"labels", "pairs", "triplets", "chunks", "quadruplets"};
  return names[static_cast<std::size_t>(kind)];
}

bool Method::learns(SupervisionKind kind) const { return std::ranges::find(learns_from, kind) != learns_from.end(); }

const Method& find_method(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Method& method : methods()) {
    if (method.name == name) return method;
    names.push_back(method.name);
  }
  throw InputError(Fault{.field = "method",
                         .value = fmt::format("\"{}\"", name),
                         .rule = fmt::format("must be one of {}", fmt::join(names, ", "))});
}

std::vector<std::string_view> methods_that_learn_from(SupervisionKind kind) {
  std::vector<std::string_view> names;
  for (const Method& method : methods()) {
    if (method.learns(kind) && !method.options->options().empty()) names.push_back(method.name);
  }
  return names;
}

void require_known(const OptionSet& options) {
  for (const auto& [name, value] : options) {
    const auto has_it = [&, &wanted = name](const Method& method) { return method.options->find(wanted) != nullptr; };
    if (std::ranges::none_of(methods(), has_it))
      throw InputError(Fault{.field = name, .rule = "no method has an option of this name"});
  }
}

void refuse_supervision(std::string_view method, const Supervision& given) {
  const auto kind = static_cast<SupervisionKind>(given.index());
  const std::vector<std::string_view> others = methods_that_learn_from(kind);
  std::vector<std::string_view> own;
  for (const SupervisionKind known : find_method(method).learns_from) own.push_back(name(known));
  throw InputError(Fault{
      .rule = fmt::format("{} learns from {}, not from {}", method, join_list(own, "or"), name(kind)),
      .remedy =
          fmt::format("{} {} from {}", join_list(others, "and"), others.size() == 1 ? "learns" : "learn", name(kind))});
}

}  // namespace holdfast::learners
