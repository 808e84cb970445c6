#include "holdfast/deep/background_loader.hpp"

#include <algorithm>
#include <utility>

#include "holdfast/core/parallel.hpp"
#include "holdfast/core/random.hpp"

namespace holdfast::deep {
namespace {

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
    const auto shift = [&] {
      return augmentation.crop > 0 ? random.below(2 * augmentation.crop + 1) - augmentation.crop : 0;
    };
    const Index down = shift();
    const Index right = shift();
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
      first_stream_(first_stream),
      most_ahead_(images.in_memory() ? 1 : static_cast<std::size_t>(std::clamp(thread_count(), 1, 4))) {
  prefetch();
}

torch::Tensor BackgroundLoader::next() {
  std::future<torch::Tensor> batch = std::move(ahead_.front());
  ahead_.pop_front();
  prefetch();
  return batch.get();
}

void BackgroundLoader::prefetch() {
  for (; ahead_.size() < most_ahead_ && begun_ < batches_.size(); ++begun_) {
    ahead_.push_back(std::async(std::launch::async, [this, at = begun_] {
      return batch_of(images_, batches_[at], augmentation_, seed_, first_stream_ + at);
    }));
  }
}

}  // namespace holdfast::deep
