// The softmax with AVX-512; compiled with those instructions on x86-64 alone.
#include "holdfast/linalg/softmax_kernels.hpp"

namespace holdfast::linalg {

#if defined(__AVX512F__)
namespace {

constexpr int width = 8;

#include "linalg/softmax_kernels.inl"

}  // namespace

const Softmax softmax_avx512 = &soften;
#else
const Softmax softmax_avx512 = nullptr;
#endif

}  // namespace holdfast::linalg
