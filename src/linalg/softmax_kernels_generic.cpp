// The softmax for any processor.
#include "holdfast/linalg/softmax_kernels.hpp"

namespace holdfast::linalg {

namespace {

constexpr int width = 2;
using Doubles = double __attribute__((vector_size(8 * width)));
using Integers = int64_t __attribute__((vector_size(8 * width)));

#include "linalg/softmax_kernels.inl"

}  // namespace

const Softmax softmax_generic = &soften;

}  // namespace holdfast::linalg
