// The kernels themselves, over a Simd type: Scalar, Vector, width, row_tile, vectors (per panel), load, broadcast,
// store, load_unaligned, minus_product(c, a, b) = c - a*b, less(a, b) = bit mask, least_above(least, a, bound) = the
// smaller of least and a where a is above the bound. Included by each version inside its own unnamed
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
Selected<typename Simd::Scalar> select_of_panel(const typename Simd::Scalar* scores, typename Simd::Scalar lower,
                                                typename Simd::Scalar upper) {
  using Scalar = typename Simd::Scalar;
  using Vector = typename Simd::Vector;
  static_assert(Simd::vectors * Simd::width <= 64, "a bit per column");
  const Vector low = Simd::broadcast(lower);
  const Vector high = Simd::broadcast(upper);
  Vector least = Simd::broadcast(static_cast<Scalar>(__builtin_inf()));
  Selected<Scalar> selected = {0, 0};
  for (int v = 0; v < Simd::vectors; ++v) {
    const Vector at = Simd::load_unaligned(scores + v * Simd::width);
    const uint64_t mask = Simd::less(low, at) & ~Simd::less(high, at);
    selected.columns |= mask << (v * Simd::width);
    least = Simd::least_above(least, at, high);
  }
  alignas(64) Scalar lanes[Simd::width];
  Simd::store(lanes, least);
  selected.least_above = lanes[0];
  for (const Scalar lane : lanes) selected.least_above = lane < selected.least_above ? lane : selected.least_above;
  return selected;
}

template <class Simd>
constexpr PanelKernel<typename Simd::Scalar> kernel_of() {
  return {Simd::row_tile,    Simd::width,           Simd::vectors * Simd::width,
          &scan_panel<Simd>, &subtract_panel<Simd>, &select_of_panel<Simd>};
}
