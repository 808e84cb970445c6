#include "holdfast/objectives/prototype_margins.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "holdfast/core/parallel.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/row_distance.hpp"

namespace holdfast::objectives {
namespace {

template <class Scalar>
using RowsOf = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Prototypes per piece of a product. BLAS copies the other matrix once per piece, so pieces are not small; they do not
/// depend on the number of threads.
constexpr Index piece_of_prototypes = 512;

/// a * b^T, a piece of b at a time.
template <class Scalar>
RowsOf<Scalar> products(const Eigen::Ref<const RowsOf<Scalar>>& a, const RowsOf<Scalar>& b) {
  linalg::use_one_blas_thread();
  RowsOf<Scalar> result(a.rows(), b.rows());
  parallel_for(b.rows(), piece_of_prototypes, [&](Index begin, Index end) {
    result.middleCols(begin, end - begin).noalias() = a * b.middleRows(begin, end - begin).transpose();
  });
  return result;
}

}  // namespace

template <class Scalar>
PrototypeGradient<Scalar>::PrototypeGradient(Index prototypes, Index dimension)
    : rows(RowsOf<Scalar>::Zero(prototypes, dimension)), touched(static_cast<std::size_t>(prototypes), 0) {}

template <class Scalar>
void PrototypeGradient<Scalar>::clear() {
  for (std::size_t p = 0; p < touched.size(); ++p) {
    if (touched[p] != 0) rows.row(static_cast<Index>(p)).setZero();
    touched[p] = 0;
  }
}

/// The search of one row's pair. Keeps its buffers from row to row.
template <class Scalar>
class PrototypeMargins<Scalar>::Search {
 public:
  explicit Search(const PrototypeMargins& all)
      : all_(all), size_(all.prototypes_.rows()), bounds_(static_cast<std::size_t>(size_)) {}

  /// `squared`: the squared distances of the row to all prototypes.
  CertifiedMargin operator()(const Scalar* squared, int code) {
    squared_ = squared;
    begin_ = all_.starts_[static_cast<std::size_t>(code)];
    end_ = all_.starts_[static_cast<std::size_t>(code) + 1];
    constexpr double infinite = std::numeric_limits<double>::infinity();
    if (begin_ == end_) return {-infinite, -1, -1};
    const Index nearest_own = std::min_element(squared + begin_, squared + end_) - squared;
    if (end_ - begin_ == size_) return {infinite, static_cast<std::int32_t>(nearest_own), -1};
    nearest_other_ = nearest_of_others();
    CertifiedMargin best = least_over_others(nearest_own, -infinite);
    for (Index own = begin_; own < end_; ++own) {
      if (own == nearest_own || !may_exceed(own, best)) continue;
      const CertifiedMargin candidate = least_over_others(own, best.value);
      if (candidate.value > best.value) best = candidate;
    }
    return best;
  }

 private:
  template <class Use>
  void for_others(const Use& use) const {
    for (Index j = 0; j < begin_; ++j) use(j);
    for (Index j = end_; j < size_; ++j) use(j);
  }

  Index nearest_of_others() const {
    const Scalar* const before = std::min_element(squared_, squared_ + begin_);
    const Scalar* const after = std::min_element(squared_ + end_, squared_ + size_);
    if (begin_ == 0) return after - squared_;
    if (end_ == size_) return before - squared_;
    return (*after < *before ? after : before) - squared_;
  }

  /// The margin of a pair, from its distance.
  double measured(Index own, Index other) const {
    const Index d = all_.prototypes_.cols();
    const double apart =
        std::sqrt(linalg::squared_distance(all_.prototypes_.row(own).data(), all_.prototypes_.row(other).data(), d));
    if (!(apart > 0.0)) return 0.0;
    const double to_own = squared_[own];
    const double to_other = squared_[other];
    // By the triangle inequality; rounding may pass it where prototypes are nearly equal.
    const double largest = 0.5 * (std::sqrt(to_own) + std::sqrt(to_other));
    return std::clamp(0.5 * (to_other - to_own) / apart, -largest, largest);
  }

  /// Whether the least margin of `own` may be above that of `best`, by the pairs with two prototypes that are near.
  bool may_exceed(Index own, const CertifiedMargin& best) const {
    return at_most(own, best.other) > best.value && at_most(own, nearest_other_) > best.value;
  }

