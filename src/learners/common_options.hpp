// Descriptors of the options that several learners have, each written once.
#pragma once

#include <string>
#include <utility>

#include "holdfast/core/option_table.hpp"
#include "holdfast/learners/perturbation.hpp"

namespace holdfast::learners {

template <class S>
[[nodiscard]] Option<S> neighbors_option(Index S::*field, std::optional<SearchRange> search = {}) {
  return {{.name = "neighbors",
           .placeholder = "N",
           .help = "target neighbours per row: nearest rows of its class",
           .bound = at_least(1),
           .search = search},
          field};
}

template <class S>
[[nodiscard]] Option<S> impostors_option(Index S::*field, std::optional<SearchRange> search = {}) {
  return {{.name = "impostors",
           .placeholder = "N",
           .help = "impostors per row: nearest rows of other classes",
           .bound = at_least(1),
           .search = search},
          field};
}

enum class Tuned { no, yes };

template <class S>
[[nodiscard]] Option<S> perturbation_option(std::optional<Perturbation> S::*field, Tuned tuned) {
  const auto range = [&](double low, double high) {
    return tuned == Tuned::yes ? std::optional(SearchRange{low, high, SearchRange::Scale::logarithmic}) : std::nullopt;
  };
  return {
      {.name = "perturbation",
       .placeholder = "W[,M]|auto",
       .help = "the perturbation loss: WEIGHT or WEIGHT,MARGIN (in preprocessed units); auto derives both from the "
               "data, auto*0.1 takes a tenth of the derived value, off leaves it out",
       .form = "must be auto, off, WEIGHT or WEIGHT,MARGIN, such as 10 or 10,0.5; either may be auto, or a multiple "
               "of it such as auto*0.1",
       .parts = {{.name = "weight",
                  .bound = at_least(0.0, "must be a number of at least 0"),
                  .search = range(1e-3, 1e1)},
                 {.name = "margin", .bound = above(0.0), .search = range(0.3, 3.0)}}},
      field};
}

/// Its bound depends on the data: require_rank.
template <class S>
[[nodiscard]] Option<S> rank_option(Index S::*field) {
  return {{.name = "rank", .placeholder = "R", .help = "rows of L, the dimension of mapped rows; 0: all columns"},
          field};
}

template <class S>
[[nodiscard]] Option<S> refresh_option(Index S::*field) {
  return {{.name = "refresh",
           .placeholder = "N",
           .help = "look for new neighbours under the metric every N iterations; 0: never",
           .bound = at_least(0, "must be at least 0 iterations (0: never)")},
          field};
}

template <class S>
[[nodiscard]] Option<S> batch_option(Index S::*field) {
  return {{.name = "batch",
           .placeholder = "N",
           .help = "rows per step; 0: all rows if they are few, else mini-batches",
           .bound = at_least(0, "must be at least 1 row (0: chosen by the size of the data)")},
          field};
}

template <class S>
[[nodiscard]] Option<S> max_iterations_option(Index S::*field, std::optional<SearchRange> search = {}) {
  return {{.name = "max-iterations",
           .placeholder = "N",
           .help = "largest number of iterations",
           .bound = at_least(1),
           .search = search},
          field};
}

template <class S>
[[nodiscard]] Option<S> tolerance_option(double S::*field) {
  return {{.name = "tolerance",
           .placeholder = "X",
           .help = "stop when the relative decrease of the objective over five iterations is below this",
           .bound = {[](double value) { return value > 0.0 && value < 1.0; }, "must be above 0 and below 1"}},
          field};
}

}  // namespace holdfast::learners
