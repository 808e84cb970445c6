// The shortest perturbation of one query into the Voronoi cell of a row of another class.
#pragma once

#include <optional>
#include <vector>

#include "certify/dual_rows.hpp"
#include "certify/half_spaces.hpp"
#include "certify/query_rows.hpp"
#include "holdfast/certify/certificate.hpp"

namespace holdfast::certify {

/// What a search over one query's rows of other classes found.
struct Found {
  double radius = std::numeric_limits<double>::infinity();
  BoundKind kind = BoundKind::exact;
  Vector coordinates;  ///< the perturbation, in the basis of the dual rows; empty where there is none
  Index row = 0;       ///< the reference row that it makes nearest
};

/// The exact 1-NN radius of one query: `exact_nn_radii` says how. Keeps what it allocates for the next query.
class CellSearch {
 public:
  /// `box`: limits of the change itself, lower <= delta <= upper, set for each query; needs full-space dual rows.
  CellSearch(const PerturbedClassifier& classifier, const DualRows& dual) : classifier_(classifier), dual_(dual) {}

  Found operator()(QueryRows& rows, const Box* change_limits);
  /// The perturbation into the same cell with its constraints rounded up instead of down: longer by rounding alone, and
  /// beyond the tie. No coordinates where there is none within a millionth of the radius.
  Found beyond(const Found& found, const QueryRows& rows, const Box* change_limits);
  /// Whether row `found.row` is strictly nearer to the mapped point than all rows of the query's class.
  [[nodiscard]] bool wins_at(const QueryRows& rows, const Vector& point, Index winner) const;

 private:
  /// A row of another class with a lower bound on what it takes to make it nearest.
  struct Candidate {
    double bound;
    Index row;
    double squared_distance;
    std::size_t pairs;  ///< constraints that the bound is from
    bool operator<(const Candidate& other) const {
      return bound > other.bound || (bound == other.bound && row > other.row);
    }
  };

  void take_nearest_own(const QueryRows& rows);
  [[nodiscard]] Candidate refined(Candidate candidate, std::size_t pairs, double scale) const;
  void solve_against(const Candidate& candidate, const QueryRows& rows, const Box* limits, Found& found);
  /// Constraints are rounded down, so that a radius of nothing but rounding is 0.
  void set_constraint(Index at, const Candidate& candidate, double scale);
  enum class Step { none, moved, failed };
  Step enter_nearest(const Candidate& candidate, NearestPoint& nearest);
  bool extend_by_missed(const Candidate& candidate, const QueryRows& rows, const NearestPoint& nearest);

  const PerturbedClassifier& classifier_;
  const DualRows& dual_;
  std::vector<At> own_;  ///< rows of the class whose constraints are tried first, with distances from differences
  std::size_t sorted_own_ = 0;  ///< how many of them are the first of QueryRows::own
  std::vector<Candidate> waiting_;
  bool rounds_up_ = false;  ///< which way the constraints are rounded
  Matrix normals_;          ///< a_i of the rows in own_ against the present candidate
  Vector offsets_;          ///< b_i
  Vector lengths_;          ///< |a_i|
};

}  // namespace holdfast::certify
