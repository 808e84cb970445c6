#include "holdfast/linalg/softmax_kernels.hpp"

namespace holdfast::linalg {

Softmax softmax() {
#if defined(__x86_64__)
  if (softmax_avx512 != nullptr && __builtin_cpu_supports("avx512f")) return softmax_avx512;
  if (softmax_avx2 != nullptr && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return softmax_avx2;
#endif
  return softmax_generic;
}

}  // namespace holdfast::linalg
