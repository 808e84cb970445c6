// Matrices of the library as tensors, and back.
#pragma once

#include <torch/types.h>

#include "holdfast/deep/image_set.hpp"

namespace holdfast::deep {

/// n x d tensor of any type and device as a matrix.
[[nodiscard]] inline Matrix matrix_of(const torch::Tensor& rows) {
  const torch::Tensor plain = rows.detach().to(torch::kCPU).to(torch::kFloat64).contiguous();
  return Eigen::Map<const Matrix>(plain.data_ptr<double>(), plain.size(0), plain.size(1));
}

/// A copy, n x d float64.
[[nodiscard]] inline torch::Tensor tensor_of(const Matrix& rows) {
  return torch::from_blob(const_cast<double*>(rows.data()), {rows.rows(), rows.cols()}, torch::kFloat64).clone();
}

/// Rows of bytes as numbers to n x c x h x w float32 in [0, 1].
[[nodiscard]] inline torch::Tensor pixels_of(const MatrixView& rows, const ImageShape& shape) {
  torch::Tensor pixels = torch::empty({rows.rows(), shape.channels, shape.height, shape.width});
  Eigen::Map<Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
      pixels.data_ptr<float>(), rows.rows(), rows.cols()) = rows.cast<float>() * (1.0F / 255.0F);
  return pixels;
}

}  // namespace holdfast::deep
