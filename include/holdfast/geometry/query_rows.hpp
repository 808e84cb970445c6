// The reference rows around one query, of its class and of others.
#pragma once

#include <compare>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "holdfast/geometry/perturbed_classifier.hpp"

namespace holdfast::geometry {

/// A reference row with its distance to a query, ordered by (squared distance, row).
struct RowDistance {
  double squared_distance;
  Index row;

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy sees a comparison with 0
  [[nodiscard]] auto operator<=>(const RowDistance& other) const = default;
};

/// The number of reference rows of each class.
[[nodiscard]] std::vector<Index> class_sizes(const PerturbedClassifier& classifier);

/// Rows in the order of distance, measured as late as that order allows: a row waits with a lower bound of its squared
/// distance, and is measured when that bound comes to the front (the multi-step search of Seidl and Kriegel, SIGMOD
/// 1998, which measures no row more than it must).
class NearestFirst {
 public:
  void clear() { waiting_.clear(); }
  void add(const RowDistance& at_least);
  /// The row in front if its value is below `beyond`, else null. With `measure`, a function of rows, it is the nearest
  /// row with its squared distance; without, the row of the least value, which may be a lower bound.
  template <class Measure>
  const RowDistance* front(double beyond, Measure&& measure);
  const RowDistance* front(double beyond) const;
  RowDistance take();

 private:
  struct Waiting {
    RowDistance at;
    bool is_measured;
    /// Heap order: the least first, and at equal values what may turn out to be of a smaller row number.
    bool operator<(const Waiting& other) const;
  };
  std::vector<Waiting> waiting_;
};

/// The reference rows around a query, nearest first, as far as they are asked for. Distances are from differences, so
/// that order and distances are those of measuring every row; the scores of the reference index's filter say which rows
/// need not be measured. Rows are collected in growing neighbourhoods of the query: whole panels of them stay unread as
/// long as their least score is beyond. Distances given are squared; `within` limits the search, inclusively.
class QueryRows {
 public:
  static constexpr double everywhere = std::numeric_limits<double>::infinity();

  /// `class_sizes`: the number of reference rows of each class. Keeps references to both.
  QueryRows(const PerturbedClassifier& classifier, std::span<const Index> class_sizes)
      : classifier_(classifier), filter_(classifier.index().filter()), class_sizes_(class_sizes) {}

  /// Takes a query of r entries with its line `at` of scores, which must live as long as they are used. `label`: the
  /// class of the query; `left_out`: a reference row that does not take part, or -1.
  void take(const double* query, const neighbors::DistanceFilter::Scores& scores, Index at, int label,
            Index left_out = -1);

  [[nodiscard]] const double* query() const { return query_; }
  /// The length of the query plus that of the longest reference row: rounding errors of distances are relative to it.
  [[nodiscard]] double scale() const { return scale_; }
  /// The squared distance to a reference row, from differences.
  [[nodiscard]] double distance_to(Index row) const { return classifier_.squared_distance(query_, row); }

  /// The number of rows of the query's class.
  [[nodiscard]] std::size_t same_class_size() const { return same_class_size_; }
  /// Row n of them in the order of distance; null if it is not within, or n is not below their number.
  [[nodiscard]] const RowDistance* same_class(std::size_t n, double within = everywhere);
  /// The first `count` of them, or all if there are fewer.
  [[nodiscard]] std::span<const RowDistance> nearest_of_class(std::size_t count);
  /// Those that may be within, in no order and with lower bounds of their distances; maybe others, with larger ones.
  [[nodiscard]] std::span<const RowDistance> same_class_within(double within);

  /// The number of rows of other classes that have not been taken out.
  [[nodiscard]] std::size_t other_class_left() const { return other_class_left_; }
  /// The nearest of them; null if it is not within.
  [[nodiscard]] const RowDistance* nearest_other_class(double within = everywhere);
  /// The one with the least lower bound of its distance, and that bound; null if it is not within.
  [[nodiscard]] const RowDistance* next_other_class(double within);
  /// Takes out the row that the last call of one of these gave.
  RowDistance take_other_class();

  /// The squared distance within which rows are that may have a pair bound below `bound` with a row of the class at
  /// `distance`: beyond, (their distance - distance) / (2 operator_norm) is more. Rounded up.
  [[nodiscard]] static double within(double bound, double distance, double operator_norm) {
    if (bound == everywhere) return everywhere;
    const double farthest = (distance + 2.0 * operator_norm * bound) * (1.0 + 1e-8);
    return farthest * farthest;
  }
  /// A lower bound of the pair bound of a row of the class and another that needs neither row's entries. `other` may
  /// hold a lower bound of its distance; `operator_norm`: of B^T, to the dual norm.
  [[nodiscard]] double pair_bound_at_least(const RowDistance& same, const RowDistance& other,
                                           double operator_norm) const;

 private:
  struct Panel {
    float least;  ///< of its scores that are not collected; infinite if all are
    Index number;
  };

  /// The front of `rows` by `front(beyond)`, a function that looks at collected rows; null if it is not within.
  template <class Front>
  const RowDistance* find(double within, Front&& front);
  /// Collects the rows of the next panels, as far as they are within.
  void collect_more(double within);
  /// The score up to which rows are collected for a distance.
  [[nodiscard]] float limit(double within) const;
  /// Collects the rows whose scores are at most `score`.
  void collect_to(float score);
  void collect(Panel& panel, float score);

  const PerturbedClassifier& classifier_;
  const neighbors::DistanceFilter& filter_;
  std::span<const Index> class_sizes_;
  const double* query_ = nullptr;
  const float* scores_ = nullptr;
  double shift_ = 0.0;
  int label_ = 0;
  Index left_out_ = -1;
  double scale_ = 0.0;
  std::size_t same_class_size_ = 0;
  std::size_t other_class_left_ = 0;
  std::vector<Panel> panels_;
  std::size_t next_panels_ = 0;  ///< the next time, as many panels give a row
  float collected_ = 0.0F;       ///< all rows with scores up to it are collected
  std::vector<RowDistance> same_class_bounds_;
  NearestFirst same_class_waiting_;
  std::vector<RowDistance> same_class_;  ///< in order, as far as it is known
  NearestFirst other_class_;
};

}  // namespace holdfast::geometry
