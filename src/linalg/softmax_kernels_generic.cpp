// The softmax for any processor.
#include "holdfast/linalg/softmax_kernels.hpp"

namespace holdfast::linalg {

namespace {

constexpr int width = 2;

#include "linalg/softmax_kernels.inl"

}  // namespace

const Softmax softmax_generic = &soften;

}  // namespace holdfast::linalg
