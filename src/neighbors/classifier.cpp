#include "holdfast/neighbors/classifier.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "holdfast/core/error.hpp"

namespace holdfast::neighbors {

int majority(std::span<const int> voters) {
  // As many comparisons as k^2: voters are few, and classes may be many.
  std::ptrdiff_t most = 0;
  int winner = 0;
  for (std::size_t first = 0; first < voters.size(); ++first) {
    const std::ptrdiff_t votes = std::ranges::count(voters.subspan(first), voters[first]);
    if (votes <= most) continue;
    most = votes;
    winner = voters[first];
  }
  return winner;
}

std::vector<int> vote(const Neighbors& neighbors, std::span<const int> codes, Index classes) {
  std::vector<int> winners(static_cast<std::size_t>(neighbors.rows.rows()));
  std::vector<Index> votes(static_cast<std::size_t>(classes));
  for (Index q = 0; q < neighbors.rows.rows(); ++q) {
    std::fill(votes.begin(), votes.end(), 0);
    const auto code_of = [&](Index i) { return codes[static_cast<std::size_t>(neighbors.rows(q, i))]; };
    Index most = 0;
    for (Index i = 0; i < neighbors.rows.cols(); ++i)
      most = std::max(most, ++votes[static_cast<std::size_t>(code_of(i))]);
    Index nearest = 0;  // of a class with the most votes
    while (votes[static_cast<std::size_t>(code_of(nearest))] != most) ++nearest;
    winners[static_cast<std::size_t>(q)] = code_of(nearest);
  }
  return winners;
}

void require_valid_k(Index k, Index rows) {
  const auto refuse = [&](const std::string& rule, const std::string& remedy = {}) {
    throw InputError(Fault{.field = "k", .value = fmt::format("{}", k), .rule = rule, .remedy = remedy});
  };
  if (k < 1) refuse("must be an odd number of at least 1");
  if (k > rows) refuse(fmt::format("must be at most {}, the number of reference rows of the model", rows));
  if (k % 2 == 0) refuse("must be odd, so that a vote has a majority", fmt::format("try {} or {}", k - 1, k + 1));
}

KnnClassifier::KnnClassifier(metric::Metric metric, const MatrixView& x, Labels labels)
    : metric_(std::move(metric)), labels_(std::move(labels)), index_(metric_.transform(x)) {
  if (labels_.size() != x.rows()) {
    throw InputError(fmt::format("{} labels for {} rows: each reference row needs one", labels_.size(), x.rows()));
  }
}

Neighbors KnnClassifier::nearest(const MatrixView& rows, Index k, const SearchOptions& options) const {
  return index_.search(metric_.transform(rows), k, options);
}

std::vector<int> KnnClassifier::predict(const MatrixView& rows, Index k) const {
  require_valid_k(k, index_.size());
  return vote(nearest(rows, k), labels_.codes, labels_.classes());
}

}  // namespace holdfast::neighbors
