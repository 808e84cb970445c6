#include "holdfast/objectives/near_nca_objective.hpp"

#include <utility>

#include "holdfast/core/parallel.hpp"
#include "holdfast/linalg/products.hpp"
#include "objectives/softmax.hpp"

namespace holdfast::objectives {
namespace {

/// About as many operations as one exponential.
constexpr Index operations_of_exp = 20;
/// Rows compared with all others at a time, which bounds the memory of their distances.
constexpr Index comparison_block = 64;

}  // namespace

NearNcaObjective::NearNcaObjective(const MatrixView& x, std::vector<int> codes, Candidates candidates,
                                   const Vector& weights)
    : x_(x), codes_(std::move(codes)), candidates_(std::move(candidates)) {
  shares_ = weights.size() > 0 ? weights : Vector::Ones(x.rows());
  shares_ /= shares_.sum();
  std::vector<linalg::RowPair> pairs;
  pairs.reserve(static_cast<std::size_t>(candidates_.size()));
  for (Index i = 0; i < candidates_.rows(); ++i) {
    for (const std::int32_t j : candidates_.row(i)) pairs.push_back({static_cast<std::int32_t>(i), j});
  }
  graph_ = linalg::PairGraph(x_.rows(), pairs, edge_of_);
}

Matrix NearNcaObjective::probabilities(const MatrixView& map) const {
  const Vector distances = graph_.squared_differences(linalg::product_with_transpose(x_, map));
  Matrix p(candidates_.rows(), candidates_.cols());
  parallel_for(p.rows(), grain_of(operations_of_exp * p.cols()), [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      for (Index c = 0; c < p.cols(); ++c) p(i, c) = -distances[edge_of_[static_cast<std::size_t>(i * p.cols() + c)]];
      soften(p.row(i));
    }
  });
  return p;
}

double NearNcaObjective::own_class(const Matrix& probabilities, Index row) const {
  double own = 0.0;
  for (Index c = 0; c < candidates_.cols(); ++c) {
    if (same_class(candidates_(row, c), row)) own += probabilities(row, c);
  }
  return own;
}

double NearNcaObjective::value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const {
  const Matrix p = probabilities(map);
  double value = 0.0;
  // A pair may be a candidate from both of its rows.
  Vector weights = Vector::Zero(graph_.edges());
  for (Index i = 0; i < p.rows(); ++i) {
    const double own = own_class(p, i);
    value += shares_[i] * (1.0 - own);
    for (Index c = 0; c < p.cols(); ++c) {
      const double wanted = same_class(candidates_(i, c), i) ? 1.0 : 0.0;
      weights[edge_of_[static_cast<std::size_t>(i * p.cols() + c)]] += shares_[i] * p(i, c) * (wanted - own);
    }
  }
  gradient = linalg::transpose_product(x_, graph_.laplacian_product(weights, x_));
  return value;
}

NearNcaObjective::Comparison NearNcaObjective::against_all_rows(const MatrixView& map,
                                                                std::span<const Index> rows) const {
  const Matrix mapped = linalg::product_with_transpose(x_, map);
  const Vector squares = mapped.rowwise().squaredNorm();
  const Matrix p = probabilities(map);
  const auto count = static_cast<Index>(rows.size());
  Comparison result{Vector(count), Vector(count), Vector(count)};
  parallel_for(count, comparison_block, [&](Index begin, Index end) {
    const std::vector<Index> block(rows.begin() + begin, rows.begin() + end);
    const Matrix here = mapped(block, Eigen::all);
    // -D2 up to a row's own square, which the softmax does not see.
    Matrix weights(here.rows(), mapped.rows());
    weights.noalias() = 2.0 * here * mapped.transpose();
    weights.rowwise() -= squares.transpose();
    for (Index at = begin; at < end; ++at) {
      const Index i = rows[static_cast<std::size_t>(at)];
      auto row = weights.row(at - begin);
      soften(row, i);
      double own = 0.0;
      for (Index j = 0; j < row.size(); ++j) own += same_class(i, j) ? row[j] : 0.0;
      for (const std::int32_t kept : candidates_.row(i)) row[kept] = 0.0;
      result.near[at] = 1.0 - own_class(p, i);
      result.all[at] = 1.0 - own;
      result.left_out[at] = row.sum();
    }
  });
  return result;
}

}  // namespace holdfast::objectives
