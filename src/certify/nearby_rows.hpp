// The reference rows around one query that can take part in a change of its prediction, at a perturbation of it.
#pragma once

#include <vector>

#include "holdfast/geometry/box.hpp"
#include "holdfast/geometry/dual_rows.hpp"
#include "holdfast/geometry/query_rows.hpp"

namespace holdfast::certify {

/// Rows are named by their place here. First come the rows of the query's class (`own_count` of them, nearest first),
/// then those of other classes. "Row a is at the perturbation u no farther than row b" is the half-space
///     (p_a - p_b) . u >= (D2(z, a) - D2(z, b)) / 2,   p the dual rows,
/// rounded down by the errors of both distances; rows that are equal keep the order of the reference rows, whatever u.
class NearbyRows {
 public:
  /// Perturbations are measured in `norm`, for which the dual rows are.
  NearbyRows(const geometry::PerturbedClassifier& classifier, const geometry::DualRows& dual, geometry::Norm norm)
      : classifier_(classifier), dual_(dual), norm_(norm) {}

  [[nodiscard]] geometry::Norm norm() const { return norm_; }

  /// Takes what can be among the k nearest, or keep a row from being so, under some perturbation shorter than `reach`
  /// (infinite: all rows). `majority`: (k+1)/2. Empties `around` of these rows of other classes. A row of another class
  /// that cannot pass all rows of the query's class but majority - 1 is left out.
  void take(geometry::QueryRows& around, std::size_t majority, double reach);
  /// Goes to the perturbation u, where `excess` is then measured.
  void move_to(const Vector& u);
  /// The same to u = sum share (p_a - p_b), in l2. Products of the named rows with all rows are kept, so that this
  /// costs a few numbers per row and not a product over all columns.
  struct Share {
    Index a;
    Index b;
    double share;
  };
  void move_to(const Vector& u, const std::vector<Share>& shares);

  [[nodiscard]] Index dimension() const { return dual_rows_.cols(); }
  [[nodiscard]] Index size() const { return static_cast<Index>(rows_.size()); }
  [[nodiscard]] Index own_count() const { return own_count_; }
  [[nodiscard]] bool is_own(Index row) const { return row < own_count_; }
  [[nodiscard]] int code(Index row) const { return classifier_.code(reference_row(row)); }
  /// The number of the row in the reference set.
  [[nodiscard]] Index reference_row(Index row) const { return rows_[static_cast<std::size_t>(row)]; }
  /// Rows at the very place of this one.
  [[nodiscard]] const std::vector<Index>& twins(Index row) const { return twins_[static_cast<std::size_t>(row)]; }
  /// Whether a row comes before another at the same distance.
  [[nodiscard]] bool precedes(Index a, Index b) const { return reference_row(a) < reference_row(b); }
  /// The squared distance at the present perturbation, up to a term that all rows share.
  [[nodiscard]] double shifted_distance(Index row) const { return shifted_[row]; }

  /// |p_a - p_b|_p*, the length of the half-space's normal; 0 if the rows are equal.
  [[nodiscard]] double length(Index a, Index b) const;
  /// How far the present perturbation is outside the half-space "a no farther than b"; 0 if it is inside, within
  /// rounding. Infinite if equal rows stand in the other order. `length`: of (a, b).
  [[nodiscard]] double excess(Index a, Index b, double length) const;
  /// The same from no perturbation, with its sign: at most -t if no perturbation shorter than t leaves the half-space.
  [[nodiscard]] double signed_excess_at_start(Index a, Index b, double length) const;
  /// The half-space "a no farther than b" with a bound larger by `margin` times the length of the normal.
  [[nodiscard]] geometry::HalfSpace half_space(Index a, Index b, double margin = 0.0) const;
  /// Whether row a is farther than row b at the present perturbation, beyond rounding.
  [[nodiscard]] bool is_farther(Index a, Index b) const;
  /// How far the present perturbation is outside `half_space(a, b, margin)`, margin > 0; 0 if it is inside, within
  /// rounding, or the rows are equal. `may_lack`: false only if that is 0, at less cost.
  [[nodiscard]] double lacking(Index a, Index b, double margin) const;
  [[nodiscard]] bool may_lack(Index a, Index b, double margin) const {
    return 0.5 * (shifted_[a] - shifted_[b] + error_[a] + error_[b]) + margin * (lengths_[a] + lengths_[b]) > 0.0;
  }
  /// The n+1-st largest lower bound, over the rows of the query's class, on the perturbation that makes a row of
  /// another class no farther, n below the majority; 0 if there are fewer rows.
  [[nodiscard]] double pair_bound(Index row, Index n) const { return pair_bounds_(row - own_count_, n); }

 private:
  void gather(const geometry::QueryRows& around, const std::vector<geometry::RowDistance>& own);
  /// The `majority` largest pair bounds of a row of another class; nothing once that many reach `reach`.
  [[nodiscard]] bool find_pair_bounds(geometry::QueryRows& around, const geometry::RowDistance& other, double reach,
                                      std::vector<double>& largest);
  void find_twins();
  [[nodiscard]] const Vector& products_with(Index row);
  /// The rounding error of half the difference of two shifted distances.
  [[nodiscard]] double rounding(Index a, Index b, double length) const {
    return gamma_ * (squared_[a] + squared_[b] + 2.0 * length * at_length_ + spread_ * (lengths_[a] + lengths_[b]));
  }
  /// Of rows whose difference no perturbation changes: equal rows, or such as differ in fixed directions alone.
  [[nodiscard]] bool is_always_no_farther(Index a, Index b) const;

  const geometry::PerturbedClassifier& classifier_;
  const geometry::DualRows& dual_;
  geometry::Norm norm_;
  Index own_count_ = 0;
  std::vector<Index> rows_;
  Matrix dual_rows_;              ///< centred at the first row, which changes no difference
  Vector lengths_;                ///< of the dual rows
  Vector squared_;                ///< D2(z, row)
  Vector error_;                  ///< of squared_
  Vector shifted_;                ///< D2(z, row) - 2 p . u
  double at_length_ = 0;          ///< |u|
  double gamma_ = 0;              ///< relative rounding error of a sum of products
  double spread_ = 0;             ///< sum of the lengths of the vectors whose sum u is, where it was given so; else 0
  std::vector<Vector> products_;  ///< p . p_row for all rows p, one per row, made at first use
  Index products_kept_ = 0;
  std::vector<std::vector<Index>> twins_;
  std::vector<geometry::RowDistance> other_;  ///< rows of other classes that take part
  Matrix pair_bounds_;
};

}  // namespace holdfast::certify
