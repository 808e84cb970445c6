#include "deep/validation_split.hpp"

#include <algorithm>

namespace holdfast::deep {

evaluate::Split validation_split(const Labels& labels, double share, Random random) {
  constexpr Index most = 5'000;
  share = std::min(share, static_cast<double>(most) / static_cast<double>(labels.size()));
  std::vector<Index> wanted;  // by class
  for (const Index count : class_counts(labels)) {
    const auto held = static_cast<Index>(share * static_cast<double>(count) + 0.5);
    wanted.push_back(held >= 2 && count - held >= 2 ? held : 0);
  }
  std::vector<bool> is_held(static_cast<std::size_t>(labels.size()), false);
  for (const Index image : random.permutation(labels.size())) {
    Index& left = wanted[static_cast<std::size_t>(labels.codes[static_cast<std::size_t>(image)])];
    if (left == 0) continue;
    --left;
    is_held[static_cast<std::size_t>(image)] = true;
  }
  evaluate::Split split;
  for (Index image = 0; image < labels.size(); ++image) {
    (is_held[static_cast<std::size_t>(image)] ? split.test : split.train).push_back(image);
  }
  return split;
}

}  // namespace holdfast::deep
