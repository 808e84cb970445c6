#include "holdfast/deep/balanced_sampler.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "holdfast/core/dataset.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/random.hpp"

namespace holdfast::deep {
namespace {

/// Members in random order, round after round, without repeats within one draw.
class RoundRobin {
 public:
  RoundRobin(Index size, Random& random) : random_(random), size_(size) {}

  /// The next `count` members, at most all.
  std::vector<Index> take(Index count) {
    const auto wanted = static_cast<std::size_t>(std::min(count, size_));
    std::vector<Index> taken;
    move_from_back(wanted, taken);
    if (taken.size() < wanted) {
      // The next round begins within this batch: members that the batch already has wait at the front.
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

const OptionTable<SamplerOptions>& sampler_options() {
  static const OptionTable<SamplerOptions> table = {
      {count("batch", "images per batch", at_least(1.0)), &SamplerOptions::batch},
      {count("classes-per-batch", "P of the P x K images of a batch; 0: all classes, with 4 images or more each",
             {[](double x) { return x == 0.0 || x >= 2.0; }, "must be at least 2, or 0 for all"}),
       &SamplerOptions::classes}};
  return table;
}

BalancedSampler::BalancedSampler(std::span<const int> codes, const SamplerOptions& options) {
  sampler_options().validate(options);
  members_ = class_rows(codes);
  std::erase_if(members_, [](const std::vector<Index>& images) { return images.empty(); });
  const auto present = static_cast<Index>(members_.size());
  if (present < 2) {
    throw InputError("the training images are of one class; a distance is learned from at least two");
  }
  if (std::all_of(members_.begin(), members_.end(), [](const auto& images) { return images.size() < 2; })) {
    throw InputError("no class has two training images; a distance is learned from images of the same class");
  }
  if (options.classes > present) {
    throw InputError(Fault{.field = "classes-per-batch",
                           .value = fmt::format("{}", options.classes),
                           .rule = fmt::format("there are only {} classes", present)});
  }
  classes_ = options.classes > 0 ? options.classes : std::max<Index>(2, std::min(present, options.batch / 4));
  per_class_ = options.batch / classes_;
  if (per_class_ < 2) {
    throw InputError(
        Fault{.field = "batch",
              .value = fmt::format("{}", options.batch),
              .rule = fmt::format("is too small for {} classes with 2 images each", classes_),
              .remedy = fmt::format("give at least {}, or fewer classes with `classes-per-batch`", 2 * classes_)});
  }
  batches_ = std::max<Index>(1, static_cast<Index>(codes.size()) / (classes_ * per_class_));
}

std::vector<std::vector<Index>> BalancedSampler::epoch(std::uint64_t seed, Index epoch) const {
  Random random(seed, static_cast<std::uint64_t>(epoch));
  RoundRobin classes(static_cast<Index>(members_.size()), random);
  std::vector<RoundRobin> images;
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
