// Inner kernels over packed panels of columns, one version per instruction set, chosen when the program runs.
//
// This header and the files of the versions include no standard templates: code of a version may only be reached
// through its table, so that no inline function compiled for a newer processor can be linked into the rest.
#pragma once

#include <stdint.h>

namespace holdfast::linalg {

/// A score that passed its row's bound.
template <class Scalar>
struct Hit {
  Scalar score;
  int32_t row;     ///< within the block of rows
  int32_t column;  ///< within the panel
};

/// What a bound on both sides selects of a row's scores over a panel.
template <class Scalar>
struct Selected {
  uint64_t columns;    ///< a bit per column: above the lower bound, and at most the upper one
  Scalar least_above;  ///< the least score above the upper bound; infinite if there is none
};

/// The kernels of one type of numbers. The first two take rows (count x dimension, row-major, count a multiple of
/// `row_tile`) and a panel (dimension x width of the panel, row-major, aligned to 64 bytes). Every result is one chain
/// of operations over the dimension, in order, so that its bits depend on its row and its column alone.
template <class Scalar>
struct PanelKernel {
  /// score(row, column) = bias[column] - row . panel[:, column], for a panel of `panel_width` columns. Writes every
  /// score below the row's bound to `hits` (room for count * panel_width) and returns their number.
  using Scan = int64_t (*)(const Scalar* rows, int64_t count, int64_t dimension, const Scalar* panel,
                           const Scalar* bias, const Scalar* bounds, Hit<Scalar>* hits);
  /// out(row, column) = -(row . panel[:, column]), count x width row-major and aligned as the panel. The width is that
  /// of `vectors` vectors, 1 to panel_width / vector_width.
  using Subtract = void (*)(const Scalar* rows, int64_t count, int64_t dimension, const Scalar* panel, int64_t vectors,
                            Scalar* out);
  /// Of the scores of a row over a panel of `panel_width` columns, in any place; a score that is not a number is not
  /// selected.
  using Select = Selected<Scalar> (*)(const Scalar* scores, Scalar lower, Scalar upper);
  int64_t row_tile;
  int64_t vector_width;
  int64_t panel_width;  ///< at most 64
  Scan scan;
  Subtract subtract;
  Select select;
};

/// One version: its kernels, or null functions if this build lacks it.
struct PanelKernels {
  PanelKernel<float> f32;
  PanelKernel<double> f64;
};

extern const PanelKernels panel_kernels_generic;
extern const PanelKernels panel_kernels_avx2;
extern const PanelKernels panel_kernels_avx512;

/// The fastest version that this processor can run.
const PanelKernels& panel_kernels();

}  // namespace holdfast::linalg
