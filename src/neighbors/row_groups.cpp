#include "neighbors/row_groups.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "holdfast/core/dataset.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/row_distance.hpp"
#include "holdfast/neighbors/exact_index.hpp"
#include "holdfast/neighbors/kmeans.hpp"

namespace holdfast::neighbors {
namespace {

/// Rows of a group at least, so that scanning them in panels pays.
constexpr Index fewest_rows_of_a_group = 128;
/// Rows from which a centre is computed; more hardly move it.
constexpr Index sampled_per_centre = 40;
constexpr Index steps_of_kmeans = 6;

/// Centres for some of n rows: the cost of finding the nearest centres, and that of scanning a group, grow as sqrt(n).
Index centres_for(Index members, Index rows) {
  const Index size = std::max(fewest_rows_of_a_group, static_cast<Index>(0.5 * std::sqrt(static_cast<double>(rows))));
  return std::max<Index>(1, members / size);
}

Matrix centres_of(const Matrix& x, Index count, Random& random) {
  if (count == 1) return x.colwise().mean();
  const Index wanted = sampled_per_centre * count;
  if (wanted >= x.rows()) return kmeans(x, count, random, steps_of_kmeans);
  std::vector<Index> drawn = random.permutation(x.rows());
  drawn.resize(static_cast<std::size_t>(wanted));
  return kmeans(select_rows(x, drawn), count, random, steps_of_kmeans);
}

Matrix half_inverse_gaps_of(const Matrix& centres) {
  Matrix result(centres.rows(), centres.rows());
  parallel_for(centres.rows(), grain_of(4 * centres.size()), [&](Index begin, Index end) {
    for (Index a = begin; a < end; ++a) {
      for (Index b = 0; b < centres.rows(); ++b) {
        const double squared = linalg::squared_distance(centres.row(a).data(), centres.row(b).data(), centres.cols());
        result(a, b) = squared > 0.0 ? 0.5 / std::sqrt(squared) : 0.0;
      }
    }
  });
  return result;
}

}  // namespace

RowGroups::RowGroups(Matrix given, std::span<const int> codes, std::uint64_t seed)
    : rows(std::move(given)), mean(rows.colwise().mean()), kernel(linalg::panel_kernels().f32) {
  make_groups(codes, seed);
  centres.rowwise() -= mean;
  centre_squares = centres.rowwise().squaredNorm();
  const Index width = kernel.panel_width;
  Index count = 0;
  double radius = 0.0;
  for (RowGroup& group : groups) {
    group.first_panel = count;
    count += (group.count + width - 1) / width;
    radius = std::max(radius, group.radius);
  }
  largest_norm = std::sqrt(std::max((rows.rowwise() - mean).rowwise().squaredNorm().maxCoeff(),  //
                                    centre_squares.maxCoeff()));
  // Residuals of queries from far groups are to stay in range, too, if all groups are tight.
  constexpr double largest_residual = 1e15;
  unit = std::ldexp(1.0, -std::ilogb(std::max(radius, largest_norm / largest_residual)));
  panels.assign(static_cast<std::size_t>(count * rows.cols() * width), 0.0F);
  bias.assign(static_cast<std::size_t>(count * width), std::numeric_limits<float>::infinity());
  parallel_for(static_cast<Index>(groups.size()), 1, [&](Index begin, Index end) {
    for (Index group = begin; group < end; ++group) pack(group);
  });
}

void RowGroups::make_groups(std::span<const int> codes, std::uint64_t seed) {
  const std::vector<int> one_part(codes.empty() ? static_cast<std::size_t>(rows.rows()) : 0, 0);
  group_of.resize(static_cast<std::size_t>(rows.rows()));
  std::vector<Matrix> all_centres;
  for (const std::vector<Index>& members : class_rows(codes.empty() ? one_part : codes)) {
    if (members.empty()) continue;
    const Matrix x = select_rows(rows, members);
    Random random(seed, parts.size());
    const Matrix own = centres_of(x, centres_for(x.rows(), rows.rows()), random);
    const Neighbors nearest_centre = nearest(x, own, 1);
    const auto first = static_cast<Index>(groups.size());
    for (Index g = 0; g < own.rows(); ++g) {
      groups.push_back({.part = static_cast<std::int32_t>(parts.size()), .begin = 0, .count = 0, .first_panel = 0});
    }
    for (std::size_t i = 0; i < members.size(); ++i) {
      const Index at = first + nearest_centre.rows(static_cast<Index>(i), 0);
      RowGroup& group = groups[static_cast<std::size_t>(at)];
      group_of[static_cast<std::size_t>(members[i])] = static_cast<std::int32_t>(at);
      ++group.count;
      const double distance = std::sqrt(nearest_centre.squared_distances(static_cast<Index>(i), 0));
      group.radius = std::max(group.radius, distance);
    }
    parts.push_back({first, own.rows(), half_inverse_gaps_of(own)});
    all_centres.push_back(own);
  }
  centres.resize(static_cast<Index>(groups.size()), rows.cols());
  for (std::size_t part = 0; part < parts.size(); ++part) {
    centres.middleRows(parts[part].begin, parts[part].count) = all_centres[part];
  }
  Index begin = 0;
  for (RowGroup& group : groups) {
    group.begin = std::exchange(begin, begin + group.count);
  }
  order.resize(group_of.size());
  std::vector<Index> next;
  for (const RowGroup& group : groups) next.push_back(group.begin);
  for (std::size_t row = 0; row < group_of.size(); ++row) {
    order[static_cast<std::size_t>(next[static_cast<std::size_t>(group_of[row])]++)] = static_cast<std::int32_t>(row);
  }
}

void RowGroups::pack(Index number) {
  const RowGroup& group = groups[static_cast<std::size_t>(number)];
  const Index d = rows.cols();
  const Index width = kernel.panel_width;
  const RowVector centre = centres.row(number) + mean;
  RowVector residual(d);
  for (Index i = 0; i < group.count; ++i) {
    residual = unit * (rows.row(order[static_cast<std::size_t>(group.begin + i)]) - centre);
    const Index panel = group.first_panel + i / width;
    const Index column = i % width;
    float* out = panels.data() + panel * d * width + column;
    for (Index k = 0; k < d; ++k) out[k * width] = static_cast<float>(residual[k]);
    bias[static_cast<std::size_t>(panel * width + column)] = static_cast<float>(0.5 * residual.squaredNorm());
  }
}

Matrix RowGroups::to_centres(Index begin, Index end, const Matrix& queries) const {
  Matrix result = linalg::row_products_with_transpose(centres.middleRows(begin, end - begin), queries);
  result *= -2.0;
  result.colwise() += centre_squares.segment(begin, end - begin);
  result.rowwise() += queries.rowwise().squaredNorm().transpose();
  return result;
}

double RowGroups::slack() const {
  constexpr double unit_of_rounding = std::numeric_limits<double>::epsilon();
  return 16.0 * static_cast<double>(rows.cols() + 8) * unit_of_rounding * largest_norm * largest_norm;
}

}  // namespace holdfast::neighbors
