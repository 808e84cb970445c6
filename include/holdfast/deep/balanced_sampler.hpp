// Class-balanced batches.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "holdfast/core/option_table.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast::deep {

struct SamplerOptions {
  Index batch = 128;  ///< images per batch
  Index classes = 0;  ///< P, classes per batch; 0: all, as long as each has four images
};
[[nodiscard]] const OptionTable<SamplerOptions>& sampler_options();

/// Batches of P classes with K = batch / P images each (Hermans et al. 2017): every anchor meets positives, however
/// many classes there are. A class with fewer than K images contributes all it has. Classes take turns in random order,
/// and so do the images of each class. An epoch has about as many images as the training set.
class BalancedSampler {
 public:
  /// `codes`: the class of each image. Throws InputError if there are fewer than two classes, no class has two images,
  /// or the batch is too small for P x 2.
  BalancedSampler(std::span<const int> codes, const SamplerOptions& options);

  /// The batches of an epoch. They depend on seed and epoch alone, so that training can resume at any epoch.
  [[nodiscard]] std::vector<std::vector<Index>> epoch(std::uint64_t seed, Index epoch) const;
  [[nodiscard]] Index batches_per_epoch() const { return batches_; }
  [[nodiscard]] Index classes_per_batch() const { return classes_; }
  [[nodiscard]] Index images_per_class() const { return per_class_; }

 private:
  std::vector<std::vector<Index>> members_;  ///< rows of each class that has any
  Index classes_ = 0;
  Index per_class_ = 0;
  Index batches_ = 0;
};

}  // namespace holdfast::deep
