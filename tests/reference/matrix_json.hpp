// Matrices in files of reference figures.
#pragma once

#include <nlohmann/json.hpp>

#include "holdfast/core/types.hpp"

namespace holdfast::reference {

/// A matrix written as an array of rows.
inline Matrix matrix_of(const nlohmann::json& rows) {
  Matrix result(static_cast<Index>(rows.size()), static_cast<Index>(rows[0].size()));
  for (Index i = 0; i < result.rows(); ++i) {
    for (Index k = 0; k < result.cols(); ++k)
      result(i, k) = rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(k)];
  }
  return result;
}

}  // namespace holdfast::reference
