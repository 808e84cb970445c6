// The methods that train networks, by the names that users call them by. Knows no LibTorch, so that a program built
// without the deep module can say what it lacks.
#pragma once

#include <array>
#include <string_view>

namespace holdfast::deep {

/// A method is a metric loss, given by some of its options.
struct Method {
  std::string_view name;
  std::string_view summary;
  std::string_view form;      ///< of MetricLossOptions; empty: cross-entropy alone
  std::string_view geometry;  ///< empty: the trade-off between distance and divergence is free

  /// True if the method is what it is by the value of this option.
  [[nodiscard]] constexpr bool fixes(std::string_view option) const {
    const bool is_free = geometry.empty() && !form.empty();
    return !is_free && (option == "trade-off" || option == "form");
  }
};

inline constexpr std::array<Method, 8> methods = {
    {{"hybrid", "network; distance and divergence of embeddings at once (Li and Ralescu 2023)", "triplet", ""},
     {"triplet", "network; triplet loss (Schroff et al. 2015)", "triplet", "euclidean"},
     {"contrastive", "network; contrastive loss (Hadsell et al. 2006)", "contrastive", "euclidean"},
     {"nt-xent", "network; normalised temperature-scaled cross-entropy of pairs (Chen et al. 2020)", "n-pair",
      "cosine"},
     {"soft-neighbour", "network; soft nearest neighbour loss (Frosst et al. 2019)", "soft-neighbour",
      "squared-euclidean"},
     {"multi-similarity", "network; multi-similarity loss (Wang et al. 2019)", "multi-similarity", "cosine"},
     {"proxy-anchor", "network; proxy-anchor loss (Kim et al. 2020)", "proxy-anchor", "cosine"},
     {"cross-entropy", "network; a classifier's loss, its last layer's input as embedding", "", ""}}};

/// Null if there is no method of that name.
[[nodiscard]] constexpr const Method* find_method(std::string_view name) {
  for (const Method& method : methods) {
    if (method.name == name) return &method;
  }
  return nullptr;
}

}  // namespace holdfast::deep
