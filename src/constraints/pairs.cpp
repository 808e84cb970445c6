#include "holdfast/constraints/pairs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "holdfast/core/error.hpp"

namespace holdfast::constraints {
namespace {

using linalg::RowPair;

RowPair ordered(const RowPair& pair) { return {std::min(pair.first, pair.second), std::max(pair.first, pair.second)}; }

/// The same number for a pair in either order.
std::uint64_t key_of(const RowPair& pair) {
  const RowPair own = ordered(pair);
  return static_cast<std::uint64_t>(own.first) << 32 | static_cast<std::uint32_t>(own.second);
}

/// The rows grouped by class, to draw pairs from and to count them.
class Classes {
 public:
  explicit Classes(const Labels& labels) : labels_(labels), rows_(class_rows(labels.codes)) {
    const auto n = static_cast<double>(labels.size());
    for (const auto& rows : rows_) {
      const auto count = static_cast<double>(rows.size());
      similar_ += 0.5 * count * (count - 1.0);
      up_to_.push_back(similar_);
    }
    dissimilar_ = 0.5 * n * (n - 1.0) - similar_;
  }

  [[nodiscard]] double similar() const { return similar_; }
  [[nodiscard]] double dissimilar() const { return dissimilar_; }

  [[nodiscard]] std::vector<RowPair> all(bool similar) const {
    std::vector<RowPair> pairs;
    for (Index a = 0; a < labels_.size(); ++a) {
      for (Index b = a + 1; b < labels_.size(); ++b) {
        if ((code(a) == code(b)) == similar)
          pairs.push_back({static_cast<std::int32_t>(a), static_cast<std::int32_t>(b)});
      }
    }
    return pairs;
  }

  /// A class with a chance proportional to its pairs, then two of its rows.
  [[nodiscard]] RowPair draw_similar(Random& random) const {
    const auto found = std::upper_bound(up_to_.begin(), up_to_.end(), random.uniform() * similar_);
    const auto& rows = rows_[static_cast<std::size_t>(std::min(found, up_to_.end() - 1) - up_to_.begin())];
    const Index count = static_cast<Index>(rows.size());
    if (count < 2) return {0, 0};  // rounding at the last class: drawn again
    const Index a = random.below(count);
    const Index b = random.below(count - 1);
    return ordered({static_cast<std::int32_t>(rows[static_cast<std::size_t>(a)]),
                    static_cast<std::int32_t>(rows[static_cast<std::size_t>(b < a ? b : b + 1)])});
  }

  /// Two rows at random; the same class or row is drawn again.
  [[nodiscard]] RowPair draw_dissimilar(Random& random) const {
    const Index a = random.below(labels_.size());
    const Index b = random.below(labels_.size());
    if (code(a) == code(b)) return {0, 0};
    return ordered({static_cast<std::int32_t>(a), static_cast<std::int32_t>(b)});
  }

 private:
  [[nodiscard]] std::size_t code(Index row) const {
    return static_cast<std::size_t>(labels_.codes[static_cast<std::size_t>(row)]);
  }

  const Labels& labels_;
  std::vector<std::vector<Index>> rows_;
  std::vector<double> up_to_;  ///< similar pairs of the classes up to each
  double similar_ = 0.0;
  double dissimilar_ = 0.0;
};

template <class Draw>
std::vector<RowPair> distinct(Index count, Draw&& draw) {
  std::vector<RowPair> pairs;
  std::unordered_set<std::uint64_t> seen;
  while (static_cast<Index>(pairs.size()) < count) {
    const RowPair pair = draw();
    if (pair.first == pair.second) continue;
    if (seen.insert(key_of(pair)).second) pairs.push_back(pair);
  }
  return pairs;
}

}  // namespace

std::string problem_of_row(long long row, Index rows) {
  if (row >= 0 && row < rows) return {};
  return fmt::format("row {} is out of range; valid rows are 0 to {}", row, rows - 1);
}

std::string problem_of(const RowPair& pair) {
  if (pair.first != pair.second) return {};
  return fmt::format("row {} is paired with itself; a pair is two rows", pair.first);
}

void require_valid(const PairSet& pairs, Index rows) {
  const auto refuse = [](const RowPair& pair, const std::string& problem) {
    if (!problem.empty())
      throw InputError(Fault{.place = fmt::format("pair ({}, {})", pair.first, pair.second), .rule = problem});
  };
  for (const std::vector<RowPair>* kind : {&pairs.similar, &pairs.dissimilar}) {
    for (const RowPair& pair : *kind) {
      refuse(pair, problem_of_row(pair.first, rows));
      refuse(pair, problem_of_row(pair.second, rows));
      refuse(pair, problem_of(pair));
    }
  }
  std::unordered_set<std::uint64_t> similar;
  for (const RowPair& pair : pairs.similar) similar.insert(key_of(pair));
  for (const RowPair& pair : pairs.dissimilar) {
    if (similar.contains(key_of(pair))) refuse(pair, "is both similar and dissimilar; keep one of them");
  }
}

void require_usable(const PairSet& pairs, Index rows) {
  constexpr const char* both_kinds = "a metric is learned from pairs of both kinds";
  require_valid(pairs, rows);
  if (pairs.similar.empty()) throw InputError(Fault{.rule = "there is no similar pair", .remedy = both_kinds});
  if (pairs.dissimilar.empty()) throw InputError(Fault{.rule = "there is no dissimilar pair", .remedy = both_kinds});
}

PairSet sample_pairs(const Labels& labels, Index count, Random& random, PairKinds wanted) {
  if (count < 2) throw InputError(Fault{.place = fmt::format("{} pairs", count), .rule = "must be at least 2"});
  const Classes classes(labels);
  if (wanted == PairKinds::both && classes.similar() < 1.0) {
    throw InputError("no two rows have the same label: there are no similar pairs to draw");
  }
  if (wanted == PairKinds::both && classes.dissimilar() < 1.0) {
    throw InputError("all rows have the same label: there are no dissimilar pairs to draw");
  }
  const Index half = count / 2;
  // Draws that repeat earlier draws would cost much time if nearly all pairs are wanted: all pairs are listed then.
  const auto some = [&](bool similar, double there_are, auto&& draw) {
    if (2.0 * static_cast<double>(half) < there_are) return distinct(half, draw);
    const std::vector<RowPair> all = classes.all(similar);
    std::vector<RowPair> kept;
    for (const Index at : random.permutation(static_cast<Index>(all.size()))) {
      if (static_cast<Index>(kept.size()) < half) kept.push_back(all[static_cast<std::size_t>(at)]);
    }
    return kept;
  };
  PairSet pairs;
  pairs.similar = some(true, classes.similar(), [&] { return classes.draw_similar(random); });
  pairs.dissimilar = some(false, classes.dissimilar(), [&] { return classes.draw_dissimilar(random); });
  return pairs;
}

}  // namespace holdfast::constraints
