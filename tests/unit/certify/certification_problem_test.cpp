#include "holdfast/certify/certification_problem.hpp"

#include <gtest/gtest.h>

namespace holdfast::certify {
namespace {

TEST(CertificationProblem, FirstTakesTheHeadOfEveryPart) {
  const CertificationProblem all{
      3, Matrix{{1.0}, {2.0}, {3.0}}, Matrix{{4.0}, {5.0}, {6.0}}, {0, 1, 0}, {1, 1, 0}, {7, 8, 9}};
  const CertificationProblem two = all.first(2);
  EXPECT_EQ(two.k, 3);
  EXPECT_EQ(two.size(), 2);
  EXPECT_EQ(two.rows, (Matrix{{1.0}, {2.0}}));
  EXPECT_EQ(two.queries, (Matrix{{4.0}, {5.0}}));
  EXPECT_EQ(two.classes, (std::vector<int>{0, 1}));
  EXPECT_EQ(two.predicted, (std::vector<int>{1, 1}));
  EXPECT_EQ(two.left_out_of(1), 8);
  EXPECT_EQ(all.first(9).size(), 3);
}

TEST(CertificationProblem, LeavesNothingOutByDefault) {
  const CertificationProblem problem{1, Matrix{{1.0}}, Matrix{{1.0}}, {0}, {0}};
  EXPECT_EQ(problem.left_out_of(0), -1);
  EXPECT_TRUE(problem.first(1).left_out.empty());
}

}  // namespace
}  // namespace holdfast::certify
