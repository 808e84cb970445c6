#include "holdfast/certify/knn_bound.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>

#include "holdfast/core/parallel.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/row_distance.hpp"
#include "holdfast/linalg/symmetric_eigen.hpp"
#include "holdfast/neighbors/classifier.hpp"
#include "holdfast/neighbors/exact_index.hpp"

namespace holdfast::certify {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double unit_roundoff = std::numeric_limits<double>::epsilon();

double dual_distance(const double* a, const double* b, Index dimension, Norm norm) {
  switch (norm) {
    case Norm::l1:
      return linalg::linf_distance(a, b, dimension);
    case Norm::linf:
      return linalg::l1_distance(a, b, dimension);
    case Norm::l2:
      break;
  }
  return std::sqrt(linalg::squared_distance(a, b, dimension));
}

/// e(i,l;z) from its squared distances, rounded down: the error of both distances (of a sum over r terms, and of
/// mapped rows that carry the rounding of a product over d terms, hence `scale`, the length of such a row) is taken off
/// the numerator, and the denominator is raised by its own.
double rounded_down_bound(const PerturbedClassifier& classifier, double distance_i, double distance_l, Index i, Index l,
                          double scale, Norm norm) {
  const Index r = classifier.map().rows();
  const Index d = classifier.map().cols();
  const double gamma = static_cast<double>(r + d + 8) * unit_roundoff;
  const double roots = std::sqrt(distance_i) + std::sqrt(distance_l);
  const double numerator = distance_l - distance_i - gamma * (distance_l + distance_i + 4.0 * scale * roots);
  if (!(numerator > 0.0)) return 0.0;
  const Matrix& pulled = classifier.pulled_back();
  const double denominator =
      2.0 * dual_distance(pulled.row(i).data(), pulled.row(l).data(), d, norm) * (1.0 + 2.0 * gamma);
  return denominator > 0.0 ? numerator / denominator * (1.0 - 2.0 * unit_roundoff) : infinity;
}

/// A reference row and its squared distance to the query.
struct At {
  double squared_distance;
  Index row;
  bool operator<(const At& other) const {
    return squared_distance < other.squared_distance || (squared_distance == other.squared_distance && row < other.row);
  }
};

/// The s largest values offered.
class Largest {
 public:
  explicit Largest(std::size_t s) : s_(s) {}
  void clear() { heap_.clear(); }
  void add(double value) {
    if (heap_.size() == s_) {
      if (value <= heap_.front()) return;
      std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
      heap_.back() = value;
    } else {
      heap_.push_back(value);
    }
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
  }
  /// The s-th largest; 0 where fewer were offered, since a pair bound is never negative.
  [[nodiscard]] double last() const { return heap_.size() < s_ ? 0.0 : heap_.front(); }

 private:
  std::size_t s_;
  std::vector<double> heap_;
};

/// The bound of one query.
class QueryBound {
 public:
  QueryBound(const PerturbedClassifier& classifier, double largest_norm, double operator_norm, Index k, Norm norm)
      : classifier_(classifier),
        largest_norm_(largest_norm),
        operator_norm_(operator_norm),
        majority_(static_cast<std::size_t>((k + 1) / 2)),
        norm_(norm) {}

  double operator()(const double* query, int label) {
    const Matrix& mapped = classifier_.mapped();
    const Index r = mapped.cols();
    own_.clear();
    others_.clear();
    for (Index row = 0; row < mapped.rows(); ++row) {
      const At at{linalg::squared_distance(query, mapped.row(row).data(), r), row};
      (classifier_.codes()[static_cast<std::size_t>(row)] == label ? own_ : others_).push_back(at);
    }
    if (others_.size() < majority_) return infinity;
    if (own_.size() < majority_) return 0.0;
    scale_ = largest_norm_ + Eigen::Map<const RowVector>(query, r).norm();
    std::sort(own_.begin(), own_.end());
    // Others leave the heap nearest first, and only as many as are needed.
    const auto farther = [](const At& a, const At& b) { return b < a; };
    std::make_heap(others_.begin(), others_.end(), farther);
    std::vector<double> smallest;  // a max-heap of the s smallest values over l
    const double nearest_majority = std::sqrt(own_[majority_ - 1].squared_distance);
    Largest largest(majority_);
    for (std::size_t left = others_.size(); left > 0; --left) {
      std::pop_heap(others_.begin(), others_.begin() + static_cast<std::ptrdiff_t>(left), farther);
      const At& other = others_[left - 1];
      const double cutoff = smallest.size() == majority_ ? smallest.front() : infinity;
      // The s nearest of the class all have at least this bound against `other` and whatever comes after it. The
      // definition's value itself is what is sought, so the slack of rounding down must not end the search early.
      const double at_least = (std::sqrt(other.squared_distance) - nearest_majority) / (2.0 * operator_norm_);
      if (at_least * (1.0 - 1e-9) > cutoff) break;
      const double value = value_against(other, cutoff, largest);
      if (value >= cutoff) continue;
      if (smallest.size() == majority_) {
        std::pop_heap(smallest.begin(), smallest.end());
        smallest.back() = value;
      } else {
        smallest.push_back(value);
      }
      std::push_heap(smallest.begin(), smallest.end());
      if (smallest.size() == majority_ && smallest.front() == 0.0) return 0.0;
    }
    return smallest.size() == majority_ ? smallest.front() : infinity;
  }

