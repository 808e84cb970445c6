#include "holdfast/neighbors/exact_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/linalg/range.hpp"
#include "holdfast/linalg/row_distance.hpp"
#include "neighbors/candidate_list.hpp"

namespace holdfast::neighbors {
namespace {

constexpr Index block_bytes = 1 << 18;  // of queries scanned together: they stay in the second-level cache
/// Candidates beyond those wanted if the filter's bounds are of shortened distances: enough for most queries.
constexpr std::size_t more_spare_candidates = 56;

/// The k nearest rows that were measured so far.
class NearestMeasured {
 public:
  explicit NearestMeasured(std::size_t k) : k_(k) {}
  void add(const Candidate<double>& candidate) {
    if (heap_.size() == k_) {
      if (!(candidate < heap_.front())) return;
      std::ranges::pop_heap(heap_);
      heap_.pop_back();
    }
    heap_.push_back(candidate);
    std::ranges::push_heap(heap_);
  }
  /// The squared distance beyond which no other row is among them.
  [[nodiscard]] double farthest() const {
    return heap_.size() < k_ ? std::numeric_limits<double>::infinity() : heap_.front().value;
  }
  void write(Index query, Neighbors& result) {
    std::ranges::sort_heap(heap_);
    for (std::size_t i = 0; i < k_; ++i) {
      result.rows(query, static_cast<Index>(i)) = heap_[i].row;
      result.squared_distances(query, static_cast<Index>(i)) = heap_[i].value;
    }
  }

 private:
  std::size_t k_;
  std::vector<Candidate<double>> heap_;
};

/// The search of one block of queries.
template <class Scalar>
class BlockSearch {
 public:
  BlockSearch(const RowMatrix<Scalar>& reference, const DistanceFilter& filter, Index k, const SearchOptions& options,
              double spread)
      : reference_(reference),
        filter_(filter),
        k_(static_cast<std::size_t>(k)),
        left_out_(options.left_out),
        spread_(spread) {}

  void run(const Eigen::Ref<const RowMatrix<Scalar>>& queries, Index begin, Index end, Neighbors& result) const {
    const DistanceFilter::Queries block =
        filter_.prepare(queries.middleRows(begin, end - begin).template cast<double>());
    std::vector<CandidateList<float>> lists = candidates(block, begin);
    std::vector<Index> unsettled;  // of the block
    std::vector<double> farthest;  // of each of them
    for (Index q = 0; q < end - begin; ++q) {
      const auto query = queries.row(begin + q);
      if (const int exponent = exponent_of(query); exponent != 0) {
        settle_scaled(query, begin + q, exponent, result);
        continue;
      }
      NearestMeasured nearest(k_);
      if (measure_candidates(query, lists[static_cast<std::size_t>(q)], block.shifts[q], nearest)) {
        nearest.write(begin + q, result);
      } else {
        unsettled.push_back(q);
        farthest.push_back(nearest.farthest());
      }
    }
    if (!unsettled.empty())
      settle_all_within(queries, begin, filter_.select(block, unsettled), unsettled, farthest, result);
  }

 private:
  using Query = Eigen::Ref<const Eigen::RowVector<Scalar, Eigen::Dynamic>>;

  [[nodiscard]] bool is_left_out(Index query, Index row) const {
    return !left_out_.empty() && left_out_[static_cast<std::size_t>(query)] == row;
  }

  /// Calls `visit(query of the block, row, score)` for every score below the query's bound.
  template <class Visit>
  void scan(const DistanceFilter::Queries& block, std::vector<float>& bounds, Visit&& visit) const {
    std::vector<linalg::Hit<float>> hits(static_cast<std::size_t>(block.numbers.rows() * filter_.panel_width()));
    for (Index panel = 0; panel < filter_.panels(); ++panel) {
      const Index found = filter_.scan(block, panel, bounds, hits);
      for (const linalg::Hit<float>& hit : std::span(hits.data(), static_cast<std::size_t>(found))) {
        visit(hit.row, static_cast<std::int32_t>(panel * filter_.panel_width() + hit.column), hit.score);
      }
    }
  }

