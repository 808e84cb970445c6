#include "holdfast/constraints/class_neighbors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "holdfast/neighbors/exact_index.hpp"

namespace holdfast::constraints {
namespace {

using neighbors::ClusteredIndex;

/// Searches `queries` among `candidates`, both row numbers of x, and writes the neighbours as row numbers of x. `own`:
/// the place of each query among the candidates, or empty if it is not there.
void search_among(const MatrixView& x, std::span<const Index> queries, std::span<const Index> candidates,
                  std::span<const Index> own, Index wanted, NeighborLists& lists, const Observer& observer) {
  const Index k = std::min(wanted, static_cast<Index>(candidates.size()) - (own.empty() ? 0 : 1));
  if (k < 1 || queries.empty()) return;
  const neighbors::ExactIndex<double> index(select_rows(x, candidates));
  const neighbors::Neighbors found = index.search(select_rows(x, queries), k, {.left_out = own, .observer = observer});
  for (std::size_t q = 0; q < queries.size(); ++q) {
    for (const auto row : found.rows.row(static_cast<Index>(q))) {
      const Index neighbor = candidates[static_cast<std::size_t>(row)];
      lists[static_cast<std::size_t>(queries[q])].push_back(static_cast<std::int32_t>(neighbor));
    }
  }
}

std::string account_of(ClassNeighbors::Of of, const ClusteredIndex::Plan& plan, double wanted) {
  const char* what = of == ClassNeighbors::Of::own_class ? "own class" : "other classes";
  if (!plan.pays()) return fmt::format("nearest rows of the {}: exact, by a scan of all rows", what);
  if (wanted == 1.0) {
    return fmt::format("nearest rows of the {}: exact, by groups, looking at {:.2g} of the rows", what, plan.share);
  }
  return fmt::format("nearest rows of the {}: approximate, recall {:.4f} on a sample, looking at {:.2g} of the rows",
                     what, plan.recall, plan.share);
}

}  // namespace

ClassNeighbors::ClassNeighbors(const MatrixView& x, const Labels& labels, double recall)
    : x_(x), labels_(labels), recall_(recall) {
  if (ClusteredIndex::suits(x, labels.codes)) {
    index_.emplace(Matrix(x), labels.codes);
  } else if (recall < 1.0) {
    log_.emplace_back("nearest rows: exact, since these rows are too few, or their classes, to approximate");
  }
}

NeighborLists ClassNeighbors::search(Of of, std::span<const Index> queries, Index k, const Observer& observer) {
  std::vector<Index> everyone(queries.empty() ? static_cast<std::size_t>(x_.rows()) : 0);
  std::iota(everyone.begin(), everyone.end(), Index{0});
  if (queries.empty()) queries = everyone;
  if (index_ && k < x_.rows()) {
    const auto among = of == Of::own_class ? ClusteredIndex::Among::own_part : ClusteredIndex::Among::other_parts;
    const ClusteredIndex::Plan plan = index_->plan(queries, k, among, recall_);
    log_.push_back(account_of(of, plan, recall_));
    if (plan.pays()) {
      measured_recall_ = std::min(measured_recall_, plan.recall);
      const neighbors::Neighbors found = index_->search(queries, k, among, plan.reach, observer);
      NeighborLists lists(static_cast<std::size_t>(x_.rows()));
      for (std::size_t q = 0; q < queries.size(); ++q) {
        for (const std::int32_t row : found.rows.row(static_cast<Index>(q))) {
          if (row >= 0) lists[static_cast<std::size_t>(queries[q])].push_back(row);
        }
      }
      return lists;
    }
  }
  std::vector<char> wanted(static_cast<std::size_t>(x_.rows()), 0);
  for (const Index query : queries) wanted[static_cast<std::size_t>(query)] = 1;
  return scan(of, wanted, k, observer);
}

NeighborLists ClassNeighbors::scan(Of of, const std::vector<char>& wanted, Index k, const Observer& observer) const {
  NeighborLists lists(static_cast<std::size_t>(x_.rows()));
  const auto total = static_cast<Index>(std::ranges::count(wanted, 1));
  // The observer sees the queries of all classes as one count.
  Index done = 0;
  Observer overall;
  if (observer) {
    overall = [&](const Progress& progress) { return observer({progress.stage, done + progress.step, total, 0.0}); };
  }
  for (const std::vector<Index>& members : class_rows(labels_.codes)) {
    std::vector<Index> queries;
    std::vector<Index> own;
    for (std::size_t at = 0; at < members.size(); ++at) {
      if (wanted[static_cast<std::size_t>(members[at])] == 0) continue;
      queries.push_back(members[at]);
      own.push_back(static_cast<Index>(at));
    }
    if (queries.empty()) continue;
    if (of == Of::own_class) {
      search_among(x_, queries, members, own, k, lists, overall);
    } else {
      std::vector<Index> others;
      for (Index row = 0; row < x_.rows(); ++row) {
        if (labels_.code(row) != labels_.code(members.front())) others.push_back(row);
      }
      search_among(x_, queries, others, {}, k, lists, overall);
    }
    done += static_cast<Index>(queries.size());
  }
  return lists;
}

}  // namespace holdfast::constraints
