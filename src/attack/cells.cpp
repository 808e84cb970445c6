#include "attack/cells.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
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
/// Rounds of choosing anew which rows of the class are spared.
constexpr int most_spared = 4;

}  // namespace

CellAttack::CellAttack(const certify::PerturbedClassifier& classifier, const certify::DualRows& dual,
                       const AttackOptions& options)
    : classifier_(classifier),
      dual_(dual),
      options_(options),
      majority_(static_cast<std::size_t>((options.k + 1) / 2)) {}

bool CellAttack::Cell::operator<(const Cell& other) const {
  if (bound != other.bound) return bound < other.bound;
  return std::lexicographical_compare(winners.begin(), winners.end(), other.winners.begin(), other.winners.end(),
                                      [](const Row& a, const Row& b) { return a.row < b.row; });
}

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

CellAttack::Cell CellAttack::cell_of(std::vector<Row> winners) const {
  std::sort(winners.begin(), winners.end(), [](const Row& a, const Row& b) { return a.row < b.row; });
  // Each winner must pass all rows of the class but those spared: at least the next hardest of those looked at.
  std::vector<double> to_pass(std::min(spares() + majority_, own_.size()));
  const auto hardest = to_pass.begin() + static_cast<std::ptrdiff_t>(spares());
  double bound = 0.0;
  for (const Row& winner : winners) {
    for (std::size_t n = 0; n < to_pass.size(); ++n) {
      const double needed = 0.5 * (winner.squared_distance - own_[n].squared_distance);
      const double length = dual_.distance(winner.row, own_[n].row);
      to_pass[n] = needed > 0.0 && length > 0.0 ? needed / length : 0.0;
    }
    std::nth_element(to_pass.begin(), hardest, to_pass.end(), std::greater<>());
    bound = std::max(bound, *hardest);
  }
  return {bound, std::move(winners)};
}

std::vector<CellAttack::Cell> CellAttack::cells() const {
  std::vector<Cell> found;
  if (own_.empty()) return found;
  const auto code = [&](const Row& at) { return classifier_.codes()[static_cast<std::size_t>(at.row)]; };
  for (std::size_t n = 0; n < std::min(seeds, others_.size()); ++n) {
    std::vector<Row> same;
    std::copy_if(others_.begin(), others_.end(), std::back_inserter(same),
                 [&](const Row& other) { return code(other) == code(others_[n]); });
    if (same.size() >= majority_) add_cells(same, others_[n], found);
  }
  std::sort(found.begin(), found.end());
  const auto are_equal = [](const Cell& a, const Cell& b) { return !(a < b) && !(b < a); };
  found.erase(std::unique(found.begin(), found.end(), are_equal), found.end());
  if (found.size() > most_cells) found.resize(most_cells);
  return found;
}

void CellAttack::add_cells(const std::vector<Row>& rows, const Row& seed, std::vector<Cell>& cells) const {
  const auto count = static_cast<std::ptrdiff_t>(majority_);
  if (rows.front().row == seed.row) cells.push_back(cell_of({rows.begin(), rows.begin() + count}));
  const Matrix& mapped = classifier_.mapped();
  std::vector<std::pair<double, std::size_t>> around;
  for (std::size_t n = 0; n < rows.size(); ++n) {
    around.emplace_back(
        linalg::squared_distance(mapped.row(seed.row).data(), mapped.row(rows[n].row).data(), mapped.cols()), n);
  }
  std::partial_sort(around.begin(), around.begin() + count, around.end());
  std::vector<Row> winners;
  for (std::size_t n = 0; n < majority_; ++n) winners.push_back(rows[around[n].second]);
  cells.push_back(cell_of(std::move(winners)));
}

Vector CellAttack::shortest(const Cell& cell, const certify::Box* limits) const {
  Vector weights = Vector::Ones(dual_.dimension());
  Vector u = project(cell, {}, weights, limits);
  // The cell is a union over the rows of the class that are spared: those nearest to where the last projection ended.
  for (int round = 0; u.size() > 0 && spares() > 0 && round < most_spared; ++round) {
    const Vector next = project(cell, nearest_own(spares(), u), weights, limits);
    if (next.size() == 0 || next.norm() > u.norm() * (1.0 - 1e-9)) break;
    u = next;
  }
  if (u.size() == 0 || options_.norm == Norm::l2 || options_.norm == Norm::ellipsoid) return u;
  // |u|_1 = sum u^2 / |u|: least squares with the weights of the last round (iteratively reweighted least squares).
  // |u|_inf: weights that grow where the entry is large (Lawson's algorithm). Each round is in the cell, so each is an
  // attack; the shortest is kept.
  Vector best = u;
  double size_of_best = certify::length(u, options_.norm);
  Vector emphasis = Vector::Ones(u.size());
  double smoothing = 0.1;
  // The weights of l1 move far in the first rounds: what to spare is chosen on the way, anew in each.
  const int undecided = options_.norm == Norm::l1 ? rounds / 3 : 0;
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
    u = project(cell, round < undecided ? std::vector<Row>() : nearest_own(spares(), u), weights, limits);
    if (u.size() == 0) break;
    const double size = certify::length(u, options_.norm);
    if (size < size_of_best) {
      size_of_best = size;
      best = u;
    }
  }
  return best;
}

double CellAttack::height(const Row& row, const Vector& u) const {
  return row.squared_distance - 2.0 * dual_.rows().row(row.row).dot(u);
}

std::vector<CellAttack::Row> CellAttack::nearest_own(std::size_t count, const Vector& u) const {
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t n = 0; n < own_.size(); ++n) order.emplace_back(height(own_[n], u), n);
  std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end());
  std::vector<Row> nearest;
  for (std::size_t n = 0; n < count; ++n) nearest.push_back(own_[order[n].second]);
  return nearest;
}

Vector CellAttack::project(const Cell& cell, const std::vector<Row>& spared, const Vector& weights,
                           const certify::Box* limits) const {
  constexpr int most_steps = 400;
  const Matrix& dual = dual_.rows();
  certify::NearestPoint nearest(dual_.dimension());
  const Vector none;
  std::vector<const Row*> rivals;
  for (const Row& row : own_) {
    if (std::none_of(spared.begin(), spared.end(), [&](const Row& at) { return at.row == row.row; })) {
      rivals.push_back(&row);
    }
  }
  const auto exempt = static_cast<std::ptrdiff_t>(spares() - spared.size());
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
    for (const Row* row : rivals) own.emplace_back(height(*row, u), row);
    const auto rival = own.begin() + exempt;
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
