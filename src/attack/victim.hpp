// The classifier that is attacked, and the best attack on one of its rows so far.
#pragma once

#include <optional>
#include <vector>

#include "holdfast/attack/attack.hpp"
#include "holdfast/neighbors/exact_index.hpp"

namespace holdfast::attack {

/// A k-NN classifier over mapped rows, asked for nothing but predictions.
class Victim {
 public:
  Victim(const certify::PerturbedClassifier& classifier, Index k);

  [[nodiscard]] const certify::PerturbedClassifier& classifier() const { return classifier_; }
  /// The classes of mapped points, m x r.
  [[nodiscard]] std::vector<int> predict(const MatrixView& points) const;

 private:
  const certify::PerturbedClassifier& classifier_;
  Index k_;
  Index classes_;
  neighbors::ExactIndex<double> index_;
};

/// One row under attack. Perturbations are given as u, in the coordinates that the norm measures
/// (PerturbedClassifier::measured of the change of the row).
class Target {
 public:
  /// `query`: mapped, r entries; `row`: the same in the units of the perturbation; `label`: the class to change.
  Target(const Victim& victim, const RowView& query, const RowView& row, int label, const AttackOptions& options);

  /// Goes along u, from the row to four times as far, to the first change of the prediction found, and keeps it where
  /// it is the shortest so far.
  void try_along(const Vector& u);
  /// Keeps the shortest of these perturbations (the columns) that changes the prediction, if it is shorter than what
  /// there is. True where one was kept.
  bool try_all(const Matrix& perturbations);

  [[nodiscard]] bool is_changed() const { return best_.size() > 0; }
  /// The shortest perturbation that changes the prediction, and its size; infinite where there is none yet.
  [[nodiscard]] const Vector& best() const { return best_; }
  [[nodiscard]] double size() const { return size_; }
  /// u with the perturbed row put back into the box.
  [[nodiscard]] Vector within_box(const Vector& u) const;
  /// The adversarial row as it is written, its prediction asked for once more.
  [[nodiscard]] Adversarial adversarial() const;

 private:
  [[nodiscard]] std::vector<int> predict(const std::vector<Vector>& perturbations) const;
  void keep(const Vector& u);

  const Victim& victim_;
  RowVector query_;
  RowVector row_;
  int label_;
  const AttackOptions& options_;
  Vector best_;
  double size_;
};

}  // namespace holdfast::attack
