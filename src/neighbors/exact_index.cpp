#include "holdfast/neighbors/exact_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/linalg/aligned_vector.hpp"
#include "holdfast/linalg/panel_kernels.hpp"
#include "holdfast/linalg/range.hpp"
#include "holdfast/linalg/row_distance.hpp"
#include "neighbors/candidate_list.hpp"

namespace holdfast::neighbors {
namespace {

template <class Scalar>
const linalg::PanelKernel<Scalar>& best_kernel() {
  if constexpr (std::is_same_v<Scalar, float>) {
    return linalg::panel_kernels().f32;
  } else {
    return linalg::panel_kernels().f64;
  }
}

constexpr Index block_bytes = 1 << 18;  // of queries scanned together: they stay in the second-level cache

/// Differences up to 2^this and down to its inverse have squares that a scan can add.
template <class Scalar>
constexpr int scannable_exponent = std::is_same_v<Scalar, float> ? 50 : linalg::safe_exponent;

}  // namespace

/// The reference, centred (smaller norms: a tighter rounding bound) and packed in panels of the kernel's width.
template <class Scalar>
struct ExactIndex<Scalar>::Panels {
  const linalg::PanelKernel<Scalar>& kernel;
  Index count;
  RowVector centre;                      ///< mean of the reference
  double largest_norm = 0.0;             ///< of a centred row
  double spread = 0.0;                   ///< the largest difference of two entries of a column
  linalg::AlignedVector<Scalar> values;  ///< count x d x width
  linalg::AlignedVector<Scalar> bias;    ///< count x width: |r|^2/2, infinity beyond the last row

  explicit Panels(const RowMatrix<Scalar>& reference)
      : kernel(best_kernel<Scalar>()),
        count((reference.rows() + kernel.panel_width - 1) / kernel.panel_width),
        centre(reference.template cast<double>().colwise().mean()) {
    const Index d = reference.cols();
    const Index width = kernel.panel_width;
    if (d > 0) {
      spread = (reference.colwise().maxCoeff().template cast<double>() -
                reference.colwise().minCoeff().template cast<double>())
                   .maxCoeff();
    }
    values.assign(static_cast<std::size_t>(count * d * width), Scalar(0));
    bias.assign(static_cast<std::size_t>(count * width), std::numeric_limits<Scalar>::infinity());
    std::vector<double> norms(static_cast<std::size_t>(count), 0.0);
    parallel_for(count, grain_of(4 * width * d), [&](Index begin, Index end) {
      RowVector row(d);
      for (Index panel = begin; panel < end; ++panel) {
        Scalar* out = values.data() + panel * d * width;
        for (Index column = 0; column < width && panel * width + column < reference.rows(); ++column) {
          row = reference.row(panel * width + column).template cast<double>() - centre;
          for (Index k = 0; k < d; ++k) out[k * width + column] = static_cast<Scalar>(row[k]);
          const double norm = row.squaredNorm();
          bias[static_cast<std::size_t>(panel * width + column)] = static_cast<Scalar>(0.5 * norm);
          norms[static_cast<std::size_t>(panel)] = std::max(norms[static_cast<std::size_t>(panel)], norm);
        }
      }
    });
    largest_norm = std::sqrt(*std::max_element(norms.begin(), norms.end()));
  }

  /// How far twice a score plus |q|^2 can be from the true squared distance: rounding of the centring, of the product
  /// over d terms and of the bias, each relative to the norms involved.
  [[nodiscard]] double squared_distance_error(double query_norm, Index dimension) const {
    const auto unit = static_cast<double>(std::numeric_limits<Scalar>::epsilon());
    return 2.0 * static_cast<double>(dimension + 8) * unit * (query_norm + largest_norm) * (query_norm + largest_norm);
  }
};

namespace {

/// The search of one block of queries.
template <class Scalar, class Panels>
class BlockSearch {
 public:
  BlockSearch(const RowMatrix<Scalar>& reference, const Panels& panels, Index k, const SearchOptions& options)
      : reference_(reference), panels_(panels), k_(k), left_out_(options.left_out) {}

