// Tensors as model files hold them.
#pragma once

#include <torch/types.h>

#include "holdfast/model/embedding.hpp"

namespace holdfast::deep {

/// Throws std::logic_error for a type that model files do not hold.
[[nodiscard]] model::StoredTensor stored(const torch::Tensor& tensor);
/// Throws std::invalid_argument where bytes and shape do not fit.
[[nodiscard]] torch::Tensor tensor_of(const model::StoredTensor& stored);

}  // namespace holdfast::deep
