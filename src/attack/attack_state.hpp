// The best attack on one row so far.
#pragma once

#include <vector>

#include "holdfast/attack/attack.hpp"

namespace holdfast::attack {

/// One row under attack. Perturbations are given as u, in the space of the norm
/// (PerturbedClassifier::to_norm_space). Keeps references to the classifier and the problem.
class AttackState {
 public:
  /// `row`: of the problem.
  AttackState(const certify::CertifiedKnn& knn, const certify::CertificationProblem& problem, Index row);

  /// Searches the line along u, from the row to four times as far, for the first change of the prediction, and keeps
  /// that if it is the shortest so far.
  void search_line(const Vector& u);
  /// Keeps the shortest of these perturbations (the columns) that changes the prediction, if it is shorter than the
  /// best so far. True if one was kept.
  bool try_all(const Matrix& perturbations);

  [[nodiscard]] bool is_changed() const { return best_.size() > 0; }
  /// The shortest perturbation that changes the prediction, and its size; infinite if there is none yet.
  [[nodiscard]] const Vector& best() const { return best_; }
  [[nodiscard]] double size() const { return size_; }
  /// u with the perturbed row put back into the box.
  [[nodiscard]] Vector within_box(const Vector& u) const;
  /// The adversarial row as it is written, its prediction asked for once more.
  [[nodiscard]] Adversarial adversarial() const;

 private:
  /// The classes under perturbations, one per column.
  [[nodiscard]] std::vector<int> predict(const Matrix& perturbations) const;
  void keep(const Vector& u);

  const geometry::PerturbedClassifier& classifier_;
  const certify::ThreatModel& threat_;
  Index k_;
  RowVector query_;  ///< mapped, r entries
  RowVector row_;    ///< in the units of the perturbation, d entries
  int label_;        ///< the class to change
  Index left_out_;   ///< the absent reference row, or -1
  Vector best_;
  double size_;
};

}  // namespace holdfast::attack
