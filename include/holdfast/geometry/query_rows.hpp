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
  void clear();
  void add(double at_least, Index row);
  /// A squared distance below which no row waits; infinite if there is none.
  [[nodiscard]] double front() const { return waiting_.empty() ? infinity : waiting_.front().squared_distance; }
  /// Brings the nearest waiting row to the end of `found`, if that row is nearer than `beyond` for certain.
  /// `distance_to(row)` measures.
  template <class DistanceTo>
  bool advance(double beyond, DistanceTo&& distance_to);
  /// The nearest rows, in order, as far as they are known.
  [[nodiscard]] const std::vector<RowDistance>& found() const { return found_; }

 private:
  static constexpr double infinity = std::numeric_limits<double>::infinity();
  struct Waiting {
    double squared_distance;
    Index row;
    bool is_measured;
    /// Heap order: the least first, and at equal values what may turn out to be of a smaller row number.
    bool operator<(const Waiting& other) const;
  };

  std::vector<Waiting> waiting_;
  std::vector<RowDistance> found_;
};

/// The reference rows around a query, nearest first, as far as they are asked for. Distances are from differences, so
/// that order and distances are those of measuring every row; the scores of the reference index's filter say which rows
/// need not be measured. Rows are collected in growing neighbourhoods of the query: whole panels of them stay unread as
/// long as their least score is beyond.
class QueryRows {
 public:
  /// `class_sizes`: the number of reference rows of each class. Keeps references to both.
  QueryRows(const PerturbedClassifier& classifier, std::span<const Index> class_sizes)
      : classifier_(classifier), class_sizes_(class_sizes) {}

  /// Takes a query of r entries with its line `at` of scores, which must live as long as they are used. `label`: the
  /// class of the query; `left_out`: a reference row that does not take part, or -1.
  void take(const double* query, const neighbors::DistanceFilter::Scores& scores, Index at, int label,
            Index left_out = -1);

  [[nodiscard]] const double* query() const { return query_; }
  /// The length of the query plus that of the longest reference row: rounding errors of distances are relative to it.
  [[nodiscard]] double scale() const { return scale_; }

  [[nodiscard]] std::size_t same_class_size() const { return same_class_size_; }
  /// Row n of the query's class in the order of distance, n < same_class_size().
  [[nodiscard]] const RowDistance& same_class(std::size_t n);
  /// The first `count` of them, or all if there are fewer.
  [[nodiscard]] std::span<const RowDistance> nearest_of_class(std::size_t count);
  /// Those whose squared distance may be at most `squared`, in no order and with lower bounds of their distances; maybe
  /// others, too, whose lower bounds are larger.
  [[nodiscard]] std::span<const RowDistance> same_class_within(double squared);

  /// The number of rows of other classes that have not been taken out.
  [[nodiscard]] std::size_t other_class_left() const { return other_class_size_ - others_taken_; }
  /// The nearest of them.
  [[nodiscard]] const RowDistance& nearest_other_class();
  /// Takes it out.
  RowDistance take_nearest_other_class();

  /// The squared distance to a reference row, from differences.
  [[nodiscard]] double distance_to(Index row) const { return classifier_.squared_distance(query_, row); }

 private:
  struct Panel {
    float least;
    Index number;
  };

  /// Row n of those, collecting rows until it is known.
  const RowDistance& nth(NearestFirst& rows, std::size_t n);
  /// Collects the rows of the next panels.
  void collect_more();
  /// Collects the rows whose scores are at most `score`; panels from `opened_` on that have any must be in front.
  void collect_to(float score);

  const PerturbedClassifier& classifier_;
  std::span<const Index> class_sizes_;
  const double* query_ = nullptr;
  const float* scores_ = nullptr;
  double shift_ = 0.0;
  int label_ = 0;
  Index left_out_ = -1;
  double scale_ = 0.0;
  std::size_t same_class_size_ = 0;
  std::size_t other_class_size_ = 0;
  std::size_t others_taken_ = 0;
  std::vector<Panel> panels_;  ///< those with a collected row first
  std::size_t opened_ = 0;     ///< the number of them
  float collected_ = 0.0F;     ///< all rows with scores up to it are collected
  std::vector<RowDistance> same_class_bounds_;
  NearestFirst same_class_;
  NearestFirst other_class_;
};

}  // namespace holdfast::geometry
