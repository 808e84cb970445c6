#include "holdfast/deep/stored_tensor.hpp"

#include <cstring>
#include <stdexcept>
#include <utility>

namespace holdfast::deep {
namespace {

using Type = model::StoredTensor::Type;

constexpr std::pair<torch::ScalarType, Type> types[] = {{torch::kFloat64, Type::f64},
                                                        {torch::kFloat32, Type::f32},
                                                        {torch::kInt64, Type::i64},
                                                        {torch::kInt32, Type::i32},
                                                        {torch::kUInt8, Type::u8}};

}  // namespace

model::StoredTensor stored(const torch::Tensor& tensor) {
  const torch::Tensor plain = tensor.detach().to(torch::kCPU).contiguous();
  for (const auto& [scalar, type] : types) {
    if (plain.scalar_type() != scalar) continue;
    model::StoredTensor result{type, {}, {}};
    for (const std::int64_t extent : plain.sizes()) result.shape.push_back(static_cast<std::uint64_t>(extent));
    result.bytes.assign(static_cast<const char*>(plain.data_ptr()), plain.nbytes());
    return result;
  }
  throw std::logic_error("a tensor of this type cannot be stored");
}

torch::Tensor tensor_of(const model::StoredTensor& stored) {
  std::vector<std::int64_t> shape;
  for (const std::uint64_t extent : stored.shape) shape.push_back(static_cast<std::int64_t>(extent));
  for (const auto& [scalar, type] : types) {
    if (stored.type != type) continue;
    torch::Tensor result = torch::empty(shape, scalar);
    if (result.nbytes() != stored.bytes.size())
      throw std::invalid_argument("the data of a tensor do not have the size of its shape");
    if (!stored.bytes.empty()) std::memcpy(result.data_ptr(), stored.bytes.data(), stored.bytes.size());
    return result;
  }
  throw std::invalid_argument("a tensor is of an unknown type");
}

}  // namespace holdfast::deep
