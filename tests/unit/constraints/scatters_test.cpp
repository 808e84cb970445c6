#include "holdfast/constraints/scatters.hpp"

#include <gtest/gtest.h>

#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::constraints {
namespace {

/// By the definition, pair by pair.
Scatters by_pairs(const Matrix& x, const Labels& labels) {
  Scatters s{Matrix::Zero(x.cols(), x.cols()), Matrix::Zero(x.cols(), x.cols())};
  for (Index i = 0; i < x.rows(); ++i) {
    for (Index j = 0; j < i; ++j) {
      const RowVector difference = x.row(i) - x.row(j);
      const bool same = labels.codes[static_cast<std::size_t>(i)] == labels.codes[static_cast<std::size_t>(j)];
      (same ? s.similar : s.dissimilar) += difference.transpose() * difference;
      (same ? s.similar_pairs : s.dissimilar_pairs) += 1.0;
    }
  }
  s.similar /= s.similar_pairs;
  s.dissimilar /= s.dissimilar_pairs;
  return s;
}

TEST(Scatters, OfAllPairsAreThoseOfTheDefinition) {
  Dataset data = reference::clouds(60, 5, 3, 1);
  data.x.rowwise() += RowVector::Constant(5, 1e4);  // far from the origin: no cancellation
  data.labels->names.push_back("lonely");
  data.labels->codes[7] = 3;
  data.labels->names.push_back("nobody");
  const Scatters s = scatters_from_labels(data.x, *data.labels);
  const Scatters expected = by_pairs(data.x, *data.labels);
  EXPECT_EQ(s.similar_pairs, expected.similar_pairs);
  EXPECT_EQ(s.dissimilar_pairs, expected.dissimilar_pairs);
  EXPECT_LT((s.similar - expected.similar).norm(), reference::long_sums * expected.similar.norm());
  EXPECT_LT((s.dissimilar - expected.dissimilar).norm(), reference::long_sums * expected.dissimilar.norm());
}

TEST(Scatters, AWeightedPairCountsAsTheProductOfItsWeights) {
  Dataset data = reference::clouds(30, 4, 3, 1);
  data.labels->weights.assign(30, 1.0);
  data.labels->weights[2] = 2.5;
  data.labels->weights[11] = 0.0;
  Scatters expected{Matrix::Zero(4, 4), Matrix::Zero(4, 4)};
  for (Index i = 0; i < 30; ++i) {
    for (Index j = 0; j < i; ++j) {
      const RowVector difference = data.x.row(i) - data.x.row(j);
      const double weight =
          data.labels->weights[static_cast<std::size_t>(i)] * data.labels->weights[static_cast<std::size_t>(j)];
      const bool same = data.labels->code(i) == data.labels->code(j);
      (same ? expected.similar : expected.dissimilar) += weight * difference.transpose() * difference;
      (same ? expected.similar_pairs : expected.dissimilar_pairs) += weight;
    }
  }
  const Scatters s = scatters_from_labels(data.x, *data.labels);
  EXPECT_NEAR(s.similar_pairs, expected.similar_pairs, reference::long_sums);
  EXPECT_NEAR(s.dissimilar_pairs, expected.dissimilar_pairs, reference::long_sums);
  EXPECT_LT((s.similar - expected.similar / expected.similar_pairs).norm(), reference::long_sums);
  EXPECT_LT((s.dissimilar - expected.dissimilar / expected.dissimilar_pairs).norm(), reference::long_sums);
  std::fill(data.labels->weights.begin(), data.labels->weights.end(), 0.0);
  data.labels->weights[0] = 1.0;
  EXPECT_NE(reference::message_of([&] { (void)scatters_from_labels(data.x, *data.labels); }), "no error");
}

TEST(Scatters, ARowOfAWeightIsAsManyCopiesOfIt) {
  Dataset data = reference::clouds(30, 4, 3, 1);
  data.labels->weights.assign(30, 1.0);
  data.labels->weights[2] = 3.0;
  data.labels->weights[11] = 0.0;
  const Scatters weighted = scatters_from_labels(data.x, *data.labels);
  std::vector<Index> rows{2, 2};  // two copies more of this one
  for (Index row = 0; row < 30; ++row) {
    if (row != 11) rows.push_back(row);
  }
  Labels labels{{}, data.labels->names};
  for (const Index row : rows) labels.codes.push_back(data.labels->code(row));
  const Scatters copied = scatters_from_labels(select_rows(data.x, rows), labels);
  EXPECT_EQ(weighted.similar_pairs, copied.similar_pairs);
  EXPECT_EQ(weighted.dissimilar_pairs, copied.dissimilar_pairs);
  EXPECT_LT((weighted.similar - copied.similar).norm(), reference::long_sums);
  EXPECT_LT((weighted.dissimilar - copied.dissimilar).norm(), reference::long_sums);
}

TEST(Scatters, ClassesOfASinglePointHaveNoScatter) {
  const Matrix x{{1.0, 2.0}, {1.0, 2.0}, {0.0, 5.0}, {0.0, 5.0}};
  const Scatters s = scatters_from_labels(x, Labels{{0, 0, 1, 1}, {"a", "b"}});
  EXPECT_EQ(s.similar, Matrix::Zero(2, 2));
  EXPECT_EQ(s.similar_pairs, 2.0);
}

TEST(Scatters, OfGivenPairsAreTheirMeans) {
  const Matrix x = reference::random_normal(6, 3, 2);
  const PairSet pairs{{{0, 1}, {2, 4}}, {{5, 3}}};
  const Scatters s = scatters_from_pairs(x, pairs);
  const auto outer = [&](Index a, Index b) {
    return Matrix((x.row(a) - x.row(b)).transpose() * (x.row(a) - x.row(b)));
  };
  EXPECT_LT((s.similar - 0.5 * (outer(0, 1) + outer(2, 4))).norm(), reference::rounding);
  EXPECT_LT((s.dissimilar - outer(3, 5)).norm(), reference::rounding);
  EXPECT_EQ(s.similar_pairs, 2.0);
}

TEST(Scatters, NeedTwoClassesAndAClassOfTwo) {
  const Matrix x = reference::random_normal(3, 2, 1);
  const Labels same{{0, 0, 0}, {"a"}};
  const Labels different{{0, 1, 2}, {"a", "b", "c"}};
  EXPECT_NE(reference::message_of([&] { (void)scatters_from_labels(x, same); }), "no error");
  EXPECT_NE(reference::message_of([&] { (void)scatters_from_labels(x, different); }), "no error");
}

}  // namespace
}  // namespace holdfast::constraints
