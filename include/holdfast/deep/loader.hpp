// Batches of images as tensors, made in the background.
#pragma once

#include <torch/types.h>

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <map>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "holdfast/deep/image_set.hpp"

namespace holdfast::deep {

/// Random changes of training images that leave their class: the network learns to ignore them.
struct Augmentation {
  Index crop = 0;     ///< shifts by up to so many pixels either way; what comes in is black
  bool flip = false;  ///< left and right exchanged, for half of the images

  [[nodiscard]] bool any() const { return crop > 0 || flip; }
};

/// n x c x h x w float32 in [0, 1]. With augmentation, the changes of the image at place i of the batch follow from
/// seed, stream and i alone.
[[nodiscard]] torch::Tensor batch_of(const ImageSet& images, std::span<const Index> rows,
                                     const Augmentation& augmentation = {}, std::uint64_t seed = 0,
                                     std::uint64_t stream = 0);

/// Makes the given batches one after the other, ahead of the one who takes them. A thread of its own does it, or as
/// many as the library uses where images are decoded.
class BackgroundLoader {
 public:
  /// Batch i is augmented with stream `first_stream` + i. `images` must outlive the loader.
  BackgroundLoader(const ImageSet& images, std::vector<std::vector<Index>> batches, const Augmentation& augmentation,
                   std::uint64_t seed, std::uint64_t first_stream);
  ~BackgroundLoader();
  BackgroundLoader(const BackgroundLoader&) = delete;
  BackgroundLoader& operator=(const BackgroundLoader&) = delete;

  /// The next batch. Throws what making it threw. To be called once for each batch.
  [[nodiscard]] torch::Tensor next();
  [[nodiscard]] const std::vector<Index>& rows(std::size_t batch) const { return batches_[batch]; }

 private:
  void work();

  const ImageSet& images_;
  std::vector<std::vector<Index>> batches_;
  Augmentation augmentation_;
  std::uint64_t seed_;
  std::uint64_t first_stream_;

  std::mutex mutex_;
  std::condition_variable room_;
  std::condition_variable made_;
  std::map<std::size_t, torch::Tensor> ready_;
  std::exception_ptr failure_;
  std::size_t begun_ = 0;  // batches that a thread has taken up
  std::size_t taken_ = 0;
  bool ends_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace holdfast::deep
