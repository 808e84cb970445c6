// Projections onto the cells where several rows of one other class outvote the class of a query.
#pragma once

#include <algorithm>
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
  /// Where s rows of one other class are nearer than all rows of the class but s-1, those that it spares.
  struct Cell {
    double bound;              ///< at least so long is a perturbation that leads there
    std::vector<Row> winners;  ///< in the order of the rows
    [[nodiscard]] bool operator<(const Cell& other) const;
  };

  void gather(certify::QueryRows& rows);
  /// The cells to be tried, by bound.
  [[nodiscard]] std::vector<Cell> cells() const;
  /// Adds the cell of the s rows nearest to the seed and, where the seed is the first of the rows, which are in the
  /// order of their distance to the query, that of the first s.
  void add_cells(const std::vector<Row>& rows, const Row& seed, std::vector<Cell>& cells) const;
  [[nodiscard]] Cell cell_of(std::vector<Row> winners) const;
  /// Rows of the class that need not be passed.
  [[nodiscard]] std::size_t spares() const { return std::min(majority_, own_.size()) - 1; }
  /// D2(z + delta, row) at the perturbation u, up to what all rows share: d - 2 p . u, with p the row's dual.
  [[nodiscard]] double height(const Row& row, const Vector& u) const;
  /// The rows of the class that are nearest at u.
  [[nodiscard]] std::vector<Row> nearest_own(std::size_t count, const Vector& u) const;
  /// The u in the cell for which u / weights is shortest, `spared` not being passed; where that is empty, those not
  /// passed are the nearest as the search goes. Empty where it was not found.
  [[nodiscard]] Vector project(const Cell& cell, const std::vector<Row>& spared, const Vector& weights,
                               const certify::Box* limits) const;
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
