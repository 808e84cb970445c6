// The kernels with AVX2 and FMA; compiled with those instructions on x86-64 alone.
#include "holdfast/linalg/panel_kernels.hpp"

#if defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
#endif

namespace holdfast::linalg {

#if defined(__AVX2__) && defined(__FMA__)
namespace {

// 4 x 3 accumulators, 3 panel vectors and a broadcast fill the 16 registers.
struct Avx2Float {
  using Scalar = float;
  using Vector = __m256;
  static constexpr int width = 8;
  static constexpr int row_tile = 4;
  static constexpr int vectors = 3;
  static Vector load(const float* from) { return _mm256_load_ps(from); }
  static Vector load_unaligned(const float* from) { return _mm256_loadu_ps(from); }
  static Vector broadcast(float value) { return _mm256_set1_ps(value); }
  static void store(float* to, Vector from) { _mm256_store_ps(to, from); }
  static Vector minus_product(Vector c, Vector a, Vector b) { return _mm256_fnmadd_ps(a, b, c); }
  static uint32_t less(Vector a, Vector b) {
    return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_LT_OQ)));
  }
  static Vector least_above(Vector least, Vector a, Vector bound) {
    return _mm256_blendv_ps(least, _mm256_min_ps(least, a), _mm256_cmp_ps(bound, a, _CMP_LT_OQ));
  }
};

struct Avx2Double {
  using Scalar = double;
  using Vector = __m256d;
  static constexpr int width = 4;
  static constexpr int row_tile = 4;
  static constexpr int vectors = 3;
  static Vector load(const double* from) { return _mm256_load_pd(from); }
  static Vector load_unaligned(const double* from) { return _mm256_loadu_pd(from); }
  static Vector broadcast(double value) { return _mm256_set1_pd(value); }
  static void store(double* to, Vector from) { _mm256_store_pd(to, from); }
  static Vector minus_product(Vector c, Vector a, Vector b) { return _mm256_fnmadd_pd(a, b, c); }
  static uint32_t less(Vector a, Vector b) {
    return static_cast<uint32_t>(_mm256_movemask_pd(_mm256_cmp_pd(a, b, _CMP_LT_OQ)));
  }
  static Vector least_above(Vector least, Vector a, Vector bound) {
    return _mm256_blendv_pd(least, _mm256_min_pd(least, a), _mm256_cmp_pd(bound, a, _CMP_LT_OQ));
  }
};

#include "linalg/panel_kernels.inl"

}  // namespace

const PanelKernels panel_kernels_avx2 = {kernel_of<Avx2Float>(), kernel_of<Avx2Double>()};
#else
const PanelKernels panel_kernels_avx2 = {};
#endif

}  // namespace holdfast::linalg
