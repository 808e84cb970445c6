#include "holdfast/certify/poisoning.hpp"

#include <algorithm>
#include <stdexcept>

#include "holdfast/neighbors/classifier.hpp"

namespace holdfast::certify {
namespace {

/// Votes of the predicted class and the most votes of another one.
struct Tally {
  Index own = 0;
  Index rival = 0;  ///< 0 if all are of the predicted class: those of a new class
};

Tally tally(std::span<const int> classes, int predicted) {
  Tally result;
  for (std::size_t at = 0; at < classes.size(); ++at) {
    const Index votes = std::ranges::count(classes.subspan(at), classes[at]);
    Index& of = classes[at] == predicted ? result.own : result.rival;
    of = std::max(of, votes);
  }
  return result;
}

Index least_insertions(std::span<const int> voters, int predicted) {
  for (std::size_t inserted = 1; inserted < voters.size(); ++inserted) {
    const Tally votes = tally(voters.first(voters.size() - inserted), predicted);
    if (votes.rival + static_cast<Index>(inserted) >= votes.own) return static_cast<Index>(inserted);
  }
  return static_cast<Index>(voters.size());  // no other row votes
}

Index least_relabelings(std::span<const int> voters, int predicted) {
  const Tally votes = tally(voters, predicted);
  return std::max<Index>(1, (votes.own - votes.rival + 1) / 2);
}

/// Whether the predicted class still wins without its `deleted` nearest rows. `own` and `others`: places of the rows of
/// the class and of the k nearest others in `classes`. Nothing if that depends on rows that are not there.
class Deletions {
 public:
  Deletions(std::span<const int> classes, Index k, int predicted, bool complete)
      : classes_(classes), k_(static_cast<std::size_t>(k)), predicted_(predicted), complete_(complete) {
    for (std::size_t at = 0; at < classes.size(); ++at) {
      if (classes[at] == predicted) {
        own_.push_back(at);
      } else if (others_.size() < k_) {
        others_.push_back(at);
      }
    }
  }

  std::optional<Index> least() {
    if (complete_ && others_.empty()) return Poisoning::never;
    // Each further deletion takes from the class alone, so that the first number that suffices is the least.
    for (std::size_t deleted = 1; deleted <= own_.size(); ++deleted) {
      if (!take_voters(deleted)) return std::nullopt;
      if (neighbors::majority(voters_) != predicted_) return static_cast<Index>(deleted);
    }
    return std::nullopt;
  }

 private:
  /// False if fewer than k of the known rows remain, and there are others.
  bool take_voters(std::size_t deleted) {
    voters_.clear();
    std::size_t own = deleted;
    std::size_t other = 0;
    while (voters_.size() < k_ && (own < own_.size() || other < others_.size())) {
      const bool is_own = other == others_.size() || (own < own_.size() && own_[own] < others_[other]);
      voters_.push_back(classes_[is_own ? own_[own++] : others_[other++]]);
    }
    return complete_ || voters_.size() == k_;
  }

  std::span<const int> classes_;
  std::size_t k_;
  int predicted_;
  bool complete_;
  std::vector<std::size_t> own_;
  std::vector<std::size_t> others_;
  std::vector<int> voters_;
};

/// The changes of a block of queries, by their `known` nearest rows; returns the queries that these do not decide.
std::vector<Index> decide(const CertifiedKnn& knn, const CertificationProblem& problem, std::span<const Index> block,
                          Index known, bool complete, std::vector<Poisoning>& result) {
  const geometry::PerturbedClassifier& classifier = knn.classifier();
  const auto count = static_cast<Index>(block.size());
  Matrix queries(count, problem.queries.cols());
  std::vector<Index> left_out;
  for (Index at = 0; at < count; ++at) {
    const Index query = block[static_cast<std::size_t>(at)];
    queries.row(at) = problem.queries.row(query);
    if (!problem.left_out.empty()) left_out.push_back(problem.left_out_of(query));
  }
  const neighbors::Neighbors nearest = classifier.nearest(queries, known, left_out);
  std::vector<Index> open;
  std::vector<int> classes(static_cast<std::size_t>(known));
  for (Index at = 0; at < count; ++at) {
    for (Index i = 0; i < known; ++i) classes[static_cast<std::size_t>(i)] = classifier.code(nearest.rows(at, i));
    const auto query = static_cast<std::size_t>(block[static_cast<std::size_t>(at)]);
    if (const auto found = poisoning_of(classes, problem.k, problem.predicted[query], complete)) {
      result[query] = *found;
    } else {
      open.push_back(static_cast<Index>(query));
    }
  }
  return open;
}

}  // namespace

std::optional<Poisoning> poisoning_of(std::span<const int> classes, Index k, int predicted, bool complete) {
  if (k < 1 || static_cast<Index>(classes.size()) < k) throw std::invalid_argument("fewer than k rows");
  const std::span<const int> voters = classes.first(static_cast<std::size_t>(k));
  if (neighbors::majority(voters) != predicted) throw std::invalid_argument("another class wins the vote");
  const std::optional<Index> deletions = Deletions(classes, k, predicted, complete).least();
  if (!deletions) return std::nullopt;
  return Poisoning{.insertions = least_insertions(voters, predicted),
                   .deletions = *deletions,
                   .relabelings = least_relabelings(voters, predicted)};
}

std::vector<Poisoning> poisoning(const CertifiedKnn& knn, const CertificationProblem& problem,
                                 const Observer& observer) {
  knn.require_fits(problem);
  std::vector<Poisoning> result(problem.predicted.size());
  std::vector<Index> open;
  for (Index row = 0; row < problem.size(); ++row) {
    const auto at = static_cast<std::size_t>(row);
    if (problem.predicted[at] == problem.classes[at]) open.push_back(row);
  }
  const Index available = knn.classifier().size() - (problem.left_out.empty() ? 0 : 1);
  const std::size_t correct = open.size();
  for (Index known = 4 * problem.k; !open.empty(); known *= 4) {
    const bool complete = known >= available;
    known = std::min(known, available);
    const auto block = static_cast<std::size_t>(std::clamp<Index>((Index{1} << 20) / known, 16, 1024));
    std::vector<Index> undecided;
    for (std::size_t begin = 0; begin < open.size(); begin += block) {
      const std::size_t done = correct - open.size() + begin - undecided.size();
      if (asks_to_stop(observer, {"poisoning", static_cast<Index>(done), static_cast<Index>(correct), 0.0})) {
        throw Stopped{};
      }
      const std::span<const Index> queries = std::span(open).subspan(begin, std::min(block, open.size() - begin));
      const std::vector<Index> left = decide(knn, problem, queries, known, complete, result);
      undecided.insert(undecided.end(), left.begin(), left.end());
    }
    open = std::move(undecided);
  }
  return result;
}

}  // namespace holdfast::certify
