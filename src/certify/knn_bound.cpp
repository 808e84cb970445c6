#include "holdfast/certify/knn_bound.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>

#include "certify/dual_rows.hpp"
#include "certify/query_rows.hpp"
#include "holdfast/neighbors/classifier.hpp"

namespace holdfast::certify {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double unit_roundoff = std::numeric_limits<double>::epsilon();
/// Rows of other classes visited for each row of the class that counts, where only the nearest do.
constexpr std::size_t others_a_row = 64;

/// The pair bound from two squared distances and the dual norm under it, rounded down.
double bound_of(const PerturbedClassifier& classifier, double squared_to_i, double squared_to_l, double dual_distance,
                double scale) {
  const double gap = gap_rounded_down(classifier, squared_to_l, squared_to_i, scale);
  if (!(gap > 0.0)) return 0.0;
  return dual_distance > 0.0 ? gap / (2.0 * dual_distance) * (1.0 - 4.0 * unit_roundoff) : infinity;
}

/// The s largest values offered.
class Largest {
 public:
  explicit Largest(std::size_t s) : s_(s) {}
  void clear() { heap_.clear(); }
  void add(double value) {
    if (heap_.size() == s_) {
      if (value <= heap_.front()) return;
      std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
      heap_.back() = value;
    } else {
      heap_.push_back(value);
    }
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
  }
  /// The s-th largest; 0 where fewer were offered, since a pair bound is never negative.
  [[nodiscard]] double last() const { return heap_.size() < s_ ? 0.0 : heap_.front(); }

 private:
  std::size_t s_;
  std::vector<double> heap_;
};

/// The s smallest values offered.
class Smallest {
 public:
  explicit Smallest(std::size_t s) : s_(s) {}
  void add(double value) {
    if (heap_.size() == s_) {
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.back() = value;
    } else {
      heap_.push_back(value);
    }
    std::push_heap(heap_.begin(), heap_.end());
  }
  /// The s-th smallest; infinity where fewer were offered.
  [[nodiscard]] double last() const { return heap_.size() < s_ ? infinity : heap_.front(); }

 private:
  std::size_t s_;
  std::vector<double> heap_;
};

/// The bound of one query.
class BoundSearch {
 public:
  BoundSearch(const PerturbedClassifier& classifier, const DualRows& dual, const KnnBoundOptions& options)
      : classifier_(classifier),
        dual_(dual),
        operator_norm_(classifier.dual_operator_norm(options.norm)),
        majority_(static_cast<std::size_t>((options.k + 1) / 2)),
        nearest_(options.nearest == 0 ? classifier.mapped().rows() : options.nearest) {}

  double operator()(QueryRows& rows) {
    if (rows.others_left() < majority_) return infinity;
    own_.assign(rows.own().begin(), rows.own().begin() + static_cast<std::ptrdiff_t>(counted(rows.own().size())));
    if (own_.size() < majority_) return 0.0;
    computed_ = 0;
    double majority_distance = 0.0;
    for (std::size_t n = 0; n < majority_; ++n) {
      majority_distance = std::max(majority_distance, std::sqrt(own(n, rows).squared_distance));
    }
    Smallest smallest(majority_);
    Largest largest(majority_);
    std::size_t visits = std::min(rows.others_left(), others_a_row * counted(rows.others_left()));
    while (rows.others_left() > 0) {
      const double cutoff = smallest.last();
      // The s nearest of the class all have at least this bound against the next row and whatever comes after it. The
      // definition's value itself is what is sought, so the slack of rounding down must not end the search early.
      const double next = std::sqrt(std::max(0.0, rows.nearest_other().squared_distance - rows.error()));
      const double at_least = std::max(0.0, next - majority_distance) / (2.0 * operator_norm_);
      if (at_least * (1.0 - 1e-9) > cutoff) break;
      if (visits-- == 0) return std::min(cutoff, at_least * (1.0 - 1e-9));
      const Index other = rows.take_nearest_other().row;
      const double value = value_against({rows.distance_to(other), other}, cutoff, rows, largest);
      if (value < cutoff) smallest.add(value);
      if (smallest.last() == 0.0) return 0.0;
    }
    return smallest.last();
  }

 private:
  /// Of `size` rows, those that count.
  [[nodiscard]] std::size_t counted(std::size_t size) const {
    return std::min(size, std::max(static_cast<std::size_t>(nearest_), majority_));
  }

  /// Row n of the class with its distance from differences, computed once.
  const At& own(std::size_t n, const QueryRows& rows) {
    for (; computed_ <= n; ++computed_) own_[computed_].squared_distance = rows.distance_to(own_[computed_].row);
    return own_[n];
  }

  /// The s-th largest pair bound against `other`, or any value of at least `cutoff` once it is known to reach that.
  double value_against(const At& other, double cutoff, const QueryRows& rows, Largest& largest) {
    largest.clear();
    for (std::size_t n = 0; n < own_.size(); ++n) {
      if (rows.own()[n].squared_distance - rows.error() >= other.squared_distance) break;  // zero from here on
      const At& at = own(n, rows);
      if (at.squared_distance >= other.squared_distance) continue;
      largest.add(bound_of(classifier_, at.squared_distance, other.squared_distance, dual_.distance(at.row, other.row),
                           rows.scale()));
      if (largest.last() >= cutoff) break;
    }
    return largest.last();
  }

  const PerturbedClassifier& classifier_;
  const DualRows& dual_;
  double operator_norm_;
  std::size_t majority_;
  Index nearest_;
  std::vector<At>
      own_;  ///< the rows of the class that count; the first `computed_` with their distances from differences
  std::size_t computed_ = 0;
};

}  // namespace

double pair_bound(const PerturbedClassifier& classifier, const RowView& query, Index i, Index l, Norm norm) {
  const Matrix& mapped = classifier.mapped();
  const auto squared = [&](Index row) {
    return linalg::squared_distance(query.data(), mapped.row(row).data(), mapped.cols());
  };
  const double scale = query.norm() + std::max(mapped.row(i).norm(), mapped.row(l).norm());
  return bound_of(classifier, squared(i), squared(l), dual_distance(classifier, i, l, norm), scale);
}

std::vector<Certificate> knn_lower_bounds(const PerturbedClassifier& classifier, const MatrixView& queries,
                                          std::span<const int> classes, std::span<const int> predicted,
                                          const KnnBoundOptions& options) {
  neighbors::require_valid_k(options.k, classifier.size());
  const Index total = queries.rows();
  if (static_cast<Index>(classes.size()) != total || static_cast<Index>(predicted.size()) != total ||
      queries.cols() != classifier.mapped().cols() || options.nearest < 0) {
    throw std::invalid_argument("queries, classes and predictions do not fit together");
  }
  std::vector<Certificate> certificates(
      static_cast<std::size_t>(total),
      Certificate{0.0, BoundKind::lower_bound, options.norm, classifier.space(), std::nullopt});
  const DualRows dual(classifier, options.norm);
  over_right_queries(classifier, queries, classes, predicted, "certify", options.observer, [&] {
    return [&, search = BoundSearch(classifier, dual, options)](Index row, QueryRows& rows) mutable {
      certificates[static_cast<std::size_t>(row)].radius = search(rows);
    };
  });
  return certificates;
}

}  // namespace holdfast::certify
