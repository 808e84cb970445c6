#include "holdfast/certify/knn_bound.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>

#include "holdfast/certify/for_each_correct_query.hpp"
#include "holdfast/certify/rescaled.hpp"

namespace holdfast::certify {
namespace {

using geometry::DualRows;
using geometry::PerturbedClassifier;
using geometry::QueryRows;
using geometry::RowDistance;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double unit_roundoff = std::numeric_limits<double>::epsilon();
/// Rows of other classes visited per row of the class that counts, if only the nearest do.
constexpr std::size_t others_per_row = 64;

/// Rows of the class, per vote of a majority, whose pair bounds are bounded before a row is measured.
constexpr std::size_t unmeasured_per_vote = 8;

/// The pair bound from the gap of two squared distances, rounded down, and the dual norm under it.
double bound_of(double gap, double dual_distance) {
  return dual_distance > 0.0 ? gap / (2.0 * dual_distance) * (1.0 - 4.0 * unit_roundoff) : infinity;
}

/// The s-th best of the values offered; `Better` compares two values.
template <class Better>
class SthBest {
 public:
  /// `too_few`: the result if fewer than s values were offered.
  SthBest(std::size_t s, double too_few) : s_(s), too_few_(too_few) {}
  void clear() { heap_.clear(); }
  void add(double value) {
    if (heap_.size() == s_) {
      if (!Better()(value, heap_.front())) return;
      std::ranges::pop_heap(heap_, Better());
      heap_.pop_back();
    }
    heap_.push_back(value);
    std::ranges::push_heap(heap_, Better());
  }
  [[nodiscard]] double value() const { return heap_.size() < s_ ? too_few_ : heap_.front(); }

 private:
  std::size_t s_;
  double too_few_;
  std::vector<double> heap_;
};
using SthSmallest = SthBest<std::less<>>;
using SthLargest = SthBest<std::greater<>>;

/// The bound of one query.
class BoundSearch {
 public:
  BoundSearch(const CertifiedKnn& knn, Index k, Index nearest)
      : classifier_(knn.classifier()),
        dual_(knn.dual_rows(knn.threat().norm(), false)),
        operator_norm_(classifier_.dual_operator_norm(knn.threat().norm())),
        majority_(static_cast<std::size_t>((k + 1) / 2)),
        nearest_(nearest == 0 ? classifier_.size() : nearest) {}

  double bound(QueryRows& rows) {
    if (rows.other_class_left() < majority_) return infinity;
    counted_ = counted(rows.same_class_size());
    if (counted_ < majority_) return 0.0;
    const double majority_distance = std::sqrt(rows.nearest_of_class(majority_).back().squared_distance);
    SthSmallest smallest(majority_, infinity);
    SthLargest largest(majority_, 0.0);  // a pair bound is never negative
    const std::size_t left = rows.other_class_left();
    std::size_t visits = std::min(left, others_per_row * counted(left));
    const bool visits_all = visits == left;
    while (true) {
      const double cutoff = smallest.value();
      // The s nearest of the class all have at least half the difference of the distances as their bound against a row.
      // The result is the definition's value itself, so the slack of rounding down must not end the search early.
      const double within = QueryRows::within(cutoff, majority_distance, operator_norm_);
      // Which rows count must not depend on lower bounds, but where all do, the order of the rows is free.
      const RowDistance* const next = visits_all ? rows.next_other_class(within) : rows.nearest_other_class(within);
      if (next == nullptr) break;
      if (visits-- == 0) {
        const double at_least = std::max(0.0, std::sqrt(next->squared_distance) - majority_distance);
        return std::min(cutoff, at_least / (2.0 * operator_norm_) * (1.0 - 1e-9));
      }
      const RowDistance other = rows.take_other_class();
      if (is_beyond(cutoff, other, rows)) continue;
      const double value = value_against({rows.distance_to(other.row), other.row}, cutoff, rows, largest);
      if (value < cutoff) smallest.add(value);
      if (smallest.value() == 0.0) return 0.0;
    }
    return smallest.value();
  }

 private:
  /// Of `size` rows, those that count.
  [[nodiscard]] std::size_t counted(std::size_t size) const {
    return std::min(size, std::max(static_cast<std::size_t>(nearest_), majority_));
  }

  /// Whether the nearest rows of the class show, before anything is measured, that the s-th largest pair bound against
  /// `other`, which has a lower bound of its distance, reaches the cutoff.
  [[nodiscard]] bool is_beyond(double cutoff, const RowDistance& other, QueryRows& rows) const {
    if (cutoff == infinity) return false;
    std::size_t reaching = 0;
    std::size_t tried = 0;
    for (const RowDistance& same : rows.nearest_of_class(std::min(counted_, unmeasured_per_vote * majority_))) {
      if (rows.pair_bound_at_least(same, other, operator_norm_) >= cutoff && ++reaching == majority_) return true;
      if (++tried == majority_ && reaching == 0) return false;  // the others are farther, with lower bounds
    }
    return false;
  }

  /// The s-th largest pair bound against `other`, or any value of at least `cutoff` once it is known to reach that.
  double value_against(const RowDistance& other, double cutoff, QueryRows& rows, SthLargest& largest) {
    largest.clear();
    for (std::size_t n = 0; n < counted_; ++n) {
      const RowDistance* const at = rows.same_class(n, other.squared_distance);
      if (at == nullptr) break;  // zero from here on
      const double gap = classifier_.gap_rounded_down(other.squared_distance, at->squared_distance, rows.scale());
      if (!(gap > 0.0)) continue;
      // Not among the s largest, whatever the distance is exactly.
      if (gap <= 2.0 * largest.value() * dual_.distance_at_least(at->row, other.row)) continue;
      largest.add(bound_of(gap, dual_.distance(at->row, other.row)));
      if (largest.value() >= cutoff) break;
    }
    return largest.value();
  }

  const PerturbedClassifier& classifier_;
  const DualRows& dual_;
  double operator_norm_;
  std::size_t majority_;
  Index nearest_;
  std::size_t counted_ = 0;  ///< rows of the class that count
};

}  // namespace

std::vector<Certificate> knn_lower_bounds(const CertifiedKnn& knn, const CertificationProblem& problem,
                                          const KnnBoundOptions& options) {
  if (options.nearest < 0) throw std::invalid_argument("nearest must be at least 0");
  return in_range(knn, problem, [&](const CertifiedKnn& in, const CertificationProblem& of) {
    std::vector<Certificate> certificates(of.predicted.size());
    for_each_correct_query(in, of, "certify", options.observer, [&] {
      return [&, search = BoundSearch(in, of.k, options.nearest)](Index row, QueryRows& rows) mutable {
        certificates[static_cast<std::size_t>(row)].radius = search.bound(rows);
      };
    });
    return certificates;
  });
}

}  // namespace holdfast::certify
