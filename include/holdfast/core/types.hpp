// The vocabulary of every interface: dense row-major matrices, one sample per row.
#pragma once

#include <Eigen/Core>

namespace holdfast {

using Index = Eigen::Index;

/// Dense row-major matrix of float64: n samples are n rows.
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
/// Dense row-major matrix of float32, for nearest-neighbour search at half the memory.
using MatrixF = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
/// Column vector of float64.
using Vector = Eigen::VectorXd;
/// Row vector of float64: one sample.
using RowVector = Eigen::RowVectorXd;

/// A matrix argument: binds to a Matrix, to a block of rows of one, or to a map over foreign memory, without a copy.
using MatrixView = Eigen::Ref<const Matrix>;
using VectorView = Eigen::Ref<const Vector>;
using RowView = Eigen::Ref<const RowVector>;

}  // namespace holdfast
