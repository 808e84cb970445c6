// Tensors as model files hold them.
#pragma once

#include <torch/types.h>

#include "holdfast/model/embedding.hpp"

namespace holdfast::deep {

/// Throws std::logic_error if model files do not hold this type.
[[nodiscard]] model::StoredTensor stored(const torch::Tensor& tensor);
/// Throws std::invalid_argument if the data do not have the size of the shape.
[[nodiscard]] torch::Tensor tensor_of(const model::StoredTensor& stored);

}  // namespace holdfast::deep
