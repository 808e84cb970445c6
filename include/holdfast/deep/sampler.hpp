// Which images make a batch.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast::deep {

struct SamplerOptions {
  Index batch = 128;
  Index classes = 0;  ///< P, classes in a batch; 0: all, as long as each has four images
};

/// Class-balanced batches, P classes with K = batch / P images each (Hermans et al. 2017): every anchor meets
/// positives, however many classes there are. A class with fewer than K images is in with all it has. Classes take
/// turns in a random order, and so do the images of each. An epoch is as many images as there are.
class BalancedSampler {
 public:
  /// `codes`: the class of each image. Throws InputError where there are fewer than two classes, no class has two
  /// images, or the batch is too small for P x 2.
  BalancedSampler(std::span<const int> codes, const SamplerOptions& options);

  /// The batches of an epoch: they follow from seed and epoch alone, so that training can be taken up at any of them.
  [[nodiscard]] std::vector<std::vector<Index>> epoch(std::uint64_t seed, Index epoch) const;
  [[nodiscard]] Index batches_an_epoch() const { return batches_; }
  [[nodiscard]] Index classes_a_batch() const { return classes_; }
  [[nodiscard]] Index images_a_class() const { return per_class_; }

 private:
  std::vector<std::vector<Index>> members_;  ///< of each class that has any
  Index classes_ = 0;
  Index per_class_ = 0;
  Index batches_ = 0;
};

}  // namespace holdfast::deep
