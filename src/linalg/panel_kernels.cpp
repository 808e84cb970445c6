#include "holdfast/linalg/panel_kernels.hpp"

namespace holdfast::linalg {

const PanelKernels& panel_kernels() {
#if defined(__x86_64__)
  if (panel_kernels_avx512.f32.scan != nullptr && __builtin_cpu_supports("avx512f")) return panel_kernels_avx512;
  if (panel_kernels_avx2.f32.scan != nullptr && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return panel_kernels_avx2;
  }
#endif
  return panel_kernels_generic;
}

}  // namespace holdfast::linalg
