// The inner kernel of the exact search, one version per instruction set, chosen when the program runs.
//
// This header and the files of the versions include no standard templates: code of a version may only be reached
// through its table, so that no inline function compiled for a newer processor can be linked into the rest.
#pragma once

#include <stdint.h>

namespace holdfast::neighbors {

/// A score that passed its query's bound.
template <class Scalar>
struct Hit {
  Scalar score;
  int32_t query;   ///< within the block of queries
  int32_t column;  ///< within the panel
};

/// score(query, column) = bias[column] - query . panel[:, column]. Writes every score below the query's bound to
/// `hits` (room for queries * panel_width) and returns their number.
/// queries: count x dimension row-major, count a multiple of query_tile; panel: dimension x panel_width row-major,
/// aligned to 64 bytes; bias: panel_width; bounds: count.
template <class Scalar>
struct ScanKernel {
  using Scan = int64_t (*)(const Scalar* queries, int64_t count, int64_t dimension, const Scalar* panel,
                           const Scalar* bias, const Scalar* bounds, Hit<Scalar>* hits);
  int64_t query_tile;
  int64_t panel_width;
  Scan scan;
};

/// One version: its kernels, or null functions where this build lacks it.
struct ScanKernels {
  ScanKernel<float> f32;
  ScanKernel<double> f64;
};

extern const ScanKernels scan_kernels_generic;
extern const ScanKernels scan_kernels_avx2;
extern const ScanKernels scan_kernels_avx512;

}  // namespace holdfast::neighbors
