#include "holdfast/deep/stored_tensor.hpp"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <stdexcept>

namespace holdfast::deep {
namespace {

using torch::Tensor;

TEST(StoredTensor, ComesBackWithItsTypeShapeAndBits) {
  for (const auto type : {torch::kFloat64, torch::kFloat32, torch::kInt64, torch::kInt32, torch::kUInt8}) {
    const Tensor tensor = (100.0 * torch::rand({2, 3, 4})).to(type);
    const Tensor back = tensor_of(stored(tensor));
    EXPECT_EQ(back.scalar_type(), type);
    EXPECT_TRUE(torch::equal(back, tensor));
    EXPECT_TRUE(torch::equal(tensor_of(stored(tensor.transpose(0, 2))), tensor.transpose(0, 2)));  // not contiguous
  }
  EXPECT_EQ(tensor_of(stored(torch::empty({0, 3}))).sizes().vec(), (std::vector<std::int64_t>{0, 3}));
}

TEST(StoredTensor, RefusesOtherTypesAndBytesThatDoNotFit) {
  EXPECT_THROW((void)stored(torch::zeros({2}, torch::kBool)), std::logic_error);
  model::StoredTensor damaged = stored(torch::zeros({2, 3}));
  damaged.bytes.pop_back();
  EXPECT_THROW((void)tensor_of(damaged), std::invalid_argument);
}

}  // namespace
}  // namespace holdfast::deep
