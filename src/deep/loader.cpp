#include "holdfast/deep/loader.hpp"

#include <algorithm>

#include "holdfast/core/parallel.hpp"
#include "holdfast/core/random.hpp"

namespace holdfast::deep {
namespace {

/// Batches that may be ready before they are taken.
constexpr std::size_t ahead = 4;

/// One image, moved by (down, right) pixels and mirrored, as numbers in [0, 1].
void place(const std::uint8_t* from, const ImageShape& shape, Index down, Index right, bool mirrored, float* to) {
  for (Index channel = 0; channel < shape.channels; ++channel) {
    for (Index row = 0; row < shape.height; ++row) {
      const Index source_row = row - down;
      const bool is_inside = source_row >= 0 && source_row < shape.height;
      const std::uint8_t* line = from + (channel * shape.height + (is_inside ? source_row : 0)) * shape.width;
      for (Index column = 0; column < shape.width; ++column) {
        Index source = column - right;
        if (mirrored) source = shape.width - 1 - source;
        const bool is_there = is_inside && source >= 0 && source < shape.width;
        *to++ = is_there ? static_cast<float>(line[source]) * (1.0F / 255.0F) : 0.0F;
      }
    }
  }
}

}  // namespace

torch::Tensor batch_of(const ImageSet& images, std::span<const Index> rows, const Augmentation& augmentation,
                       std::uint64_t seed, std::uint64_t stream) {
  const ImageShape& shape = images.shape();
  torch::Tensor batch =
      torch::empty({static_cast<std::int64_t>(rows.size()), shape.channels, shape.height, shape.width});
  float* to = batch.data_ptr<float>();
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(shape.size()));
  Random random(seed, stream);
  for (const Index row : rows) {
    images.read(row, bytes.data());
    const Index down = augmentation.crop > 0 ? random.below(2 * augmentation.crop + 1) - augmentation.crop : 0;
    const Index right = augmentation.crop > 0 ? random.below(2 * augmentation.crop + 1) - augmentation.crop : 0;
    place(bytes.data(), shape, down, right, augmentation.flip && random.below(2) == 1, to);
    to += shape.size();
  }
  return batch;
}

BackgroundLoader::BackgroundLoader(const ImageSet& images, std::vector<std::vector<Index>> batches,
                                   const Augmentation& augmentation, std::uint64_t seed, std::uint64_t first_stream)
    : images_(images),
      batches_(std::move(batches)),
      augmentation_(augmentation),
      seed_(seed),
      first_stream_(first_stream) {
  const int threads = images.in_memory() ? 1 : thread_count();
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

BackgroundLoader::~BackgroundLoader() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  room_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void BackgroundLoader::work() {
  for (;;) {
    std::size_t at = 0;
    {
      std::unique_lock lock(mutex_);
      room_.wait(lock, [&] { return ends_ || begun_ == batches_.size() || begun_ < taken_ + ahead; });
      if (ends_ || begun_ == batches_.size()) return;
      at = begun_++;
    }
    torch::Tensor batch;
    std::exception_ptr failure;
    try {
      batch = batch_of(images_, batches_[at], augmentation_, seed_, first_stream_ + at);
    } catch (...) {
      failure = std::current_exception();
    }
    {
      const std::lock_guard lock(mutex_);
      if (failure) failure_ = failure;
      ready_[at] = std::move(batch);
    }
    made_.notify_all();
  }
}

torch::Tensor BackgroundLoader::next() {
  std::unique_lock lock(mutex_);
  made_.wait(lock, [&] { return failure_ || ready_.count(taken_) > 0; });
  if (failure_) std::rethrow_exception(failure_);
  torch::Tensor batch = std::move(ready_[taken_]);
  ready_.erase(taken_++);
  lock.unlock();
  room_.notify_all();
  return batch;
}

}  // namespace holdfast::deep
