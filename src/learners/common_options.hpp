// Descriptors of the options that several learners have, each written once.
#pragma once

#include <string>
#include <utility>

#include "holdfast/constraints/class_neighbors.hpp"
#include "holdfast/core/option_table.hpp"
#include "holdfast/learners/perturbation.hpp"
#include "holdfast/learners/regularization.hpp"
#include "holdfast/learners/start.hpp"

namespace holdfast::learners {

[[nodiscard]] constexpr SearchRange logarithmic(double low, double high) {
  return {low, high, SearchRange::Scale::logarithmic};
}

/// The option as one of finding pairs or triplets by labels.
[[nodiscard]] inline OptionInfo with_labels(OptionInfo info) {
  info.needs_labels = true;
  return info;
}

[[nodiscard]] inline OptionInfo neighbors_option(std::optional<SearchRange> search = {}) {
  return with_labels(count("neighbors", "target neighbours per row: nearest rows of its class", at_least(1), search));
}

[[nodiscard]] inline OptionInfo impostors_option(std::optional<SearchRange> search = {}) {
  return with_labels(count("impostors", "impostors per row: nearest rows of other classes", at_least(1), search));
}

enum class Tuned { no, yes };

template <class S>
[[nodiscard]] Option<S> perturbation_option(std::optional<Perturbation> S::*field, Tuned tuned) {
  const auto range = [&](double low, double high) {
    return tuned == Tuned::yes ? std::optional(logarithmic(low, high)) : std::nullopt;
  };
  return {
      {.name = "perturbation",
       .placeholder = "W[,M]|auto",
       .help =
           "the perturbation loss: WEIGHT or WEIGHT,MARGIN (in preprocessed units); auto chooses the weight on rows "
           "left out and derives the margin, auto*0.1 takes a tenth of the derived value, off leaves it out",
       .form = "must be auto, off, WEIGHT or WEIGHT,MARGIN, such as 10 or 10,0.5; either may be auto, or a multiple "
               "of it such as auto*0.1",
       .parts = {{.name = "weight",
                  .bound = at_least(0.0, "must be a number of at least 0"),
                  .search = range(1e-3, 1e1)},
                 {.name = "margin", .bound = above(0.0), .search = range(0.3, 3.0)}},
       .kind = OptionKind::derivables},
      [field](const S& s) { return s.*field ? std::optional<OptionValue>(Derivables(*(s.*field))) : std::nullopt; },
      [field](S& s, const OptionValue& value) { s.*field = Perturbation::of(std::get<Derivables>(value)); }};
}

/// Its bound depends on the data: `validate` in fitting.hpp.
[[nodiscard]] inline OptionInfo rank_option() {
  return {.name = "rank", .placeholder = "R", .help = "rows of L, the dimension of mapped rows; 0: all columns"};
}

template <class S>
[[nodiscard]] Option<S> start_option(Start S::*field) {
  return {
      word("init",
           "L at the start: identity, pca, lda (labels only) or random; auto: identity, or, for a smaller rank, lda "
           "if there are more classes than rows of L, else pca"),
      field,
      {{"auto", Start::automatic},
       {"identity", Start::identity},
       {"pca", Start::pca},
       {"lda", Start::lda},
       {"random", Start::random}}};
}

[[nodiscard]] inline OptionInfo refresh_option() {
  return with_labels(count("refresh", "look for new neighbours under the metric every N iterations; 0: never",
                           at_least(0, "must be at least 0 iterations (0: never)")));
}

[[nodiscard]] inline OptionInfo batch_option(
    std::string help = "rows per step; 0: all rows if they are few, else mini-batches") {
  return count("batch", std::move(help), at_least(0, "must be at least 1 row (0: chosen by the size of the data)"));
}

template <class S>
[[nodiscard]] Option<S> search_option(constraints::Search S::*field) {
  return {
      with_labels(word("search",
                       "neighbours of 10,000 rows or more: exact, or approximate, which finds about 99 % of them and "
                       "says how many",
                       "KIND")),
      field,
      {{"exact", constraints::Search::exact}, {"approximate", constraints::Search::approximate}}};
}

/// For learners over pairs that are drawn if there are labels.
[[nodiscard]] inline OptionInfo constraints_option(std::optional<SearchRange> search = {}) {
  return with_labels(
      count("constraints",
            "similar and dissimilar pairs drawn by label, as many of each; 0: 20 times the square of the number of "
            "classes",
            at_least(0, "must be at least 1 (0: chosen by the number of classes)"), search));
}

template <class S>
[[nodiscard]] Option<S> prior_option(Prior S::*field,
                                     const std::string& what = "the metric that the learned one stays close to") {
  return {word("prior", what + ": identity, covariance, or random (drawn by the seed)"),
          field,
          {{"identity", Prior::identity}, {"covariance", Prior::covariance}, {"random", Prior::random}}};
}

[[nodiscard]] inline OptionInfo max_iterations_option(std::optional<SearchRange> search = {}) {
  return count("max-iterations", "largest number of iterations", at_least(1), search);
}

[[nodiscard]] inline OptionInfo tolerance_option() {
  return number("tolerance", "stop when the relative decrease of the objective over five iterations is below this",
                {[](double value) { return value > 0.0 && value < 1.0; }, "must be above 0 and below 1"});
}

}  // namespace holdfast::learners
