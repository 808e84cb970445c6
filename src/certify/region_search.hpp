// The shortest perturbation of one query that changes the vote of its k nearest rows, by best-first search.
#pragma once

#include <chrono>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "certify/closest_vote.hpp"
#include "certify/nearby_rows.hpp"
#include "certify/region.hpp"
#include "holdfast/geometry/nearest_in_norm.hpp"

namespace holdfast::certify {

/// When the search of one query ends before its time.
struct SearchLimits {
  using Time = std::chrono::time_point<std::chrono::steady_clock, std::chrono::duration<double>>;
  Time deadline;
  Index parts;
};

/// What is known of the shortest perturbation.
struct RegionSolution {
  double at_least = 0.0;     ///< none is shorter
  bool is_complete = false;  ///< one of that length reaches the border of another vote, or none does below the start
  Vector coordinates;        ///< that one, in the basis of the dual rows; empty if none was found
};

/// The exact k-NN radius of one query: `exact_knn_radii` says how. Keeps what it allocates for the next query.
class RegionSearch {
 public:
  RegionSearch(const geometry::PerturbedClassifier& classifier, const geometry::DualRows& dual, geometry::Norm norm,
               Index k)
      : classifier_(classifier), k_(k), majority_((k + 1) / 2), rows_(classifier, dual, norm) {}

  /// In the space of the dual rows. `label`: the class that wins at the query; `start`: perturbations of that length or
  /// longer do not matter; `limits`: of the change itself (they need full-space dual rows).
  RegionSolution solve(geometry::QueryRows& around, int label, double start, const std::optional<geometry::Box>& limits,
                       const SearchLimits& until);
  /// The rows of the last query.
  [[nodiscard]] NearbyRows& rows() { return rows_; }

 private:
  /// The rows that matter to a pivot, with the lengths of their half-spaces.
  struct PivotRows {
    struct At {
      Index row;
      double length;
    };
    std::vector<At> own;
    std::vector<At> other;
  };
  /// A row on which a part may be divided, and how far its half-space is.
  struct Choice {
    double distance;
    Index row;
  };
  /// How the rows stand at the solution of a part.
  struct Standing {
    std::vector<Choice> own;      ///< undecided and nearer than the pivot
    std::vector<Choice> third;    ///< the same of third classes
    std::vector<Choice> missing;  ///< undecided of other classes, farther than the pivot
    Index own_nearer = 0;         ///< decided or not
    Index third_nearer = 0;
    Index reached = 0;  ///< no farther than the pivot, third rows counted up to their quota
  };
  struct Later {
    bool operator()(const std::unique_ptr<RegionPart>& a, const std::unique_ptr<RegionPart>& b) const {
      return a->bound > b->bound;
    }
  };

  void start(geometry::QueryRows& around, int label, double start, const std::optional<geometry::Box>& limits);
  void add_two_class_regions();
  void add_regions_of_rivals(double at_least);
  void add_region(const Region& region, double at_least);
  /// Takes parts from the queue until the least bound is that of the best solution, or the time is over. True at the
  /// former, and where the relaxation to two classes ends.
  bool run(const SearchLimits& until);
  [[nodiscard]] bool is_at_end_of_relaxation() const;
  void divide(std::unique_ptr<RegionPart> part);
  /// A better bound on the region of a part than its pivot's own.
  void refine(RegionPart& part) const;
  [[nodiscard]] PivotRows& rows_of(Index pivot);
  /// Finds the shortest perturbation that keeps to all decisions; false if it is no shorter than the best.
  bool solve_part(const RegionPart& part, const PivotRows& near);
  /// Moves the rows to the solution so far.
  void move_to_nearest();
  [[nodiscard]] std::optional<std::pair<Index, Index>> most_violated(const RegionPart& part,
                                                                     const PivotRows& near) const;
  [[nodiscard]] Standing standing(const RegionPart& part, const PivotRows& near) const;
  [[nodiscard]] bool may_count(const RegionPart& part, Index row) const;
  /// Parts of which each keeps the next of the nearest rows out, of those that exceed a quota that `quota_left` more
  /// fill.
  void divide_by_excess(const RegionPart& part, std::vector<Choice> nearer, Index quota_left);
  /// Parts of which each takes the next of the rows in that are still missing.
  void divide_by_missing(const RegionPart& part, std::vector<Choice> missing, Index lacking);
  void divide_by_first(const RegionPart& part, const PivotRows& near);
  /// A lower bound on the perturbations of a part beyond a half-space (a no farther than b), which its shortest is
  /// `distance` outside of.
  [[nodiscard]] double bound_beyond(double distance, Index a, Index b) const;
  [[nodiscard]] std::unique_ptr<RegionPart> child(const RegionPart& part, double bound) const;
  void push(std::unique_ptr<RegionPart> part);
  void mark(const RegionPart& part, Decided mark_in, Decided mark_out);
  void keep(const RegionPart& part);

  const geometry::PerturbedClassifier& classifier_;
  Index k_;
  Index majority_;
  NearbyRows rows_;
  const std::optional<geometry::Box>* limits_ = nullptr;
  int label_ = 0;
  bool is_relaxed_ = false;  ///< the regions treat all other classes as one
  double best_ = 0.0;        ///< parts of this bound or more do not matter
  double unsettled_ = 0.0;   ///< the least bound of parts that rounding keeps from their end
  Vector solution_;
  std::vector<Region> regions_;
  std::vector<std::unique_ptr<RegionPart>> queue_;  ///< a heap
  std::vector<std::unique_ptr<PivotRows>> pivots_;  ///< one per row, made at first use
  std::vector<Decided> decided_;                    ///< of the part at hand, one per row
  geometry::NearestInNorm nearest_{0, geometry::Norm::l2};
  std::vector<std::pair<Index, Index>> names_;  ///< the half-spaces that nearest_ was given; (-1, -1): a limit
};

}  // namespace holdfast::certify
