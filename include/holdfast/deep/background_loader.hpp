// Batches of images as tensors, prefetched in the background.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <deque>
#include <future>
#include <span>
#include <vector>

#include "holdfast/core/option_table.hpp"
#include "holdfast/deep/image_set.hpp"

namespace holdfast::deep {

/// Random changes of training images that keep their class: the network learns to ignore the changes.
struct Augmentation {
  Index crop = 0;     ///< largest shift in pixels, in each direction; black pixels fill the border
  bool flip = false;  ///< half of the images are mirrored
};
[[nodiscard]] const OptionTable<Augmentation>& augmentation_options();

/// n x c x h x w float32 in [0, 1]. With augmentation, the change of image i of the batch depends on seed, stream and i
/// alone.
[[nodiscard]] torch::Tensor batch_of(const ImageSet& images, std::span<const Index> rows,
                                     const Augmentation& augmentation = {}, std::uint64_t seed = 0,
                                     std::uint64_t stream = 0);

/// Prefetches batches in the given order: one in the background, or up to four at once if images are decoded from
/// files.
class BackgroundLoader {
 public:
  /// Batch i is augmented with the random stream `first_stream` + i. `images` must outlive the loader.
  BackgroundLoader(const ImageSet& images, std::vector<std::vector<Index>> batches, const Augmentation& augmentation,
                   std::uint64_t seed, std::uint64_t first_stream);
  BackgroundLoader(ImageSet&&, std::vector<std::vector<Index>>, const Augmentation&, std::uint64_t,
                   std::uint64_t) = delete;
  BackgroundLoader(const BackgroundLoader&) = delete;
  BackgroundLoader& operator=(const BackgroundLoader&) = delete;

  /// The next batch; call it once per batch. Rethrows the exception that reading an image threw.
  [[nodiscard]] torch::Tensor next();
  [[nodiscard]] const std::vector<std::vector<Index>>& batches() const { return batches_; }

 private:
  void prefetch();

  const ImageSet& images_;
  const std::vector<std::vector<Index>> batches_;
  const Augmentation augmentation_;
  const std::uint64_t seed_;
  const std::uint64_t first_stream_;
  const std::size_t most_ahead_;
  std::size_t begun_ = 0;
  std::deque<std::future<torch::Tensor>> ahead_;  ///< destroyed first: a future of std::async waits for its thread
};

}  // namespace holdfast::deep
