// The kernels themselves, over a Simd type: Scalar, Vector, width, row_tile, vectors (per panel), load, broadcast,
// store, minus_product(c, a, b) = c - a*b, less(a, b) = bit mask. Included by each version inside its own unnamed
// namespace.

/// scores[q][v] -= row q . column v, for a tile of rows and a panel of `vectors` vectors.
template <class Simd, int vectors>
inline void subtract_products(const typename Simd::Scalar* row, int64_t dimension, const typename Simd::Scalar* panel,
                              typename Simd::Vector (&scores)[Simd::row_tile][vectors]) {
  using Vector = typename Simd::Vector;
  constexpr int tile = Simd::row_tile;
  for (int64_t k = 0; k < dimension; ++k, panel += vectors * Simd::width) {
    Vector values[vectors];
    for (int v = 0; v < vectors; ++v) values[v] = Simd::load(panel + v * Simd::width);
    for (int q = 0; q < tile; ++q) {
      const Vector x = Simd::broadcast(row[q * dimension + k]);
      for (int v = 0; v < vectors; ++v) scores[q][v] = Simd::minus_product(scores[q][v], x, values[v]);
    }
  }
}

template <class Simd>
int64_t scan_panel(const typename Simd::Scalar* rows, int64_t count, int64_t dimension,
                   const typename Simd::Scalar* panel, const typename Simd::Scalar* bias,
                   const typename Simd::Scalar* bounds, Hit<typename Simd::Scalar>* hits) {
  using Scalar = typename Simd::Scalar;
  using Vector = typename Simd::Vector;
  constexpr int tile = Simd::row_tile;
  constexpr int vectors = Simd::vectors;
  constexpr int width = Simd::width;
  Hit<Scalar>* out = hits;
  for (int64_t first = 0; first < count; first += tile) {
    Vector scores[tile][vectors];
    for (int v = 0; v < vectors; ++v) {
      const Vector start = Simd::load(bias + v * width);
      for (int q = 0; q < tile; ++q) scores[q][v] = start;
    }
    subtract_products<Simd, vectors>(rows + first * dimension, dimension, panel, scores);
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
          out->row = static_cast<int32_t>(first + q);
          out->column = static_cast<int32_t>(v * width + lane);
          ++out;
        }
      }
    }
  }
  return out - hits;
}

template <class Simd, int vectors>
void subtract_from_zero(const typename Simd::Scalar* rows, int64_t count, int64_t dimension,
                        const typename Simd::Scalar* panel, typename Simd::Scalar* out) {
  constexpr int tile = Simd::row_tile;
  for (int64_t first = 0; first < count; first += tile) {
    typename Simd::Vector scores[tile][vectors];
    for (int q = 0; q < tile; ++q) {
      for (int v = 0; v < vectors; ++v) scores[q][v] = Simd::broadcast(0);
    }
    subtract_products<Simd, vectors>(rows + first * dimension, dimension, panel, scores);
    for (int q = 0; q < tile; ++q) {
      for (int v = 0; v < vectors; ++v, out += Simd::width) Simd::store(out, scores[q][v]);
    }
  }
}

template <class Simd>
void subtract_panel(const typename Simd::Scalar* rows, int64_t count, int64_t dimension,
                    const typename Simd::Scalar* panel, int64_t vectors, typename Simd::Scalar* out) {
  static_assert(Simd::vectors <= 3, "a case for each number of vectors");
  if (vectors == 1) {
    subtract_from_zero<Simd, 1>(rows, count, dimension, panel, out);
  } else if (vectors == 2) {
    subtract_from_zero<Simd, 2>(rows, count, dimension, panel, out);
  } else {
    subtract_from_zero<Simd, 3>(rows, count, dimension, panel, out);
  }
}

template <class Simd>
constexpr PanelKernel<typename Simd::Scalar> kernel_of() {
  return {Simd::row_tile, Simd::width, Simd::vectors * Simd::width, &scan_panel<Simd>, &subtract_panel<Simd>};
}
