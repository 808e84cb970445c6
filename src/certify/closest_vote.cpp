#include "certify/closest_vote.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include "holdfast/geometry/nearest_in_norm.hpp"

namespace holdfast::certify {
namespace {

/// Rows looked at beyond the k nearest: those that may tie with the last of them.
constexpr Index further_rows = 64;

/// The nearest rows with the number of the tie that each is in.
struct Ranking {
  std::vector<Index> rows;  ///< nearest first
  std::vector<Index> tie;   ///< one per row, rising
};

Ranking ranked(const NearbyRows& rows, Index k) {
  Ranking ranking;
  std::vector<Index>& order = ranking.rows;
  order.resize(static_cast<std::size_t>(rows.size()));
  std::iota(order.begin(), order.end(), Index{0});
  const Index count = std::min(rows.size(), k + further_rows);
  const auto nearer = [&](Index a, Index b) {
    if (rows.shifted_distance(a) != rows.shifted_distance(b)) {
      return rows.shifted_distance(a) < rows.shifted_distance(b);
    }
    return rows.precedes(a, b);
  };
  std::partial_sort(order.begin(), order.begin() + count, order.end(), nearer);
  order.resize(static_cast<std::size_t>(count));
  Index tie = 0;
  for (std::size_t at = 0; at < order.size(); ++at) {
    if (at > 0 && rows.is_farther(order[at], order[at - 1])) ++tie;
    ranking.tie.push_back(tie);
  }
  return ranking;
}

/// The k nearest rows where, within a tie, those of the rival come first and those of the label last, as far as equal
/// rows allow: they keep the order of the reference rows.
std::vector<Index> voters_for(const NearbyRows& rows, const Ranking& ranking, Index k, int rival, int label) {
  const auto rank = [&](Index row) { return rows.code(row) == rival ? 0 : rows.code(row) == label ? 2 : 1; };
  std::vector<Index> places(ranking.rows.size());
  std::iota(places.begin(), places.end(), Index{0});
  std::ranges::stable_sort(places, [&](Index a, Index b) {
    const auto at = static_cast<std::size_t>(a);
    const auto other = static_cast<std::size_t>(b);
    if (ranking.tie[at] != ranking.tie[other]) return ranking.tie[at] < ranking.tie[other];
    return rank(ranking.rows[at]) < rank(ranking.rows[other]);
  });
  std::vector<Index> order;
  for (const Index place : places) order.push_back(ranking.rows[static_cast<std::size_t>(place)]);
  // A row waits for all equal rows that precede it.
  std::vector<Index> voters;
  std::vector<Index> waiting = order;
  while (!waiting.empty() && static_cast<Index>(voters.size()) < k) {
    const auto next = std::ranges::find_if(waiting, [&](Index row) {
      return std::ranges::none_of(rows.twins(row), [&](Index twin) {
        return rows.precedes(twin, row) && std::ranges::find(waiting, twin) != waiting.end();
      });
    });
    voters.push_back(*next);
    waiting.erase(next);
  }
  return voters;
}

/// The pairs of rows whose order makes the k voters the k nearest, and their vote that of the rival.
class RequiredOrder {
 public:
  RequiredOrder(const Outvoting& outvoting, const NearbyRows& rows)
      : outvoting_(outvoting), rows_(rows), votes_(static_cast<std::size_t>(rows.size()), false) {
    for (const Index row : outvoting.voters) votes_[static_cast<std::size_t>(row)] = true;
  }

  /// The half-space of the pair that is farthest from its order, at the present perturbation.
  [[nodiscard]] std::optional<geometry::HalfSpace> most_violated(double margin) const {
    Index nearer = -1;
    Index farther = -1;
    double farthest = 0.0;
    const auto consider = [&](Index a, Index b) {
      if (!rows_.may_lack(a, b, margin)) return;
      const double missing = rows_.lacking(a, b, margin);
      if (missing <= farthest) return;
      farthest = missing;
      nearer = a;
      farther = b;
    };
    for (Index row = 0; row < rows_.size(); ++row) {
      if (votes_[static_cast<std::size_t>(row)]) {
        if (outvoting_.first && rows_.is_own(row)) consider(*outvoting_.first, row);
      } else {
        for (const Index voter : outvoting_.voters) consider(voter, row);
      }
    }
    if (nearer < 0) return std::nullopt;
    return rows_.half_space(nearer, farther, margin);
  }

 private:
  const Outvoting& outvoting_;
  const NearbyRows& rows_;
  std::vector<bool> votes_;
};

}  // namespace

std::optional<Outvoting> outvoting(const NearbyRows& rows, Index k, int label) {
  const Ranking ranking = ranked(rows, k);
  std::set<int> rivals;
  for (const Index row : ranking.rows) rivals.insert(rows.code(row));
  rivals.erase(label);
  for (const int rival : rivals) {
    Outvoting vote{rival, voters_for(rows, ranking, k, rival, label), std::nullopt};
    // Voters that are not among the rows are too far to matter, unless they are the label's.
    const Index missing = k - static_cast<Index>(vote.voters.size());
    const auto votes = [&](int code) {
      const auto count = std::ranges::count_if(vote.voters, [&](Index row) { return rows.code(row) == code; });
      return static_cast<Index>(count) + (code == label ? missing : 0);
    };
    if (votes(rival) > votes(label)) return vote;
    if (votes(rival) != votes(label) || votes(rival) == 0) continue;
    const auto first = std::ranges::find_if(
        vote.voters, [&](Index row) { return rows.code(row) == rival || rows.code(row) == label; });
    if (rows.code(*first) != rival) continue;
    vote.first = *first;
    return vote;
  }
  return std::nullopt;
}

Vector perturbation_to(const Outvoting& outvoting, NearbyRows& rows, const geometry::PerturbedClassifier& classifier,
                       const std::optional<geometry::Box>& limits, double margin) {
  constexpr int most_steps = 2'000;
  const RequiredOrder order(outvoting, rows);
  geometry::NearestInNorm nearest(rows.dimension(), rows.norm());
  for (int step = 0; step < most_steps; ++step) {
    rows.move_to(nearest.point());
    std::optional<geometry::HalfSpace> violated = order.most_violated(margin);
    if (!violated && limits) violated = classifier.most_violated_limit(*limits, nearest.point());
    if (!violated) return nearest.point();
    if (!nearest.add(violated->normal, violated->bound)) return {};
  }
  return {};
}

}  // namespace holdfast::certify