 private:
  /// The s-th largest pair bound against `other`, or any value of at least `cutoff` once it is known to reach that.
  double value_against(const At& other, double cutoff, Largest& largest) const {
    largest.clear();
    for (const At& own : own_) {
      if (own.squared_distance >= other.squared_distance) break;  // zero from here on
      largest.add(rounded_down_bound(classifier_, own.squared_distance, other.squared_distance, own.row, other.row,
                                     scale_, norm_));
      if (largest.last() >= cutoff) break;
    }
    return largest.last();
  }

  const PerturbedClassifier& classifier_;
  double largest_norm_;
  double operator_norm_;
  std::size_t majority_;
  Norm norm_;
  double scale_ = 0.0;
  std::vector<At> own_;
  std::vector<At> others_;
};

double largest_singular_value(const Matrix& map) {
  const Matrix gram =
      map.rows() <= map.cols() ? linalg::product_with_transpose(map, map) : linalg::transpose_product(map, map);
  const linalg::SymmetricEigen eigen = linalg::symmetric_eigen(gram);
  return std::sqrt(std::max(0.0, eigen.values[gram.rows() - 1]));
}

}  // namespace

PerturbedClassifier::PerturbedClassifier(Matrix mapped, std::vector<int> codes, Matrix map, Space space)
    : mapped_(std::move(mapped)),
      codes_(std::move(codes)),
      map_(std::move(map)),
      space_(space),
      pulled_back_(linalg::product(mapped_, map_)),
      spectral_norm_(largest_singular_value(map_)) {
  if (mapped_.rows() != static_cast<Index>(codes_.size()) || mapped_.cols() != map_.rows()) {
    throw std::invalid_argument("reference rows, classes and map do not fit together");
  }
}

double PerturbedClassifier::dual_operator_norm(Norm norm) const {
  switch (norm) {
    case Norm::l1:  // p* = inf: the largest entry of B^T u is at most the longest column of B
      return map_.colwise().norm().maxCoeff();
    case Norm::linf:  // p* = 1
      return std::min(std::sqrt(static_cast<double>(map_.cols())) * spectral_norm_, map_.colwise().norm().sum());
    case Norm::l2:
      break;
  }
  return spectral_norm_;
}

double pair_bound(const PerturbedClassifier& classifier, const RowView& query, Index i, Index l, Norm norm) {
  const Matrix& mapped = classifier.mapped();
  const auto squared = [&](Index row) {
    return linalg::squared_distance(query.data(), mapped.row(row).data(), mapped.cols());
  };
  const double scale = query.norm() + std::max(mapped.row(i).norm(), mapped.row(l).norm());
  return rounded_down_bound(classifier, squared(i), squared(l), i, l, scale, norm);
}

std::vector<Certificate> knn_lower_bounds(const PerturbedClassifier& classifier, const MatrixView& queries,
                                          std::span<const int> classes, std::span<const int> predicted,
                                          const KnnBoundOptions& options) {
  neighbors::require_valid_k(options.k, classifier.size());
  const Index total = queries.rows();
  if (static_cast<Index>(classes.size()) != total || static_cast<Index>(predicted.size()) != total ||
      queries.cols() != classifier.mapped().cols()) {
    throw std::invalid_argument("queries, classes and predictions do not fit together");
  }
  std::vector<Certificate> certificates(
      static_cast<std::size_t>(total),
      Certificate{0.0, BoundKind::lower_bound, options.norm, classifier.space(), std::nullopt});
  const double largest_norm = classifier.mapped().rowwise().norm().maxCoeff();
  const double operator_norm = classifier.dual_operator_norm(options.norm);
  const Index stretch = options.observer ? 16 * Index{thread_count()} : std::max<Index>(total, 1);
  for (Index begin = 0; begin < total; begin += stretch) {
    if (asks_to_stop(options.observer, {"certify", begin, total, 0.0})) throw Stopped{};
    parallel_for(std::min(stretch, total - begin), 4, [&](Index from, Index to) {
      QueryBound bound(classifier, largest_norm, operator_norm, options.k, options.norm);
      for (Index row = begin + from; row < begin + to; ++row) {
        const auto at = static_cast<std::size_t>(row);
        if (predicted[at] == classes[at]) certificates[at].radius = bound(queries.row(row).data(), classes[at]);
      }
    });
  }
  return certificates;
}

}  // namespace holdfast::certify
