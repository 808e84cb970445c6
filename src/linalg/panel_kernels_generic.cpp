// The kernels in plain C++, for any processor.
#include "holdfast/linalg/panel_kernels.hpp"

namespace holdfast::linalg {
namespace {

template <class T>
struct Generic {
  using Scalar = T;
  static constexpr int width = 4;
  static constexpr int row_tile = 4;
  static constexpr int vectors = 2;
  struct Vector {
    Scalar lane[width];
  };
  static Vector load(const Scalar* from) {
    Vector result;
    for (int i = 0; i < width; ++i) result.lane[i] = from[i];
    return result;
  }
  static Vector load_unaligned(const Scalar* from) { return load(from); }
  static Vector broadcast(Scalar value) {
    Vector result;
    for (int i = 0; i < width; ++i) result.lane[i] = value;
    return result;
  }
  static void store(Scalar* to, const Vector& from) {
    for (int i = 0; i < width; ++i) to[i] = from.lane[i];
  }
  static Vector minus_product(Vector c, const Vector& a, const Vector& b) {
    for (int i = 0; i < width; ++i) c.lane[i] -= a.lane[i] * b.lane[i];
    return c;
  }
  static uint32_t less(const Vector& a, const Vector& b) {
    uint32_t mask = 0;
    for (int i = 0; i < width; ++i) mask |= static_cast<uint32_t>(a.lane[i] < b.lane[i]) << i;
    return mask;
  }
  static Vector least_above(Vector least, const Vector& a, const Vector& bound) {
    for (int i = 0; i < width; ++i) {
      if (bound.lane[i] < a.lane[i] && a.lane[i] < least.lane[i]) least.lane[i] = a.lane[i];
    }
    return least;
  }
};

#include "linalg/panel_kernels.inl"

}  // namespace

const PanelKernels panel_kernels_generic = {kernel_of<Generic<float>>(), kernel_of<Generic<double>>()};

}  // namespace holdfast::linalg
