// Projections onto the cells where several rows of one other class outvote the class of a query.
#pragma once

#include <vector>

#include "attack/victim.hpp"
#include "certify/dual_rows.hpp"
#include "certify/query_rows.hpp"

namespace holdfast::attack {

/// Attacks one query through the cells of s = (k+1)/2 rows of one class each.
class CellAttack {
 public:
  CellAttack(const certify::PerturbedClassifier& classifier, const certify::DualRows& dual,
             const AttackOptions& options);

  /// `limits`: of the change of the row, or null.
  void operator()(certify::QueryRows& rows, const certify::Box* limits, Target& target);

  /// A row with its squared distance to the query.
  struct Row {
    Index row;
    double squared_distance;
  };
  /// The nearest rows of other classes, as the last call found them.
  [[nodiscard]] const std::vector<Row>& others() const { return others_; }

 private:
  /// s rows of one class with a lower bound on what it takes to have them outvote.
  struct Cell {
    double bound;
    std::vector<Row> winners;
  };

  void gather(certify::QueryRows& rows);
  /// Of the gathered others those of the row's class, nearest to the query first.
  [[nodiscard]] std::vector<Row> of_class_of(const Row& row) const;
  /// The s nearest to the query of each class, and the s nearest to each of the nearest others of their class, by
  /// bound.
  [[nodiscard]] std::vector<Cell> cells() const;
  [[nodiscard]] double bound_of(const std::vector<Row>& winners) const;
  /// The u in the cell for which u / weights is shortest; empty where that was not found.
  [[nodiscard]] Vector project(const Cell& cell, const Vector& weights, const certify::Box* limits) const;
  /// The shortest u in the cell, in the norm; empty where it was not found.
  [[nodiscard]] Vector shortest(const Cell& cell, const certify::Box* limits) const;

  const certify::PerturbedClassifier& classifier_;
  const certify::DualRows& dual_;
  const AttackOptions& options_;
  std::size_t majority_;
  std::vector<Row> own_;     ///< the nearest rows of the query's class
  std::vector<Row> others_;  ///< the nearest rows of others
};

}  // namespace holdfast::attack