  /// An upper bound of the margin of a pair.
  double at_most(Index own, Index other) const {
    const double difference = static_cast<double>(squared_[other]) - static_cast<double>(squared_[own]);
    const double pair = all_.pairs_(other, own);
    const double moved = static_cast<double>(all_.moved_[own]) + static_cast<double>(all_.moved_[other]);
    if (difference < 0.0) return 0.5 * difference / (pair + moved);
    const double least = std::sqrt(std::max(0.0, pair * pair - static_cast<double>(all_.pair_error_))) - moved;
    return least > 0.0 ? 0.5 * difference / least : std::numeric_limits<double>::infinity();
  }

  /// The least margin of `own`; the search ends at one that is not above `floor`.
  CertifiedMargin least_over_others(Index own, double floor) {
    bound_others(own);
    Index other = nearest_other_;
    for_others([&](Index j) {
      if (bounds_[static_cast<std::size_t>(j)] < bounds_[static_cast<std::size_t>(other)]) other = j;
    });
    double least = measured(own, other);
    const auto look_at = [&](Index begin, Index end) {
      for (Index j = begin; j < end && least > floor; ++j) {
        if (!(static_cast<double>(bounds_[static_cast<std::size_t>(j)]) < least)) continue;
        const double margin = measured(own, j);
        if (margin < least) {
          least = margin;
          other = j;
        }
      }
    };
    look_at(0, begin_);
    look_at(end_, size_);
    return {least, static_cast<std::int32_t>(own), static_cast<std::int32_t>(other)};
  }

  /// Lower bounds of the margins of `own` with all others, less a share for their rounding; minus infinity for negative
  /// margins, which are always measured.
  void bound_others(Index own) {
    constexpr Scalar rounded = Scalar(0.5) * (Scalar(1) - 8 * std::numeric_limits<Scalar>::epsilon());
    const Scalar here = squared_[own];
    const Scalar moved = all_.moved_[own];
    const Scalar* const pairs = all_.pairs_.row(own).data();
    const Scalar* const moved_others = all_.moved_.data();
    const auto bound = [&](Index first, Index last) {
      for (Index j = first; j < last; ++j) {
        const Scalar difference = squared_[j] - here;
        const Scalar least = rounded * difference / (pairs[j] + moved + moved_others[j]);
        bounds_[static_cast<std::size_t>(j)] = difference > 0 ? least : -std::numeric_limits<Scalar>::infinity();
      }
    };
    bound(0, begin_);
    bound(end_, size_);
  }

  const PrototypeMargins& all_;
  Index size_;
  const Scalar* squared_ = nullptr;
  Index begin_ = 0;  ///< of the prototypes of the row's class
  Index end_ = 0;
  Index nearest_other_ = 0;
  std::vector<Scalar> bounds_;  ///< by prototype
};

template <class Scalar>
PrototypeMargins<Scalar>::PrototypeMargins(Rows prototypes, std::vector<Index> starts, Index refresh)
    : prototypes_(std::move(prototypes)), starts_(std::move(starts)), refresh_(refresh) {
  if (starts_.size() < 2 || starts_.front() != 0 || starts_.back() != prototypes_.rows() ||
      !std::ranges::is_sorted(starts_) || refresh_ < 1) {
    throw std::invalid_argument("the starts of the classes do not divide the prototypes");
  }
  squares_.resize(prototypes_.rows());
  moved_.resize(prototypes_.rows());
  for (Index p = 0; p < prototypes_.rows(); ++p) {
    squares_[p] = static_cast<Scalar>(linalg::squared_length(prototypes_.row(p).data(), prototypes_.cols()));
  }
  measure_pairs();
}

template <class Scalar>
std::vector<int> PrototypeMargins<Scalar>::codes() const {
  std::vector<int> result;
  for (std::size_t code = 0; code + 1 < starts_.size(); ++code) {
    result.insert(result.end(), static_cast<std::size_t>(starts_[code + 1] - starts_[code]), static_cast<int>(code));
  }
  return result;
}

template <class Scalar>
void PrototypeMargins<Scalar>::measure_pairs() {
  const Index size = prototypes_.rows();
  const Index d = prototypes_.cols();
  const Scalar largest = size > 0 ? squares_.maxCoeff() : Scalar(0);
  // Each product is off by at most (d + 2) eps |w_i| |w_j|, and the sum of the three terms by a few eps.
  const Scalar error = static_cast<Scalar>(2 * d + 16) * std::numeric_limits<Scalar>::epsilon() * largest;
  pairs_ = products<Scalar>(prototypes_, prototypes_);
  parallel_for(size, 64, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      pairs_.row(i) =
          ((squares_[i] + squares_.transpose().array() - 2 * pairs_.row(i).array()).max(Scalar(0)) + error).sqrt();
    }
  });
  pair_error_ = 3 * error;
  measured_ = prototypes_;
  moved_.setZero();
  updates_ = 0;
}

