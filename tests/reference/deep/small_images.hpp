// Image sets for tests: classes that a small network tells apart in a second.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "holdfast/core/random.hpp"
#include "holdfast/deep/image_set.hpp"

namespace holdfast::reference {

/// n images of 12 x 12 pixels in `classes` classes: a bright bar whose place tells the class, on noise.
inline deep::ImageSet bars(Index n, int classes, std::uint64_t seed, Index channels = 1) {
  const deep::ImageShape shape{channels, 12, 12};
  std::vector<std::uint8_t> pixels;
  std::vector<std::string> labels;
  Random random(seed);
  for (Index image = 0; image < n; ++image) {
    const int label = static_cast<int>(image % classes);
    labels.push_back("bar" + std::to_string(label));
    for (Index channel = 0; channel < channels; ++channel) {
      for (Index row = 0; row < 12; ++row) {
        for (Index column = 0; column < 12; ++column) {
          const bool in_bar = column / 2 == label % 6;
          pixels.push_back(static_cast<std::uint8_t>((in_bar ? 110 : 40) + random.below(90)));
        }
      }
    }
  }
  return {shape, std::move(pixels), encode_labels(labels), "bars"};
}

}  // namespace holdfast::reference
