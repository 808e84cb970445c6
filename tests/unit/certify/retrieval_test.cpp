#include "holdfast/certify/retrieval.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "holdfast/core/error.hpp"
#include "holdfast/geometry/norm.hpp"
#include "reference/brute_force_knn.hpp"
#include "reference/exact_nn.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::certify {
namespace {

using reference::random_normal;
using testing::HasSubstr;

std::vector<int> codes_of(Index rows, int classes) {
  std::vector<int> codes;
  for (Index row = 0; row < rows; ++row) codes.push_back(static_cast<int>((row * 7 + row / 5) % classes));
  return codes;
}

/// All rows but one.
struct Others {
  Matrix x;
  std::vector<int> codes;

  Others(const Matrix& rows, const std::vector<int>& all, Index without) : x(rows.rows() - 1, rows.cols()) {
    for (Index row = 0; row < rows.rows(); ++row) {
      if (row == without) continue;
      x.row(row - (row > without ? 1 : 0)) = rows.row(row);
      codes.push_back(all[static_cast<std::size_t>(row)]);
    }
  }
};

TEST(Retrieval, EqualsTheOracles) {
  const Matrix rows = random_normal(30, 3, 1);
  const std::vector<int> codes = codes_of(30, 3);
  int positive = 0;
  for (const Index dimension : {3, 2}) {
    const Matrix map = random_normal(dimension, 3, 2);
    const Matrix m = map.transpose() * map;
    const RetrievalProblem problem{rows, rows * map.transpose(), codes};
    for (const Norm norm : {Norm::l2, Norm::l1, Norm::linf}) {
      const auto found = retrieval_radii(map, {.ball = LpBall{norm}}, problem);
      ASSERT_EQ(found.size(), 30u);
      for (Index row = 0; row < 30; ++row) {
        const RetrievalCertificate& own = found[static_cast<std::size_t>(row)];
        const Index nearest = reference::nearest_rows(problem.mapped.row(row), problem.mapped, 1, row).front();
        EXPECT_EQ(own.nearest, nearest);
        const auto squared = [&](Index to) { return (problem.mapped.row(row) - problem.mapped.row(to)).squaredNorm(); };
        double same = std::numeric_limits<double>::infinity();
        for (Index other = 0; other < 30; ++other) {
          if (other == row || other == nearest) continue;
          const Vector normal = m * (rows.row(nearest) - rows.row(other)).transpose();
          same = std::min(same,
                          (squared(other) - squared(nearest)) / (2.0 * geometry::length(normal, geometry::dual(norm))));
        }
        EXPECT_NEAR(own.same_row.radius, same, reference::radii * (1.0 + same));
        EXPECT_EQ(own.same_row.kind, BoundKind::exact);
        ASSERT_TRUE(own.relevant.has_value());
        const int label = codes[static_cast<std::size_t>(row)];
        if (codes[static_cast<std::size_t>(nearest)] != label) {
          EXPECT_EQ(own.relevant->radius, 0.0);
          continue;
        }
        ++positive;
        EXPECT_GE(own.relevant->radius, own.same_row.radius * (1.0 - reference::radii));
        if (norm != Norm::l2) continue;
        const Others others(rows, codes, row);
        const double exact = reference::exact_nn_radius(map, others.x, others.codes, rows.row(row), label);
        EXPECT_NEAR(own.relevant->radius, exact, reference::radii * (1.0 + exact));
        EXPECT_EQ(own.relevant->kind, BoundKind::exact);
      }
    }
  }
  EXPECT_GT(positive, 20);
}

TEST(Retrieval, SameRowIsTightAndSound) {
  const Matrix rows = random_normal(20, 2, 5);
  const RetrievalProblem problem{rows, rows, codes_of(20, 2)};
  const auto found = retrieval_radii(Matrix::Identity(2, 2), {}, problem);
  int changed = 0;
  for (Index row = 0; row < 20; ++row) {
    const RetrievalCertificate& own = found[static_cast<std::size_t>(row)];
    for (int angle = 0; angle < 3600; ++angle) {
      const double radians = static_cast<double>(angle) * 2.0 * std::acos(-1.0) / 3600.0;
      const RowVector direction{{std::cos(radians), std::sin(radians)}};
      const auto nearest = [&](double size) {
        return reference::nearest_rows(rows.row(row) + size * direction, rows, 1, row).front();
      };
      EXPECT_EQ(nearest(own.same_row.radius * (1.0 - reference::radii)), own.nearest);
      changed += nearest(own.same_row.radius * (1.0 + reference::visible)) != own.nearest ? 1 : 0;
    }
  }
  EXPECT_GE(changed, 20);
}

TEST(Retrieval, ByHand) {
  // On a line: a query at 0, its class at 2 and 4, another class at 3, a class of one row at 10.
  const Matrix rows{{0.0}, {2.0}, {4.0}, {3.0}, {10.0}};
  const RetrievalProblem problem{rows, rows, {0, 0, 0, 1, 2}};
  const auto found = retrieval_radii(Matrix{{1.0}}, {}, problem, {.queries = 1});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].nearest, 1);
  EXPECT_NEAR(found[0].same_row.radius, 2.5, reference::rounding);
  EXPECT_NEAR(found[0].relevant->radius, 2.5, reference::rounding);
  const auto all = retrieval_radii(Matrix{{1.0}}, {}, problem);
  EXPECT_FALSE(all[3].relevant.has_value());  // nothing is relevant for the only row of a class
  EXPECT_FALSE(all[4].relevant.has_value());
  EXPECT_EQ(all[4].nearest, 2);
  EXPECT_NEAR(all[4].same_row.radius, 6.5, reference::radii);
  EXPECT_EQ(all[3].same_row.radius, 0.0);  // 2 and 4 are as near
  EXPECT_EQ(all[3].same_row.kind, BoundKind::lower_bound);
  EXPECT_EQ(all[3].nearest, 1);
  EXPECT_EQ(all[1].relevant->radius, 0.0);  // its nearest row is of another class
}

TEST(Retrieval, InABoxTheSameRowIsALowerBound) {
  const Matrix rows{{0.0}, {2.0}, {4.0}};
  const RetrievalProblem problem{rows, rows, {0, 0, 1}};
  const ThreatModel threat{.box = Box{RowVector{{0.0}}, RowVector{{4.0}}}};
  const auto found = retrieval_radii(Matrix{{1.0}}, threat, problem, {.queries = 1});
  EXPECT_EQ(found[0].same_row.kind, BoundKind::lower_bound);
  EXPECT_EQ(found[0].relevant->kind, BoundKind::exact);
  EXPECT_NEAR(found[0].relevant->radius, 3.0, reference::radii);
}

TEST(Retrieval, RefusesWhatDoesNotFit) {
  const RetrievalProblem single{Matrix{{1.0}}, Matrix{{1.0}}, {0}};
  EXPECT_THROW((void)retrieval_radii(Matrix{{1.0}}, {}, single), std::invalid_argument);
  const RetrievalProblem uneven{Matrix{{1.0}, {2.0}}, Matrix{{1.0}, {2.0}}, {0}};
  EXPECT_THROW((void)retrieval_radii(Matrix{{1.0}}, {}, uneven), std::invalid_argument);
}

}  // namespace
}  // namespace holdfast::certify
