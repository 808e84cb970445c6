// Oracle: the exact k-NN radius by enumeration of all sets of k voters, each projected onto by Hildreth's ascent.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "holdfast/core/types.hpp"
#include "reference/hildreth.hpp"

namespace holdfast::reference {

/// The length of the shortest x with normals x >= bounds; infinite if there is none, or none below `most`. For small
/// problems.
inline double shortest_in(const std::vector<Vector>& normals, const std::vector<double>& bounds, Index dimension,
                          double most) {
  Hildreth ascent(normals, bounds, dimension);
  for (int sweep = 0; sweep < 40'000; ++sweep) {
    if (ascent.sweep() < 1e-13) break;
    if (ascent.squared_length_proved() > most * most * (1.0 + 1e-9)) return std::numeric_limits<double>::infinity();
  }
  const Vector& point = ascent.point();
  for (std::size_t j = 0; j < normals.size(); ++j) {
    if (bounds[j] - normals[j].dot(point) > 1e-6 * normals[j].norm()) return std::numeric_limits<double>::infinity();
  }
  return point.norm();
}

/// The least |delta| at which the k rows nearest to z + delta, in any order that ties allow, outvote class `label`; x
/// are the rows, distance is Euclidean, equal rows keep their order. `columns`: those that delta may change.
class ExactKnn {
 public:
  ExactKnn(const Matrix& x, const std::vector<int>& codes, const RowVector& z, Index k, int label,
           std::vector<Index> columns)
      : x_(x), codes_(codes), z_(z), k_(k), label_(label), columns_(std::move(columns)) {}
  ExactKnn(const Matrix& x, const std::vector<int>& codes, const RowVector& z, Index k, int label)
      : ExactKnn(x, codes, z, k, label, all_of(x.cols())) {}

  /// A radius of more than this is called infinite.
  static constexpr double most = 1e3;

  double radius() {
    best_ = std::numeric_limits<double>::infinity();
    std::vector<bool> votes(static_cast<std::size_t>(x_.rows()), false);
    std::fill(votes.begin(), votes.begin() + k_, true);
    do try_voters(votes);
    while (std::prev_permutation(votes.begin(), votes.end()));
    return best_;
  }

 private:
  static std::vector<Index> all_of(Index count) {
    std::vector<Index> columns;
    for (Index column = 0; column < count; ++column) columns.push_back(column);
    return columns;
  }

  /// Adds "a no farther than b". False if no delta changes their order and they stand the other way.
  bool add(Index a, Index b) {
    const Vector normal = (x_.row(a) - x_.row(b))(columns_).transpose();
    const double ahead = 0.5 * ((z_ - x_.row(a)).squaredNorm() - (z_ - x_.row(b)).squaredNorm());
    if (normal.squaredNorm() == 0.0) return ahead < 0.0 || (ahead == 0.0 && a < b);
    normals_.push_back(normal);
    bounds_.push_back(ahead);
    return true;
  }

  void try_voters(const std::vector<bool>& votes) {
    normals_.clear();
    bounds_.clear();
    std::map<int, Index> count;
    for (Index a = 0; a < x_.rows(); ++a) {
      if (!votes[static_cast<std::size_t>(a)]) continue;
      ++count[code(a)];
      for (Index b = 0; b < x_.rows(); ++b) {
        if (!votes[static_cast<std::size_t>(b)] && !add(a, b)) return;
      }
    }
    bool ties = false;
    for (const auto& [other, number] : count) {
      if (other == label_) continue;
      if (number > count[label_]) return keep();
      ties = ties || number == count[label_];
    }
    if (!ties) return;
    const std::size_t before = normals_.size();
    for (Index first = 0; first < x_.rows(); ++first) {
      if (!votes[static_cast<std::size_t>(first)] || code(first) == label_ || count[code(first)] != count[label_]) {
        continue;
      }
      bool possible = true;
      for (Index own = 0; own < x_.rows() && possible; ++own) {
        if (votes[static_cast<std::size_t>(own)] && code(own) == label_) possible = add(first, own);
      }
      if (possible) keep();
      normals_.resize(before);
      bounds_.resize(before);
    }
  }

  void keep() {
    best_ = std::min(best_, shortest_in(normals_, bounds_, static_cast<Index>(columns_.size()), std::min(best_, most)));
  }
  [[nodiscard]] int code(Index row) const { return codes_[static_cast<std::size_t>(row)]; }

  const Matrix& x_;
  const std::vector<int>& codes_;
  const RowVector& z_;
  Index k_;
  int label_;
  std::vector<Index> columns_;
  double best_ = 0.0;
  std::vector<Vector> normals_;
  std::vector<double> bounds_;
};

}  // namespace holdfast::reference