  /// Bounds that nothing passes for queries that only pad the block.
  [[nodiscard]] static std::vector<float> bounds_of(const DistanceFilter::Queries& block, float bound) {
    std::vector<float> bounds(static_cast<std::size_t>(block.numbers.rows()), -std::numeric_limits<float>::infinity());
    std::fill_n(bounds.begin(), block.shifts.size(), bound);
    return bounds;
  }

  [[nodiscard]] std::vector<CandidateList<float>> candidates(const DistanceFilter::Queries& block, Index begin) const {
    const std::size_t wanted = k_ + spare_candidates + (filter_.is_shortened() ? more_spare_candidates : 0);
    std::vector<CandidateList<float>> lists(static_cast<std::size_t>(block.shifts.size()),
                                            CandidateList<float>(wanted));
    std::vector<float> bounds = bounds_of(block, std::numeric_limits<float>::infinity());
    scan(block, bounds, [&](std::int32_t q, std::int32_t row, float score) {
      if (is_left_out(begin + q, row)) return;
      CandidateList<float>& list = lists[static_cast<std::size_t>(q)];
      list.add(score, row);
      bounds[static_cast<std::size_t>(q)] = list.bound();
    });
    return lists;
  }

  /// Measures candidates in the order of their bounds until no other row can be among the nearest; false if one
  /// outside the list may be.
  bool measure_candidates(const Query& query, CandidateList<float>& list, double shift,
                          NearestMeasured& nearest) const {
    const auto found = list.finish();
    std::vector<Candidate<float>> candidates(found.begin(), found.end());
    std::ranges::sort(candidates);
    for (const Candidate<float>& candidate : candidates) {
      if (filter_.at_least(candidate.value, shift) > nearest.farthest()) return true;
      nearest.add(measure(query, candidate.row));
    }
    return filter_.at_least(list.bound(), shift) > nearest.farthest();
  }

  /// Measures every row that may be within `farthest` of its query: more than the candidates if many rows are about
  /// equally far, and all rows where float32 cannot tell them apart.
  void settle_all_within(const Eigen::Ref<const RowMatrix<Scalar>>& queries, Index begin,
                         const DistanceFilter::Queries& block, const std::vector<Index>& numbers,
                         const std::vector<double>& farthest, Neighbors& result) const {
    std::vector<float> bounds = bounds_of(block, 0.0F);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      bounds[i] = filter_.score_above(farthest[i], block.shifts[static_cast<Index>(i)]);
    }
    std::vector<NearestMeasured> nearest(numbers.size(), NearestMeasured(k_));
    scan(block, bounds, [&](std::int32_t i, std::int32_t row, float) {
      const auto at = static_cast<std::size_t>(i);
      const Index query = begin + numbers[at];
      if (!is_left_out(query, row)) nearest[at].add(measure(queries.row(query), row));
    });
    for (std::size_t i = 0; i < numbers.size(); ++i) nearest[i].write(begin + numbers[i], result);
  }

  /// The power of two that brings the differences of the query to the rows near 1; 0 if their squares are in range.
  [[nodiscard]] int exponent_of(const Query& query) const {
    double largest = spread_;
    for (Index k = 0; k < reference_.cols(); ++k) {
      largest = std::max(largest, std::abs(static_cast<double>(query[k]) - static_cast<double>(reference_(0, k))));
    }
    if (!(largest > 0.0)) return 0;
    const int size = std::isinf(largest) ? std::numeric_limits<double>::max_exponent : std::ilogb(largest);
    return std::abs(size) > linalg::safe_exponent ? -size : 0;
  }

