// The nearest rows that a scan has seen of one query.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace holdfast::neighbors {

/// A candidate with its approximate score or, later, its exact squared distance.
template <class Value>
struct Candidate {
  Value value;
  std::int32_t row;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy sees a comparison with 0
  auto operator<=>(const Candidate& other) const = default;
};

/// Candidates beyond those wanted, so that rounding of the scan seldom decides who is among them.
inline constexpr std::size_t spare_candidates = 8;

/// The best `wanted` scores seen of one query. Appending is cheap; the list is cut back when it is full, and only then
/// does the bound tighten.
template <class Scalar>
class CandidateList {
 public:
  explicit CandidateList(std::size_t wanted) : wanted_(wanted), capacity_(2 * wanted + 32) {
    entries_.reserve(capacity_);
  }
  void add(Scalar score, std::int32_t row) {
    if (!(score < bound_)) return;
    entries_.push_back({score, row});
    if (entries_.size() == capacity_) cut();
  }
  /// Scores at or above it were not kept.
  [[nodiscard]] Scalar bound() const { return bound_; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  /// The k-th best score so far, 1 <= k <= wanted; infinity if there are fewer.
  [[nodiscard]] Scalar best(std::size_t k) {
    if (entries_.size() < k) return std::numeric_limits<Scalar>::infinity();
    const auto at = entries_.begin() + static_cast<std::ptrdiff_t>(k) - 1;
    std::nth_element(entries_.begin(), at, entries_.end());
    return at->value;
  }
  std::span<const Candidate<Scalar>> finish() {
    if (entries_.size() > wanted_) cut();
    return entries_;
  }

 private:
  void cut() {
    const auto last = entries_.begin() + static_cast<std::ptrdiff_t>(wanted_) - 1;
    std::nth_element(entries_.begin(), last, entries_.end());
    bound_ = last->value;
    entries_.resize(wanted_);
  }

  std::size_t wanted_;
  std::size_t capacity_;
  Scalar bound_ = std::numeric_limits<Scalar>::infinity();
  std::vector<Candidate<Scalar>> entries_;
};

}  // namespace holdfast::neighbors
