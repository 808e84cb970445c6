#include "holdfast/neighbors/clustered_index.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

#include "holdfast/core/parallel.hpp"
#include "holdfast/core/random.hpp"
#include "neighbors/group_search.hpp"
#include "neighbors/row_groups.hpp"

namespace holdfast::neighbors {
namespace {

constexpr Index fewest_rows = 10000;
constexpr Index fewest_rows_of_a_part = 100;
/// Squares of differences within it, and of their float32 residuals, are in range.
constexpr int largest_exponent = 100;
/// Queries searched together.
constexpr Index block_queries = 256;
/// Queries that choose the reach, and as many that measure the recall.
constexpr std::size_t sampled_queries = 256;

/// How many of the neighbours `found` has.
double recall_of(const Neighbors& found, const Neighbors& expected) {
  Index right = 0;
  Index all = 0;
  for (Index i = 0; i < expected.rows.rows(); ++i) {
    const auto own = found.rows.row(i);
    for (const std::int32_t row : expected.rows.row(i)) {
      if (row < 0) continue;
      ++all;
      right += std::find(own.begin(), own.end(), row) != own.end() ? 1 : 0;
    }
  }
  return all > 0 ? static_cast<double>(right) / static_cast<double>(all) : 1.0;
}

}  // namespace

bool ClusteredIndex::suits(const MatrixView& rows, std::span<const int> parts) {
  if (rows.rows() < fewest_rows || rows.rows() > std::numeric_limits<std::int32_t>::max() || rows.cols() == 0) {
    return false;
  }
  const double spread = (rows.colwise().maxCoeff() - rows.colwise().minCoeff()).maxCoeff();
  if (!(spread > 0.0) || !std::isfinite(spread) || std::abs(std::ilogb(spread)) > largest_exponent) return false;
  if (parts.empty()) return true;
  if (static_cast<Index>(parts.size()) != rows.rows() || *std::ranges::min_element(parts) < 0) return false;
  return (*std::ranges::max_element(parts) + 1) * fewest_rows_of_a_part <= rows.rows();
}

ClusteredIndex::ClusteredIndex(Matrix rows, std::span<const int> parts, std::uint64_t seed) {
  if (!suits(rows, parts)) throw std::invalid_argument("these rows cannot be grouped");
  groups_ = std::make_shared<const RowGroups>(std::move(rows), parts, seed);
}

const Matrix& ClusteredIndex::rows() const { return groups_->rows; }
Index ClusteredIndex::groups() const { return static_cast<Index>(groups_->groups.size()); }

Neighbors ClusteredIndex::search(std::span<const Index> queries, Index k, Among among, double reach,
                                 const Observer& observer) const {
  if (k < 1) throw std::invalid_argument("k must be at least 1");
  const auto total = static_cast<Index>(queries.size());
  Neighbors result{RowMatrix<std::int32_t>(total, k), Matrix(total, k)};
  // Queries of a group together: they need the same groups.
  std::vector<Index> places(queries.size());
  std::iota(places.begin(), places.end(), Index{0});
  const auto group = [&](Index place) {
    return groups_->group_of[static_cast<std::size_t>(queries[static_cast<std::size_t>(place)])];
  };
  std::ranges::stable_sort(places, {}, group);
  std::vector<Index> sorted(queries.size());
  for (std::size_t i = 0; i < places.size(); ++i) sorted[i] = queries[static_cast<std::size_t>(places[i])];
  const Index stretch = observer ? block_queries * thread_count() * 4 : std::max<Index>(total, 1);
  for (Index begin = 0; begin < total; begin += stretch) {
    if (asks_to_stop(observer, {"neighbours", begin, total, 0.0})) throw Stopped{};
    parallel_for(std::min(stretch, total - begin), block_queries, [&](Index from, Index to) {
      const auto at = static_cast<std::size_t>(begin + from);
      const auto count = static_cast<std::size_t>(to - from);
      GroupSearch(*groups_, std::span(sorted).subspan(at, count), k, among, reach)
          .run(std::span(places).subspan(at, count), result);
    });
  }
  if (asks_to_stop(observer, {"neighbours", total, total, 0.0})) throw Stopped{};
  return result;
}

ClusteredIndex::Plan ClusteredIndex::plan(std::span<const Index> queries, Index k, Among among, double recall) const {
  Plan plan;
  std::vector<Index> drawn = Random(0).permutation(static_cast<Index>(queries.size()));
  drawn.resize(std::min(2 * sampled_queries, drawn.size()));
  for (Index& at : drawn) at = queries[static_cast<std::size_t>(at)];
  const std::span<const Index> choosing = std::span<const Index>(drawn).first((drawn.size() + 1) / 2);
  const std::span<const Index> measuring = std::span<const Index>(drawn).subspan(choosing.size());
  const Neighbors exact = search(choosing, k, among);
  const GroupSearch bounds(*groups_, choosing, k, among, 1.0);
  if (recall < 1.0) {
    std::vector<double> needed;
    for (Index i = 0; i < exact.rows.rows(); ++i) {
      for (const std::int32_t row : exact.rows.row(i)) {
        if (row >= 0) needed.push_back(bounds.reach_needed(i, row, exact.squared_distances(i, k - 1)));
      }
    }
    if (!needed.empty()) {
      const auto at = static_cast<std::size_t>(std::ceil(recall * static_cast<double>(needed.size()))) - 1;
      std::nth_element(needed.begin(), needed.begin() + static_cast<std::ptrdiff_t>(at), needed.end());
      plan.reach = std::min(1.0, needed[at]);
    }
    if (!measuring.empty()) {
      plan.recall = recall_of(search(measuring, k, among, plan.reach), search(measuring, k, among));
    }
  }
  plan.share = 0.0;
  for (Index i = 0; i < exact.rows.rows(); ++i) {
    plan.share +=
        bounds.share_scanned(i, exact.squared_distances(i, k - 1), plan.reach) / static_cast<double>(exact.rows.rows());
  }
  return plan;
}

}  // namespace holdfast::neighbors