  /// Measures every row, by differences times 2^exponent: distances keep their order where their squares would not.
  void settle_scaled(const Query& query, Index number, int exponent, Neighbors& result) const {
    const auto scaled = [&](double a, double b) {
      const double difference = a - b;
      return std::isinf(difference) ? std::ldexp(0.5 * a - 0.5 * b, exponent + 1) : std::ldexp(difference, exponent);
    };
    NearestMeasured nearest(k_);
    for (Index row = 0; row < reference_.rows(); ++row) {
      if (is_left_out(number, row)) continue;
      double squared = 0.0;
      for (Index k = 0; k < reference_.cols(); ++k) {
        const double difference = scaled(static_cast<double>(query[k]), static_cast<double>(reference_(row, k)));
        squared += difference * difference;
      }
      nearest.add({squared, static_cast<std::int32_t>(row)});
    }
    nearest.write(number, result);
    for (double& squared : result.squared_distances.row(number)) squared = std::ldexp(squared, -2 * exponent);
  }

  [[nodiscard]] Candidate<double> measure(const Query& query, std::int32_t row) const {
    return {linalg::squared_distance(query.data(), reference_.row(row).data(), reference_.cols()), row};
  }

  const RowMatrix<Scalar>& reference_;
  const DistanceFilter& filter_;
  std::size_t k_;
  std::span<const Index> left_out_;
  double spread_;  ///< the largest difference of two entries of a column of the reference
};

}  // namespace

template <class Scalar>
ExactIndex<Scalar>::ExactIndex(RowMatrix<Scalar> reference) : reference_(std::move(reference)) {
  if (reference_.rows() == 0) throw InputError("a nearest-neighbour search needs at least one reference row");
  if (reference_.rows() > std::numeric_limits<std::int32_t>::max()) {
    throw InputError("a nearest-neighbour search takes at most 2147483647 reference rows");
  }
  if (reference_.cols() > 0) {
    spread_ = (reference_.colwise().maxCoeff().template cast<double>() -
               reference_.colwise().minCoeff().template cast<double>())
                  .maxCoeff();
  }
  filter_ = std::make_shared<const DistanceFilter>(reference_);
}

template <class Scalar>
Neighbors ExactIndex<Scalar>::search(const Eigen::Ref<const RowMatrix<Scalar>>& queries, Index k,
                                     const SearchOptions& options) const {
  const Index available = size() - (options.left_out.empty() ? 0 : 1);
  if (k < 1 || k > available) {
    throw InputError(
        Fault{.field = "k",
              .value = fmt::format("{}", k),
              .rule = fmt::format("must be between 1 and {}, the number of rows to choose from", available)});
  }
  if (queries.cols() != dimension()) {
    throw InputError(fmt::format("queries have {} columns; the reference has {}", queries.cols(), dimension()));
  }
  const Index total = queries.rows();
  Neighbors result{RowMatrix<std::int32_t>(total, k), Matrix(total, k)};
  const BlockSearch<Scalar> search(reference_, *filter_, k, options, spread_);
  // Small enough that every thread has work, large enough that a pass over the panels serves many queries.
  const Index per_thread = (total + thread_count() - 1) / thread_count();
  const Index fitting =
      std::max<Index>(64, block_bytes / (std::max<Index>(1, filter_->dimension()) * static_cast<Index>(sizeof(float))));
  const Index block = std::min(fitting, std::max(per_thread, grain_of(size() * filter_->dimension() / 8)));
  // Between stretches of blocks the observer is asked, always on this thread.
  const Index stretch = options.observer ? block * thread_count() * 4 : std::max<Index>(total, 1);
  for (Index begin = 0; begin < total; begin += stretch) {
    if (asks_to_stop(options.observer, {"neighbours", begin, total, 0.0})) throw Stopped{};
    const Index length = std::min(stretch, total - begin);
    parallel_for(length, block, [&](Index from, Index to) { search.run(queries, begin + from, begin + to, result); });
  }
  if (asks_to_stop(options.observer, {"neighbours", total, total, 0.0})) throw Stopped{};
  return result;
}

template class ExactIndex<double>;
template class ExactIndex<float>;

Neighbors nearest(const MatrixView& queries, const MatrixView& reference, Index k, const SearchOptions& options) {
  return ExactIndex<double>(Matrix(reference)).search(queries, k, options);
}

}  // namespace holdfast::neighbors
