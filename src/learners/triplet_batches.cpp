#include "learners/triplet_batches.hpp"

#include <algorithm>
#include <unordered_map>

#include "holdfast/core/random.hpp"

namespace holdfast::learners {

TripletBatches::TripletBatches(const Matrix& x, const constraints::TripletSet& set)
    : x_(x), set_(set), offsets_(static_cast<std::size_t>(x.rows()) + 1, 0) {
  for (const constraints::Triplet& t : set.triplets) ++offsets_[static_cast<std::size_t>(t.anchor) + 1];
  for (std::size_t row = 1; row < offsets_.size(); ++row) {
    if (offsets_[row] > 0) anchors_.push_back(static_cast<Index>(row) - 1);
    offsets_[row] += offsets_[row - 1];
  }
}

TripletBatch TripletBatches::of(std::vector<Index> anchors) const {
  std::sort(anchors.begin(), anchors.end());
  TripletBatch batch;
  std::unordered_map<std::int32_t, std::int32_t> number_of;
  std::vector<Index> rows;
  const auto number = [&](std::int32_t row) {
    const auto [place, is_new] = number_of.emplace(row, static_cast<std::int32_t>(rows.size()));
    if (is_new) rows.push_back(row);
    return place->second;
  };
  for (const Index anchor : anchors) {
    for (std::size_t t = offsets_[static_cast<std::size_t>(anchor)]; t < offsets_[static_cast<std::size_t>(anchor) + 1];
         ++t) {
      const constraints::Triplet& triplet = set_.triplets[t];
      const std::int32_t a = number(triplet.anchor);
      const std::int32_t j = number(triplet.target);
      batch.set.triplets.push_back({a, j, number(triplet.impostor)});
    }
  }
  batch.x = select_rows(x_, rows);
  batch.rows = std::move(rows);
  return batch;
}

TripletBatch TripletBatches::draw(Index count, std::uint64_t seed, Index step) const {
  Random random(seed, static_cast<std::uint64_t>(step));
  std::vector<Index> anchors;
  for (Index i = 0; i < count; ++i)
    anchors.push_back(anchors_[static_cast<std::size_t>(random.below(static_cast<Index>(anchors_.size())))]);
  return of(std::move(anchors));
}

}  // namespace holdfast::learners
