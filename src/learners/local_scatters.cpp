#include "learners/local_scatters.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "holdfast/constraints/scatters.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/linalg/products.hpp"

namespace holdfast::learners {
namespace {

/// Entries of a block of distances, 16 MB.
constexpr Index block_entries = Index{1} << 21;
constexpr Index fewest_block_rows = 64;

/// The rows of one class about their mean, so that squared distances from products keep their digits.
class ClassAffinities {
 public:
  ClassAffinities(const MatrixView& x, Index k)
      : x_(x.rowwise() - x.colwise().mean()), squared_lengths_(x_.rowwise().squaredNorm()), scales_(x.rows()) {
    const Index n = x_.rows();
    const Index place = std::min(k, n - 1);  // a row is at distance 0 from itself
    for (Index begin = 0; begin < n; begin += block_rows()) {
      Matrix block = squared_distances(begin, std::min(n, begin + block_rows()));
      parallel_for(block.rows(), grain_of(10 * n), [&](Index from, Index to) {
        for (Index row = from; row < to; ++row) {
          RowVector distances = block.row(row);
          // Faster than std::nth_element for the usual small k.
          std::partial_sort(distances.data(), distances.data() + place + 1, distances.data() + n);
          scales_[begin + row] = std::sqrt(distances[place]);
        }
      });
      if (block.rows() == n) whole_ = std::move(block);
    }
  }

  [[nodiscard]] Index block_rows() const { return std::max(fewest_block_rows, block_entries / x_.rows()); }

  /// Rows begin to end of A; each row once.
  [[nodiscard]] Matrix rows(Index begin, Index end) {
    Matrix block = whole_.rows() > 0 ? std::move(whole_) : squared_distances(begin, end);
    parallel_for(block.rows(), grain_of(30 * x_.rows()), [&](Index from, Index to) {
      for (Index row = from; row < to; ++row) {
        const double scale = scales_[begin + row];
        for (Index other = 0; other < x_.rows(); ++other) {
          const double product = scale * scales_[other];
          block(row, other) = product > 0.0 ? std::exp(-block(row, other) / product) : 0.0;
        }
      }
    });
    return block;
  }

 private:
  [[nodiscard]] Matrix squared_distances(Index begin, Index end) const {
    Matrix block = linalg::product_with_transpose(x_.middleRows(begin, end - begin), x_);
    for (Index row = begin; row < end; ++row) {
      auto distances = block.row(row - begin);
      distances = (squared_lengths_[row] + squared_lengths_.transpose().array() - 2.0 * distances.array()).max(0.0);
      distances[row] = 0.0;
    }
    return block;
  }

  Matrix x_;
  Vector squared_lengths_;
  Vector scales_;
  Matrix whole_;  ///< the squared distances if they are a single block
};

}  // namespace

LocalScatters local_scatters(const MatrixView& x, const MatrixView& z, const Labels& labels, Index k,
                             const Observer& observer) {
  // Rows of different classes, each pair with weight 1/n.
  const constraints::Scatters all = constraints::scatters_from_labels(z, labels);
  const auto n = static_cast<double>(x.rows());
  LocalScatters result{Matrix::Zero(z.cols(), z.cols()), all.dissimilar * (all.dissimilar_pairs / n)};
  Index done = 0;
  Index distances = block_entries;  // since the last report
  for (const std::vector<Index>& members : class_rows(labels.codes)) {
    if (members.size() < 2) continue;  // no pair within the class
    ClassAffinities affinities(select_rows(x, members), k);
    Matrix own = select_rows(z, members);
    own.rowwise() -= own.colwise().mean();
    // 1/2 sum_ij A_ij (z_i - z_j)(z_i - z_j)^T = sum_i z_i (sum_j A_ij z_i - sum_j A_ij z_j)^T.
    Matrix sum = Matrix::Zero(z.cols(), z.cols());
    for (Index begin = 0; begin < own.rows(); begin += affinities.block_rows()) {
      if (distances >= block_entries) {
        if (asks_to_stop(observer, {"local scatters", done + begin, x.rows(), 0.0})) throw Stopped{};
        distances = 0;
      }
      const Index end = std::min(own.rows(), begin + affinities.block_rows());
      distances += (end - begin) * own.rows();
      const Matrix block = affinities.rows(begin, end);
      const auto block_z = own.middleRows(begin, end - begin);
      const Vector degrees = block.rowwise().sum();
      sum += linalg::transpose_product(block_z, degrees.asDiagonal() * block_z - linalg::product(block, own));
    }
    sum = 0.5 * (sum + sum.transpose()).eval();
    const auto count = static_cast<double>(own.rows());
    result.within += sum / count;
    result.between += sum * (1.0 / n - 1.0 / count);
    done += own.rows();
  }
  return result;
}

}  // namespace holdfast::learners
