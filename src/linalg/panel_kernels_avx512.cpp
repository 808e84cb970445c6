// The kernels with AVX-512F; compiled with those instructions on x86-64 alone.
#include "holdfast/linalg/panel_kernels.hpp"

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace holdfast::linalg {

#if defined(__AVX512F__)
namespace {

// 8 x 3 accumulators, 3 panel vectors and a broadcast: 28 of the 32 registers.
struct Avx512Float {
  using Scalar = float;
  using Vector = __m512;
  static constexpr int width = 16;
  static constexpr int row_tile = 8;
  static constexpr int vectors = 3;
  static Vector load(const float* from) { return _mm512_load_ps(from); }
  static Vector load_unaligned(const float* from) { return _mm512_loadu_ps(from); }
  static Vector broadcast(float value) { return _mm512_set1_ps(value); }
  static void store(float* to, Vector from) { _mm512_store_ps(to, from); }
  static Vector minus_product(Vector c, Vector a, Vector b) { return _mm512_fnmadd_ps(a, b, c); }
  static uint32_t less(Vector a, Vector b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
  static Vector least_above(Vector least, Vector a, Vector bound) {
    return _mm512_mask_min_ps(least, _mm512_cmp_ps_mask(bound, a, _CMP_LT_OQ), least, a);
  }
};

struct Avx512Double {
  using Scalar = double;
  using Vector = __m512d;
  static constexpr int width = 8;
  static constexpr int row_tile = 8;
  static constexpr int vectors = 3;
  static Vector load(const double* from) { return _mm512_load_pd(from); }
  static Vector load_unaligned(const double* from) { return _mm512_loadu_pd(from); }
  static Vector broadcast(double value) { return _mm512_set1_pd(value); }
  static void store(double* to, Vector from) { _mm512_store_pd(to, from); }
  static Vector minus_product(Vector c, Vector a, Vector b) { return _mm512_fnmadd_pd(a, b, c); }
  static uint32_t less(Vector a, Vector b) { return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ); }
  static Vector least_above(Vector least, Vector a, Vector bound) {
    return _mm512_mask_min_pd(least, _mm512_cmp_pd_mask(bound, a, _CMP_LT_OQ), least, a);
  }
};

#include "linalg/panel_kernels.inl"

}  // namespace

const PanelKernels panel_kernels_avx512 = {kernel_of<Avx512Float>(), kernel_of<Avx512Double>()};
#else
const PanelKernels panel_kernels_avx512 = {};
#endif

}  // namespace holdfast::linalg
