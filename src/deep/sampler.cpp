#include "holdfast/deep/sampler.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "holdfast/core/error.hpp"
#include "holdfast/core/random.hpp"

namespace holdfast::deep {
namespace {

/// Members in random order, round after round; those taken together differ.
class Turns {
 public:
  Turns(Index size, Random& random) : random_(random), size_(size) {}

  /// The next `count` of them, at most all.
  std::vector<Index> take(Index count) {
    const auto wanted = static_cast<std::size_t>(std::min(count, size_));
    std::vector<Index> taken;
    move_from_back(wanted, taken);
    if (taken.size() < wanted) {
      // The next round begins within this batch: what the batch has from the last one waits, at the front.
      left_ = random_.permutation(size_);
      std::stable_partition(left_.begin(), left_.end(),
                            [&](Index member) { return std::find(taken.begin(), taken.end(), member) != taken.end(); });
      move_from_back(wanted, taken);
    }
    return taken;
  }

 private:
  void move_from_back(std::size_t wanted, std::vector<Index>& taken) {
    for (; taken.size() < wanted && !left_.empty(); left_.pop_back()) taken.push_back(left_.back());
  }

  Random& random_;
  Index size_;
  std::vector<Index> left_;
};

}  // namespace

BalancedSampler::BalancedSampler(std::span<const int> codes, const SamplerOptions& options) {
  const int most = codes.empty() ? -1 : *std::max_element(codes.begin(), codes.end());
  members_.resize(static_cast<std::size_t>(most + 1));
  for (std::size_t image = 0; image < codes.size(); ++image) {
    members_[static_cast<std::size_t>(codes[image])].push_back(static_cast<Index>(image));
  }
  std::erase_if(members_, [](const std::vector<Index>& images) { return images.empty(); });
  const auto present = static_cast<Index>(members_.size());
  if (present < 2) {
    throw InputError("the training images are of one class; a distance is learned from at least two");
  }
  if (std::all_of(members_.begin(), members_.end(), [](const auto& images) { return images.size() < 2; })) {
    throw InputError("no class has two training images; a distance is learned from images of the same class");
  }
  if (options.classes > present) {
    throw InputError(fmt::format("--classes-per-batch {}: there are only {} classes", options.classes, present));
  }
  if (options.classes == 1 || options.classes < 0) {
    throw InputError(fmt::format("--classes-per-batch {}: must be at least 2", options.classes));
  }
  classes_ = options.classes > 0 ? options.classes : std::max<Index>(2, std::min(present, options.batch / 4));
  per_class_ = options.batch / classes_;
  if (per_class_ < 2) {
    throw InputError(
        fmt::format("--batch {}: is too small for {} classes with 2 images each; give at least {}, or fewer "
                    "classes with --classes-per-batch",
                    options.batch, classes_, 2 * classes_));
  }
  batches_ = std::max<Index>(1, static_cast<Index>(codes.size()) / (classes_ * per_class_));
}

std::vector<std::vector<Index>> BalancedSampler::epoch(std::uint64_t seed, Index epoch) const {
  Random random(seed, static_cast<std::uint64_t>(epoch));
  Turns classes(static_cast<Index>(members_.size()), random);
  std::vector<Turns> images;
  for (const std::vector<Index>& members : members_) images.emplace_back(static_cast<Index>(members.size()), random);
  std::vector<std::vector<Index>> batches(static_cast<std::size_t>(batches_));
  for (std::vector<Index>& batch : batches) {
    for (const Index at : classes.take(classes_)) {
      const auto c = static_cast<std::size_t>(at);
      for (const Index image : images[c].take(per_class_))
        batch.push_back(members_[c][static_cast<std::size_t>(image)]);
    }
  }
  return batches;
}

}  // namespace holdfast::deep
