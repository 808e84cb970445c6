#include "holdfast/certify/for_each_correct_query.hpp"

#include <gtest/gtest.h>

#include "reference/random_data.hpp"

namespace holdfast::certify {
namespace {

TEST(ForEachCorrectQuery, VisitsCorrectQueriesOnceWithTheirRows) {
  const Matrix reference = reference::random_normal(50, 3, 1);
  std::vector<int> codes;
  for (int row = 0; row < 50; ++row) codes.push_back(row % 2);
  const CertifiedKnn knn(geometry::PerturbedClassifier(reference, codes, Matrix::Identity(3, 3)), {});
  const Matrix rows = reference::random_normal(300, 3, 2);  // more than a block
  CertificationProblem problem{1, rows, rows, {}, {}, std::vector<Index>(300, 7)};
  for (int row = 0; row < 300; ++row) {
    problem.classes.push_back(row % 2);
    problem.predicted.push_back(row % 3 == 0 ? 1 - row % 2 : row % 2);
  }
  std::vector<int> visits(300, 0);
  for_each_correct_query(knn, problem, "test", {}, [&] {
    return [&](Index row, geometry::QueryRows& around) {
      ++visits[static_cast<std::size_t>(row)];
      EXPECT_EQ(around.query(), problem.queries.row(row).data());
      EXPECT_EQ(around.same_class_size() + around.other_class_left(), 49u);
      EXPECT_EQ(codes[static_cast<std::size_t>(around.same_class(0)->row)], row % 2);
    };
  });
  for (int row = 0; row < 300; ++row) EXPECT_EQ(visits[static_cast<std::size_t>(row)], row % 3 == 0 ? 0 : 1);
  const auto stop = [](const Progress&) { return Action::stop; };
  EXPECT_THROW(for_each_correct_query(knn, problem, "test", stop, [] { return [](Index, geometry::QueryRows&) {}; }),
               Stopped);
}

}  // namespace
}  // namespace holdfast::certify
