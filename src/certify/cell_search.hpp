// The shortest perturbation of one query into the Voronoi cell of a row of another class.
#pragma once

#include <limits>
#include <optional>
#include <vector>

#include "holdfast/certify/certificate.hpp"
#include "holdfast/geometry/box.hpp"
#include "holdfast/geometry/dual_rows.hpp"
#include "holdfast/geometry/nearest_point.hpp"
#include "holdfast/geometry/query_rows.hpp"

namespace holdfast::certify {

/// The nearest cell of one query.
struct CellSolution {
  double radius = std::numeric_limits<double>::infinity();
  BoundKind kind = BoundKind::exact;
  Vector coordinates;  ///< the perturbation, in the basis of the dual rows; empty if there is none
  Index row = 0;       ///< the reference row that it makes nearest
};

/// The exact 1-NN radius of one query: `exact_nn_radii` says how. Keeps what it allocates for the next query. Limits
/// are those of the change itself, lower <= delta <= upper, if there are any; they need full-space dual rows.
class CellSearch {
 public:
  CellSearch(const geometry::PerturbedClassifier& classifier, const geometry::DualRows& dual)
      : classifier_(classifier), dual_(dual) {}

  CellSolution solve(geometry::QueryRows& rows, const std::optional<geometry::Box>& limits);
  /// The perturbation into the same cell with its constraints rounded up instead of down: longer by rounding alone, and
  /// beyond the tie. No coordinates if there is none within a millionth of the radius.
  CellSolution solve_rounded_up(const CellSolution& solution, geometry::QueryRows& rows,
                                const std::optional<geometry::Box>& limits);
  /// Whether the reference row is strictly nearer to the mapped point than all rows of the query's class.
  [[nodiscard]] bool is_nearest_at(geometry::QueryRows& rows, const Vector& point, Index row) const;

 private:
  enum class Rounding { down, up };

  /// What a candidate's bound is from; each stage costs more than the one before and is reached by fewer.
  enum class Stage {
    joined,    ///< a lower bound of its distance and an upper one of that to the nearest row of the class
    bounded,   ///< the same with several rows of the class
    measured,  ///< its distance, and the pair bound with the nearest row of the class
    refined    ///< the pair bounds with several
  };
  /// A row of another class with a lower bound on the perturbation that makes it nearest.
  struct Candidate {
    double bound;
    Index row;
    double squared_distance;  ///< up to Stage::bounded, a lower bound
    Stage stage;
    bool operator<(const Candidate& other) const {
      return bound > other.bound || (bound == other.bound && row > other.row);
    }
  };

  void add(const Candidate& candidate);
  /// The candidate with the bound of the next stage.
  [[nodiscard]] Candidate advanced(Candidate candidate, double to_same_class, const geometry::QueryRows& rows) const;
  /// From a squared distance alone, and the distance of the nearest row of the class.
  [[nodiscard]] double bound_by_distance(double squared, double to_same_class) const;
  /// Of rows first to last - 1 of same_class_: a lower bound of the pair bounds, and the largest of them itself.
  [[nodiscard]] double bound_unmeasured(const geometry::RowDistance& other, std::size_t first, std::size_t last,
                                        const geometry::QueryRows& rows) const;
  [[nodiscard]] double pair_bounds(const Candidate& candidate, std::size_t first, std::size_t last, double scale) const;
  void solve_against(const Candidate& candidate, geometry::QueryRows& rows, const std::optional<geometry::Box>& limits,
                     Rounding rounding, CellSolution& solution);
  /// Of the rows of same_class_ from `first` on. Constraints are rounded down, so that a radius of nothing but rounding
  /// is 0.
  void set_constraints(Index first, const Candidate& candidate, double scale, Rounding rounding);
  [[nodiscard]] std::optional<geometry::HalfSpace> most_violated_constraint(
      const Candidate& candidate, const geometry::NearestPoint& nearest) const;
  bool extend_by_missed(const Candidate& candidate, geometry::QueryRows& rows, const geometry::NearestPoint& nearest,
                        Rounding rounding);

  const geometry::PerturbedClassifier& classifier_;
  const geometry::DualRows& dual_;
  /// Rows of the class whose constraints are tried first, with distances from differences.
  std::vector<geometry::RowDistance> same_class_;
  std::vector<Candidate> waiting_;
  /// The least bound of candidates whose half-spaces meet, if at all, at angles too small for float64. What a solution
  /// that stays a lower bound claims: a checker can confirm it by pairs of rows, and no larger one.
  double unsettled_ = 0.0;
  Matrix normals_;  ///< a_i of the rows in same_class_ against the present candidate
  Vector offsets_;  ///< b_i
  Vector lengths_;  ///< |a_i|
};

}  // namespace holdfast::certify
