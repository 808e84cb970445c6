#include "holdfast/core/types.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace holdfast {
namespace {

const double* data_of(const MatrixView& view) { return view.data(); }

TEST(Types, AMatrixHoldsOneSamplePerRow) {
  const Matrix x{{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}};
  EXPECT_EQ(x.data()[2], 3.0);
  EXPECT_EQ(x.data()[3], 4.0);
}

TEST(Types, AViewOfRowsOrOfForeignMemoryCopiesNothing) {
  const Matrix x = Matrix::Random(5, 3);
  EXPECT_EQ(data_of(x), x.data());
  EXPECT_EQ(data_of(x.middleRows(2, 2)), x.data() + 6);
  const std::vector<double> foreign(12, 1.0);
  EXPECT_EQ(data_of(Eigen::Map<const Matrix>(foreign.data(), 4, 3)), foreign.data());
}

}  // namespace
}  // namespace holdfast
