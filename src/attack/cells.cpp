#include "attack/cells.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "certify/box_limits.hpp"
#include "certify/half_spaces.hpp"

namespace holdfast::attack {
namespace {

using certify::Norm;

/// Cells that are tried for a query, by their bounds.
constexpr std::size_t most_cells = 6;
/// Rows gathered for each row of a majority.
constexpr std::size_t rows_a_vote = 32;
/// Nearest rows of other classes from which cells start.
constexpr std::size_t seeds = 32;
/// Rounds of reweighting for l1 and linf.
constexpr int rounds = 30;

}  // namespace

CellAttack::CellAttack(const certify::PerturbedClassifier& classifier, const certify::DualRows& dual,
                       const AttackOptions& options)
    : classifier_(classifier),
      dual_(dual),
      options_(options),
      majority_(static_cast<std::size_t>((options.k + 1) / 2)) {}

void CellAttack::operator()(certify::QueryRows& rows, const certify::Box* limits, Target& target) {
  gather(rows);
  for (const Cell& cell : cells()) {
    if (cell.bound >= target.size()) break;
    const Vector u = shortest(cell, limits);
    // The prediction often changes a little before the cell is reached, seldom much.
    if (u.size() > 0 && 0.7 * certify::length(u, options_.norm) < target.size()) target.try_along(dual_.lifted(u));
  }
}

void CellAttack::gather(certify::QueryRows& rows) {
  own_.clear();
  others_.clear();
  const std::size_t most = 32 + rows_a_vote * majority_;
  for (std::size_t n = 0; n < std::min(most, rows.own().size()); ++n) {
    const Index row = rows.own()[n].row;
    own_.push_back({row, rows.distance_to(row)});
  }
  while (others_.size() < most && rows.others_left() > 0) {
    const Index row = rows.take_nearest_other().row;
    others_.push_back({row, rows.distance_to(row)});
  }
}

double CellAttack::bound_of(const std::vector<Row>& winners) const {
  // Each winner must at least pass the s-th nearest row of the class.
  const Row& own = own_[std::min(majority_, own_.size()) - 1];
  double bound = 0.0;
  for (const Row& winner : winners) {
    const double length = dual_.distance(winner.row, own.row);
    const double needed = 0.5 * (winner.squared_distance - own.squared_distance);
    if (needed > 0.0 && length > 0.0) bound = std::max(bound, needed / length);
  }
  return bound;
}

std::vector<CellAttack::Row> CellAttack::of_class_of(const Row& row) const {
  const auto code = [&](const Row& at) { return classifier_.codes()[static_cast<std::size_t>(at.row)]; };
  std::vector<Row> same;
  std::copy_if(others_.begin(), others_.end(), std::back_inserter(same),
               [&](const Row& other) { return code(other) == code(row); });
  return same;
}

std::vector<CellAttack::Cell> CellAttack::cells() const {
  std::vector<Cell> found;
  if (own_.empty()) return found;
  const Matrix& mapped = classifier_.mapped();
  const auto add = [&](std::vector<Row> winners) {
    winners.resize(majority_);
    std::sort(winners.begin(), winners.end(), [](const Row& a, const Row& b) { return a.row < b.row; });
    found.push_back({bound_of(winners), std::move(winners)});
  };
  for (std::size_t n = 0; n < std::min(seeds, others_.size()); ++n) {
    const Row& seed = others_[n];
    std::vector<Row> same = of_class_of(seed);  // nearest to the query first
    if (same.size() < majority_) continue;
    if (same.front().row == seed.row) add(same);
    const auto from_seed = [&](const Row& row) {
      return std::pair(linalg::squared_distance(mapped.row(seed.row).data(), mapped.row(row.row).data(), mapped.cols()),
                       row.row);
    };
    std::vector<std::pair<std::pair<double, Index>, Row>> around;
    for (const Row& row : same) around.emplace_back(from_seed(row), row);
    std::sort(around.begin(), around.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t at = 0; at < same.size(); ++at) same[at] = around[at].second;
    add(same);
  }
  const auto rows_of = [](const Cell& cell) {
    std::vector<Index> rows;
    for (const Row& winner : cell.winners) rows.push_back(winner.row);
    return rows;
  };
  std::sort(found.begin(), found.end(), [&](const Cell& a, const Cell& b) {
    return a.bound < b.bound || (a.bound == b.bound && rows_of(a) < rows_of(b));
  });
  found.erase(
      std::unique(found.begin(), found.end(), [&](const Cell& a, const Cell& b) { return rows_of(a) == rows_of(b); }),
      found.end());
  if (found.size() > most_cells) found.resize(most_cells);
  return found;
}

Vector CellAttack::shortest(const Cell& cell, const certify::Box* limits) const {
  Vector weights = Vector::Ones(dual_.dimension());
  Vector u = project(cell, weights, limits);
  if (u.size() == 0 || options_.norm == Norm::l2 || options_.norm == Norm::ellipsoid) return u;
  // |u|_1 = sum u^2 / |u|: least squares with the weights of the last round (iteratively reweighted least squares).
  // |u|_inf: weights that grow where the entry is large (Lawson's algorithm). Each round is in the cell, so each is an
  // attack; the shortest is kept.
  Vector best = u;
  double size_of_best = certify::length(u, options_.norm);
  Vector emphasis = Vector::Ones(u.size());
  double smoothing = 0.1;
  for (int round = 0; round < rounds; ++round, smoothing *= 0.6) {
    const double largest = u.lpNorm<Eigen::Infinity>();
    if (!(largest > 0.0)) break;
    if (options_.norm == Norm::l1) {
      weights = (u.cwiseAbs().array() / largest + smoothing).sqrt();
    } else {
      emphasis = emphasis.cwiseProduct(Vector((u.cwiseAbs() / largest).array() + 1e-3 * smoothing));
      emphasis /= emphasis.maxCoeff();
      weights = emphasis.cwiseMax(1e-12).cwiseSqrt().cwiseInverse();
    }
    u = project(cell, weights, limits);
    if (u.size() == 0) break;
    const double size = certify::length(u, options_.norm);
    if (size < size_of_best) {
      size_of_best = size;
      best = u;
    }
  }
  return best;
}

Vector CellAttack::project(const Cell& cell, const Vector& weights, const certify::Box* limits) const {
  constexpr int most_steps = 400;
  const Matrix& dual = dual_.rows();
  certify::NearestPoint nearest(dual_.dimension());
  const Vector none;
  // D2(z + delta, x) up to what all rows share: d - 2 p . u, with p the row's dual.
  const auto height = [&](const Row& row, const Vector& u) {
    return row.squared_distance - 2.0 * dual.row(row.row).dot(u);
  };
  std::vector<std::pair<double, const Row*>> own;
  for (int step = 0; step < most_steps; ++step) {
    const Vector u = weights.cwiseProduct(nearest.point());
    const Row* last = nullptr;
    double last_height = 0.0;
    for (const Row& winner : cell.winners) {
      const double at = height(winner, u);
      if (last == nullptr || at > last_height) {
        last = &winner;
        last_height = at;
      }
    }
    own.clear();
    for (const Row& row : own_) own.emplace_back(height(row, u), &row);
    const std::size_t exempt = std::min(majority_ - 1, own.size() - 1);
    const auto rival = own.begin() + static_cast<std::ptrdiff_t>(exempt);
    std::nth_element(own.begin(), rival, own.end());
    const double tolerance = 1e-12 * (last->squared_distance + rival->second->squared_distance);
    if (last_height > rival->first + tolerance) {
      const Row& passed = *rival->second;
      const Vector normal = weights.cwiseProduct((dual.row(last->row) - dual.row(passed.row)).transpose());
      if (!nearest.add(normal, 0.5 * (last->squared_distance - passed.squared_distance))) return none;
      continue;
    }
    if (limits == nullptr) return u;
    const auto limit = certify::most_violated_limit(classifier_, *limits, u);
    if (!limit) return u;
    if (!nearest.add(weights.cwiseProduct(limit->normal), limit->bound)) return none;
  }
  return none;
}

}  // namespace holdfast::attack
