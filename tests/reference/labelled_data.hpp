// Small labelled data sets for tests, made or shipped.
#pragma once

#include <filesystem>
#include <string>

#include "holdfast/constraints/pairs.hpp"
#include "holdfast/constraints/scatters.hpp"
#include "holdfast/core/dataset.hpp"
#include "holdfast/io/dataset_file.hpp"
#include "reference/random_data.hpp"

namespace holdfast::reference {

/// `classes` Gaussian clouds in d dimensions, with a few noisy columns; learnable but not trivial.
inline Dataset clouds(Index rows, Index dimension, int classes, std::uint64_t seed) {
  Dataset data;
  data.x = random_normal(rows, dimension, seed);
  std::vector<std::string> texts;
  for (Index row = 0; row < rows; ++row) {
    const int label = static_cast<int>((row * 7 + row / 3) % classes);
    data.x(row, label % dimension) += 2.5;
    texts.emplace_back("c") += std::to_string(label);
  }
  data.labels = encode_labels(texts);
  data.source = "clouds";
  return data;
}

/// What most tests of learners learn from: three clouds of 120 rows.
inline const Dataset& three_clouds() {
  static const Dataset made = clouds(120, 5, 3, 1);
  return made;
}

/// Similar and dissimilar pairs of the clouds, drawn by label.
inline constraints::PairSet pairs_of_clouds() {
  Random random(2);
  return constraints::sample_pairs(*three_clouds().labels, 200, random);
}

/// The scatters of all pairs of 200 rows in three clouds.
inline constraints::Scatters scatters_of_clouds(Index dimension = 6) {
  const Dataset data = clouds(200, dimension, 3, 1);
  return constraints::scatters_from_labels(data.x, *data.labels);
}

/// A data set that ships with the program: digits, wine, breast_cancer or iris.
inline Dataset shipped(const std::string& name) {
  return io::read_dataset(std::filesystem::path(HOLDFAST_SOURCE_DIR) / "data" / (name + ".csv.gz"));
}

}  // namespace holdfast::reference