  void run(const Eigen::Ref<const RowMatrix<Scalar>>& queries, Index begin, Index end, Neighbors& result) const {
    const Index d = reference_.cols();
    const Index tile = panels_.kernel.row_tile;
    const Index count = end - begin;
    const Index padded = (count + tile - 1) / tile * tile;
    RowMatrix<Scalar> block = RowMatrix<Scalar>::Zero(padded, d);
    block.topRows(count) =
        (queries.middleRows(begin, count).template cast<double>().rowwise() - panels_.centre).template cast<Scalar>();
    std::vector<CandidateList<Scalar>> lists(static_cast<std::size_t>(count),
                                             CandidateList<Scalar>(static_cast<std::size_t>(k_) + spare_candidates));
    // Queries that only pad the last tile have a bound that nothing passes.
    std::vector<Scalar> bounds(static_cast<std::size_t>(padded), -std::numeric_limits<Scalar>::infinity());
    std::fill_n(bounds.begin(), count, std::numeric_limits<Scalar>::infinity());
    scan(block, begin, bounds, lists);
    for (Index q = 0; q < count; ++q) {
      if (const int exponent = exponent_of(queries.row(begin + q)); exponent != 0) {
        settle_scaled(queries.row(begin + q), begin + q, exponent, result);
      } else {
        settle(queries.row(begin + q), block.row(q), begin + q, lists[static_cast<std::size_t>(q)], result);
      }
    }
  }

 private:
  using Query = Eigen::Ref<const Eigen::RowVector<Scalar, Eigen::Dynamic>>;

  [[nodiscard]] bool is_left_out(Index query, Index row) const {
    return !left_out_.empty() && left_out_[static_cast<std::size_t>(query)] == row;
  }

  void scan(const RowMatrix<Scalar>& block, Index begin, std::vector<Scalar>& bounds,
            std::vector<CandidateList<Scalar>>& lists) const {
    const Index d = reference_.cols();
    const Index width = panels_.kernel.panel_width;
    std::vector<linalg::Hit<Scalar>> hits(static_cast<std::size_t>(block.rows() * width));
    for (Index panel = 0; panel < panels_.count; ++panel) {
      const std::int64_t found =
          panels_.kernel.scan(block.data(), block.rows(), d, panels_.values.data() + panel * d * width,
                              panels_.bias.data() + panel * width, bounds.data(), hits.data());
      for (const linalg::Hit<Scalar>& hit : std::span(hits.data(), static_cast<std::size_t>(found))) {
        const auto row = static_cast<std::int32_t>(panel * width + hit.column);
        if (is_left_out(begin + hit.row, row)) continue;
        const auto query = static_cast<std::size_t>(hit.row);
        lists[query].add(hit.score, row);
        bounds[query] = lists[query].bound();
      }
    }
  }

  void settle(const Query& query, const Query& centred, Index number, CandidateList<Scalar>& list,
              Neighbors& result) const {
    const auto k = static_cast<std::size_t>(k_);
    std::vector<Candidate<double>> exact;
    for (const Candidate<Scalar>& candidate : list.finish()) exact.push_back(measure(query, candidate.row));
    const auto sort_nearest = [&] {
      std::ranges::partial_sort(exact, exact.begin() + static_cast<std::ptrdiff_t>(std::min(k, exact.size())));
    };
    sort_nearest();
    // Scores that overflowed passed no bound: with too few candidates any row may be a neighbour.
    const double farthest = exact.size() < k ? std::numeric_limits<double>::infinity() : exact[k - 1].value;
    const double norm = centred.template cast<double>().norm();
    const double error = panels_.squared_distance_error(norm, reference_.cols());
    // No row that was not kept is nearer than this.
    const double outside = 2.0 * static_cast<double>(list.bound()) + norm * norm - error;
    if (!(outside > farthest)) {
      exact = all_within(query, centred, number, farthest - norm * norm + error);
      sort_nearest();
    }
    for (std::size_t i = 0; i < k; ++i) {
      result.rows(number, static_cast<Index>(i)) = exact[i].row;
      result.squared_distances(number, static_cast<Index>(i)) = exact[i].value;
    }
  }

