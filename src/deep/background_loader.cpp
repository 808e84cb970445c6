#include "holdfast/deep/background_loader.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "holdfast/core/parallel.hpp"
#include "holdfast/core/random.hpp"

namespace holdfast::deep {
namespace {

/// Batches that are prefetched at most.
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

const OptionTable<Augmentation>& augmentation_options() {
  static const OptionTable<Augmentation> table = {
      {count("crop", "training images are shifted by up to this many pixels"), &Augmentation::crop},
      {flag("flip", "half of the training images are mirrored"), &Augmentation::flip}};
  return table;
}

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

/// The threads that make batches, and the batches that wait to be taken.
class BackgroundLoader::Queue {
 public:
  Queue(const ImageSet& images, std::vector<std::vector<Index>> batches, const Augmentation& augmentation,
        std::uint64_t seed, std::uint64_t first_stream)
      : images_(images),
        batches_(std::move(batches)),
        augmentation_(augmentation),
        seed_(seed),
        first_stream_(first_stream) {
    const int threads = images.in_memory() ? 1 : thread_count();
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }

  ~Queue() {
    {
      const std::lock_guard lock(mutex_);
      ends_ = true;
    }
    room_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  torch::Tensor next() {
    std::unique_lock lock(mutex_);
    made_.wait(lock, [&] { return failure_ || ready_.count(taken_) > 0; });
    if (failure_) std::rethrow_exception(failure_);
    torch::Tensor batch = std::move(ready_[taken_]);
    ready_.erase(taken_++);
    lock.unlock();
    room_.notify_all();
    return batch;
  }

  [[nodiscard]] const std::vector<Index>& rows(std::size_t batch) const { return batches_[batch]; }

 private:
  void work() {
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
  std::size_t begun_ = 0;  // batches that a thread has begun
  std::size_t taken_ = 0;
  bool ends_ = false;
  std::vector<std::thread> threads_;
};

BackgroundLoader::BackgroundLoader(const ImageSet& images, std::vector<std::vector<Index>> batches,
                                   const Augmentation& augmentation, std::uint64_t seed, std::uint64_t first_stream)
    : queue_(std::make_unique<Queue>(images, std::move(batches), augmentation, seed, first_stream)) {}
BackgroundLoader::~BackgroundLoader() = default;

torch::Tensor BackgroundLoader::next() {
  return queue_->next();
}
const std::vector<Index>& BackgroundLoader::rows(std::size_t batch) const {
  return queue_->rows(batch);
}

}  // namespace holdfast::deep