template <class Scalar>
void PrototypeMargins<Scalar>::update(const Move& move) {
  constexpr Index grain = 64;
  constexpr double rounded_up = 1.0 + 4.0 * static_cast<double>(std::numeric_limits<Scalar>::epsilon());
  const Index d = prototypes_.cols();
  parallel_for(prototypes_.rows(), grain, [&](Index begin, Index end) {
    for (Index p = begin; p < end; ++p) {
      move(p, prototypes_.row(p));
      squares_[p] = static_cast<Scalar>(linalg::squared_length(prototypes_.row(p).data(), d));
      const double squared = linalg::squared_distance(prototypes_.row(p).data(), measured_.row(p).data(), d);
      moved_[p] = static_cast<Scalar>(std::sqrt(squared) * rounded_up);
    }
  });
  if (++updates_ >= refresh_) measure_pairs();
}

template <class Scalar>
std::vector<CertifiedMargin> PrototypeMargins<Scalar>::margins(const RowsView& x, std::span<const int> codes) const {
  constexpr Index block = 512;
  constexpr Index grain = 8;
  std::vector<CertifiedMargin> result(static_cast<std::size_t>(x.rows()));
  for (Index first = 0; first < x.rows(); first += block) {
    const Index count = std::min(block, x.rows() - first);
    Rows squared = products<Scalar>(x.middleRows(first, count), prototypes_);
    parallel_for(count, grain, [&](Index begin, Index end) {
      Search search(*this);
      for (Index row = begin; row < end; ++row) {
        const auto length = static_cast<Scalar>(linalg::squared_length(x.row(first + row).data(), x.cols()));
        squared.row(row) =
            ((length + squares_.transpose().array()) - 2 * squared.row(row).array()).max(Scalar(0)).matrix();
        const auto at = static_cast<std::size_t>(first + row);
        result[at] = search(squared.row(row).data(), codes[at]);
      }
    });
  }
  return result;
}

template <class Scalar>
double PrototypeMargins<Scalar>::add_gradient(const RowsView& x, std::span<const CertifiedMargin> margins,
                                              const CertifiedMarginLoss& loss,
                                              PrototypeGradient<Scalar>& gradient) const {
  double total = 0.0;
  for (Index row = 0; row < x.rows(); ++row) {
    const CertifiedMargin& margin = margins[static_cast<std::size_t>(row)];
    if (margin.own < 0 || margin.other < 0) continue;
    const auto [value, slope] = loss(margin.value);
    total += value;
    const auto own = prototypes_.row(margin.own);
    const auto other = prototypes_.row(margin.other);
    const double apart = std::sqrt(linalg::squared_distance(own.data(), other.data(), x.cols()));
    if (slope == 0.0 || !(apart > 0.0)) continue;
    const auto scale = static_cast<Scalar>(slope / apart);
    const auto along = static_cast<Scalar>(margin.value / apart);
    gradient.rows.row(margin.own) += scale * ((x.row(row) - own) - along * (own - other));
    gradient.rows.row(margin.other) += scale * (along * (own - other) - (x.row(row) - other));
    gradient.touched[static_cast<std::size_t>(margin.own)] = 1;
    gradient.touched[static_cast<std::size_t>(margin.other)] = 1;
  }
  return total;
}

template class PrototypeMargins<float>;
template class PrototypeMargins<double>;
template struct PrototypeGradient<float>;
template struct PrototypeGradient<double>;

}  // namespace holdfast::objectives