  /// The power of two that brings the differences of the query to the rows near 1; 0 if their squares are in range.
  [[nodiscard]] int exponent_of(const Query& query) const {
    double largest = panels_.spread;
    for (Index k = 0; k < reference_.cols(); ++k) {
      largest = std::max(largest, std::abs(static_cast<double>(query[k]) - static_cast<double>(reference_(0, k))));
    }
    if (!(largest > 0.0)) return 0;
    const int size = std::isinf(largest) ? std::numeric_limits<double>::max_exponent : std::ilogb(largest);
    return std::abs(size) > scannable_exponent<Scalar> ? -size : 0;
  }

  /// Measures every row, by differences times 2^exponent: distances keep their order where their squares would not.
  void settle_scaled(const Query& query, Index number, int exponent, Neighbors& result) const {
    const auto scaled = [&](double a, double b) {
      const double difference = a - b;
      return std::isinf(difference) ? std::ldexp(0.5 * a - 0.5 * b, exponent + 1) : std::ldexp(difference, exponent);
    };
    std::vector<Candidate<double>> exact;
    for (Index row = 0; row < reference_.rows(); ++row) {
      if (is_left_out(number, row)) continue;
      double squared = 0.0;
      for (Index k = 0; k < reference_.cols(); ++k) {
        const double difference = scaled(static_cast<double>(query[k]), static_cast<double>(reference_(row, k)));
        squared += difference * difference;
      }
      exact.push_back({squared, static_cast<std::int32_t>(row)});
    }
    std::ranges::partial_sort(exact, exact.begin() + static_cast<std::ptrdiff_t>(k_));
    for (Index i = 0; i < k_; ++i) {
      const Candidate<double>& at = exact[static_cast<std::size_t>(i)];
      result.rows(number, i) = at.row;
      result.squared_distances(number, i) = std::ldexp(at.value, -2 * exponent);
    }
  }

  [[nodiscard]] Candidate<double> measure(const Query& query, std::int32_t row) const {
    return {linalg::squared_distance(query.data(), reference_.row(row).data(), reference_.cols()), row};
  }

  /// All rows whose doubled score is at most `limit`: more than the candidates if many rows are equally far.
  [[nodiscard]] std::vector<Candidate<double>> all_within(const Query& query, const Query& centred, Index number,
                                                          double limit) const {
    const Index d = reference_.cols();
    const Index width = panels_.kernel.panel_width;
    using Column = Eigen::Array<Scalar, Eigen::Dynamic, 1>;
    Column scores(width);
    std::vector<Candidate<double>> exact;
    for (Index panel = 0; panel < panels_.count; ++panel) {
      scores = Eigen::Map<const Column>(panels_.bias.data() + panel * width, width);
      const Scalar* values = panels_.values.data() + panel * d * width;
      for (Index k = 0; k < d; ++k) scores -= centred[k] * Eigen::Map<const Column>(values + k * width, width);
      for (Index column = 0; column < width; ++column) {
        const Index row = panel * width + column;
        if (row >= reference_.rows() || is_left_out(number, row)) continue;
        if (!(2.0 * static_cast<double>(scores[column]) > limit)) {  // NaN, after an overflow, counts as near
          exact.push_back(measure(query, static_cast<std::int32_t>(row)));
        }
      }
    }
    return exact;
  }

  const RowMatrix<Scalar>& reference_;
  const Panels& panels_;
  Index k_;
  std::span<const Index> left_out_;
};

}  // namespace

template <class Scalar>
ExactIndex<Scalar>::ExactIndex(RowMatrix<Scalar> reference) : reference_(std::move(reference)) {
  if (reference_.rows() == 0) throw InputError("a nearest-neighbour search needs at least one reference row");
  if (reference_.rows() > std::numeric_limits<std::int32_t>::max()) {
    throw InputError("a nearest-neighbour search takes at most 2147483647 reference rows");
  }
  panels_ = std::make_shared<const Panels>(reference_);
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
  const BlockSearch<Scalar, Panels> search(reference_, *panels_, k, options);
  // Small enough that every thread has work, large enough that a pass over the panels serves many queries.
  const Index per_thread = (total + thread_count() - 1) / thread_count();
  const Index fitting = std::max<Index>(64, block_bytes / (dimension() * static_cast<Index>(sizeof(Scalar))));
  const Index block = std::min(fitting, std::max(per_thread, grain_of(size() * dimension() / 8)));
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
