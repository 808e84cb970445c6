#include "holdfast/linalg/panel_kernels.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "holdfast/linalg/aligned_vector.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::linalg {
namespace {

/// The versions that this build has and this processor can run.
std::vector<const PanelKernels*> versions() {
  std::vector<const PanelKernels*> all = {&panel_kernels_generic};
#if defined(__x86_64__)
  if (panel_kernels_avx2.f64.scan != nullptr && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    all.push_back(&panel_kernels_avx2);
  }
  if (panel_kernels_avx512.f64.scan != nullptr && __builtin_cpu_supports("avx512f")) {
    all.push_back(&panel_kernels_avx512);
  }
#endif
  return all;
}

template <class Scalar>
AlignedVector<Scalar> random_values(Index count, std::uint64_t seed) {
  const Vector values = reference::random_normal(1, count, seed).row(0);
  AlignedVector<Scalar> result;
  for (const double value : values) result.push_back(static_cast<Scalar>(value));
  return result;
}

template <class Scalar>
void expect_the_definition(const PanelKernel<Scalar>& kernel) {
  const Index count = 2 * kernel.row_tile;
  const Index dimension = 5;
  const double tolerance = 100.0 * static_cast<double>(std::numeric_limits<Scalar>::epsilon());
  const AlignedVector<Scalar> rows = random_values<Scalar>(count * dimension, 1);
  const auto product = [&](const AlignedVector<Scalar>& panel, Index width, Index row, Index column) {
    double sum = 0.0;
    for (Index k = 0; k < dimension; ++k) {
      sum += static_cast<double>(rows[static_cast<std::size_t>(row * dimension + k)]) *
             static_cast<double>(panel[static_cast<std::size_t>(k * width + column)]);
    }
    return sum;
  };

  for (Index vectors = 1; vectors <= kernel.panel_width / kernel.vector_width; ++vectors) {
    const Index width = vectors * kernel.vector_width;
    const AlignedVector<Scalar> panel = random_values<Scalar>(dimension * width, 2);
    AlignedVector<Scalar> out(static_cast<std::size_t>(count * width));
    kernel.subtract(rows.data(), count, dimension, panel.data(), vectors, out.data());
    for (Index row = 0; row < count; ++row) {
      for (Index column = 0; column < width; ++column) {
        EXPECT_NEAR(static_cast<double>(out[static_cast<std::size_t>(row * width + column)]),
                    -product(panel, width, row, column), tolerance);
      }
    }
  }

  const Index width = kernel.panel_width;
  const AlignedVector<Scalar> panel = random_values<Scalar>(dimension * width, 3);
  const AlignedVector<Scalar> bias = random_values<Scalar>(width, 4);
  AlignedVector<Scalar> bounds(static_cast<std::size_t>(count), Scalar(0));
  bounds.back() = -std::numeric_limits<Scalar>::infinity();
  std::vector<Hit<Scalar>> hits(static_cast<std::size_t>(count * width));
  const auto found = kernel.scan(rows.data(), count, dimension, panel.data(), bias.data(), bounds.data(), hits.data());
  hits.resize(static_cast<std::size_t>(found));
  std::map<std::pair<Index, Index>, double> scores;
  for (const Hit<Scalar>& hit : hits) scores[{hit.row, hit.column}] = static_cast<double>(hit.score);
  EXPECT_EQ(scores.size(), hits.size()) << "a score was reported twice";
  for (Index row = 0; row < count; ++row) {
    for (Index column = 0; column < width; ++column) {
      const double score =
          static_cast<double>(bias[static_cast<std::size_t>(column)]) - product(panel, width, row, column);
      const auto hit = scores.find({row, column});
      ASSERT_EQ(hit != scores.end(), row + 1 < count && score < 0.0) << row << " " << column;
      if (hit != scores.end()) {
        EXPECT_NEAR(hit->second, score, tolerance);
      }
    }
  }
}

template <class Scalar>
void expect_the_selection_of_the_definition(const PanelKernel<Scalar>& kernel) {
  constexpr Scalar infinity = std::numeric_limits<Scalar>::infinity();
  const auto width = static_cast<std::size_t>(kernel.panel_width);
  ASSERT_LE(width, 64u);
  // One value more than the panel, so that it can begin where nothing is aligned.
  AlignedVector<Scalar> values = random_values<Scalar>(kernel.panel_width + 1, 5);
  values[1] = infinity;
  values[2] = std::numeric_limits<Scalar>::quiet_NaN();
  const Scalar tie = values[3];
  for (const auto& [lower, upper] : std::vector<std::pair<Scalar, Scalar>>{
           {-infinity, 0}, {0, 1}, {-infinity, tie}, {tie, 10}, {-infinity, 10}, {10, 20}}) {
    const Selected<Scalar> found = kernel.select(values.data() + 1, lower, upper);
    Scalar least = infinity;
    for (std::size_t column = 0; column < width; ++column) {
      const Scalar value = values[column + 1];
      EXPECT_EQ((found.columns >> column & 1u) != 0, value > lower && value <= upper) << column;
      if (value > upper) least = std::min(least, value);
    }
    EXPECT_EQ(found.columns >> (width - 1) >> 1, 0u);
    EXPECT_EQ(found.least_above, least);
  }
}

TEST(PanelKernels, EveryVersionSelectsScoresBetweenTwoBounds) {
  for (const PanelKernels* version : versions()) {
    expect_the_selection_of_the_definition(version->f32);
    expect_the_selection_of_the_definition(version->f64);
  }
}

TEST(PanelKernels, EveryVersionGivesTheScoresOfTheDefinition) {
  for (const PanelKernels* version : versions()) {
    expect_the_definition(version->f32);
    expect_the_definition(version->f64);
  }
}

TEST(PanelKernels, TheVersionInUseIsOneThatThisProcessorCanRun) { EXPECT_EQ(&panel_kernels(), versions().back()); }

}  // namespace
}  // namespace holdfast::linalg
