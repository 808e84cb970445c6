// The softmax with AVX2 and FMA; compiled with those instructions on x86-64 alone.
#include "holdfast/linalg/softmax_kernels.hpp"

namespace holdfast::linalg {

#if defined(__AVX2__) && defined(__FMA__)
namespace {

constexpr int width = 4;

#include "linalg/softmax_kernels.inl"

}  // namespace

const Softmax softmax_avx2 = &soften;
#else
const Softmax softmax_avx2 = nullptr;
#endif

}  // namespace holdfast::linalg
