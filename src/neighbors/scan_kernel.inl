// The kernel itself, over a Simd type: Scalar, Vector, width, query_tile, vectors (per panel), load, broadcast, store,
// minus_product(c, a, b) = c - a*b, less(a, b) = bit mask. Included by each version inside its own unnamed namespace.

template <class Simd>
int64_t scan_panel(const typename Simd::Scalar* queries, int64_t count, int64_t dimension,
                   const typename Simd::Scalar* panel, const typename Simd::Scalar* bias,
                   const typename Simd::Scalar* bounds, Hit<typename Simd::Scalar>* hits) {
  using Scalar = typename Simd::Scalar;
  using Vector = typename Simd::Vector;
  constexpr int tile = Simd::query_tile;
  constexpr int vectors = Simd::vectors;
  constexpr int width = Simd::width;
  Hit<Scalar>* out = hits;
  for (int64_t first = 0; first < count; first += tile) {
    Vector scores[tile][vectors];
    for (int v = 0; v < vectors; ++v) {
      const Vector start = Simd::load(bias + v * width);
      for (int q = 0; q < tile; ++q) scores[q][v] = start;
    }
    const Scalar* query = queries + first * dimension;
    const Scalar* column = panel;
    for (int64_t k = 0; k < dimension; ++k, column += vectors * width) {
      Vector values[vectors];
      for (int v = 0; v < vectors; ++v) values[v] = Simd::load(column + v * width);
      for (int q = 0; q < tile; ++q) {
        const Vector x = Simd::broadcast(query[q * dimension + k]);
        for (int v = 0; v < vectors; ++v) scores[q][v] = Simd::minus_product(scores[q][v], x, values[v]);
      }
    }
    for (int q = 0; q < tile; ++q) {
      const Vector bound = Simd::broadcast(bounds[first + q]);
      for (int v = 0; v < vectors; ++v) {
        uint32_t mask = Simd::less(scores[q][v], bound);
        if (mask == 0) continue;
        alignas(64) Scalar lanes[width];
        Simd::store(lanes, scores[q][v]);
        for (; mask != 0; mask &= mask - 1) {
          const int lane = __builtin_ctz(mask);
          out->score = lanes[lane];
          out->query = static_cast<int32_t>(first + q);
          out->column = static_cast<int32_t>(v * width + lane);
          ++out;
        }
      }
    }
  }
  return out - hits;
}

template <class Simd>
constexpr ScanKernel<typename Simd::Scalar> kernel_of() {
  return {Simd::query_tile, Simd::vectors * Simd::width, &scan_panel<Simd>};
}
