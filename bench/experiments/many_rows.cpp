// Neighbours of every row among many rows: a scan of all, the pruned exact search and the approximate one. Rows as
// bench/peers/many_rows.py makes them. Prints a table in Markdown.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <optional>
#include <string>

#include "holdfast/core/parallel.hpp"
#include "holdfast/neighbors/clustered_index.hpp"
#include "measure.hpp"

namespace {

using namespace holdfast;
using namespace holdfast::experiments;
using neighbors::ClusteredIndex;
using neighbors::Neighbors;

/// The share of `expected` that `found` has.
double recall_of(const Neighbors& found, const Neighbors& expected) {
  Index right = 0;
  for (Index q = 0; q < expected.rows.rows(); ++q) {
    for (const std::int32_t row : expected.rows.row(q)) right += (found.rows.row(q).array() == row).any() ? 1 : 0;
  }
  return static_cast<double>(right) / static_cast<double>(expected.rows.size());
}

void print(const std::string& name, const Spent& spent, const ClusteredIndex::Plan& plan, double recall) {
  fmt::print("| {} | {:.2f} | {:.2f} | {:.3f} | {:.4f} | {:.4f} |\n", name, spent.clock, spent.processors, plan.share,
             plan.recall, recall);
}

void compare(const Matrix& x, std::span<const int> parts, Index k, ClusteredIndex::Among among, const char* name) {
  std::vector<Index> everyone(static_cast<std::size_t>(x.rows()));
  std::iota(everyone.begin(), everyone.end(), Index{0});
  fmt::print("\n{}, k = {}\n\n| search | seconds | share of the rows looked at | recall |\n|---|---:|---:|---:|\n",
             name, k);
  std::optional<ClusteredIndex> index;
  const Spent grouping = spent_by([&] { index.emplace(x, parts); });
  print("(groups)", grouping, {}, 1.0);
  Neighbors exact;
  for (const double wanted : {1.0, 0.99, 0.95}) {
    ClusteredIndex::Plan plan;
    const Spent planning = spent_by([&] { plan = index->plan(everyone, k, among, wanted); });
    Neighbors found;
    const Spent searching = spent_by([&] { found = index->search(everyone, k, among, plan.reach); });
    if (wanted == 1.0) exact = found;
    print(fmt::format("(plan for {})", wanted), planning, plan, wanted);
    print(fmt::format("reach {:.3f}", plan.reach), searching, plan, recall_of(found, exact));
  }
}

}  // namespace

/// many_rows FILE [K] [scan]
int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: holdfast_many_rows FILE [K] [scan]\n");
    return 2;
  }
  experiments::print_commit();
  const Dataset data = io::read_dataset(argv[1]);
  const Index k = argc > 2 ? std::atoi(argv[2]) : 10;
  fmt::print("{} rows, {} columns, {} classes, {} threads\n", data.rows(), data.x.cols(), data.labels->names.size(),
             thread_count());
  compare(data.x, {}, k, ClusteredIndex::Among::all, "Among all rows");
  compare(data.x, data.labels->codes, k, ClusteredIndex::Among::other_parts, "Among the rows of other classes");
  if (argc > 3) {
    std::vector<Index> everyone(static_cast<std::size_t>(data.rows()));
    std::iota(everyone.begin(), everyone.end(), Index{0});
    print("scan of all rows", spent_by([&] { (void)neighbors::nearest(data.x, data.x, k, {.left_out = everyone}); }),
          {}, 1.0);
  }
  return 0;
}
