#include "holdfast/linalg/softmax_kernels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::linalg {
namespace {

/// The versions that this build has and this processor can run.
std::vector<Softmax> versions() {
  std::vector<Softmax> all = {softmax_generic};
#if defined(__x86_64__)
  if (softmax_avx2 != nullptr && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    all.push_back(softmax_avx2);
  }
  if (softmax_avx512 != nullptr && __builtin_cpu_supports("avx512f")) all.push_back(softmax_avx512);
#endif
  return all;
}

/// By the definition.
std::vector<double> reference_softmax(const std::vector<double>& scores) {
  double largest = scores.front();
  for (const double score : scores) largest = std::max(largest, score);
  std::vector<double> result;
  for (const double score : scores) result.push_back(std::exp(std::max(score - largest, smallest_exponent)));
  const double sum = std::accumulate(result.begin(), result.end(), 0.0);
  for (double& value : result) value /= sum;
  return result;
}

std::vector<double> softened(Softmax softmax, std::vector<double> scores) {
  // What stands beyond the scores stays.
  const double guard = 17.0;
  scores.push_back(guard);
  softmax(scores.data(), static_cast<int64_t>(scores.size()) - 1);
  EXPECT_EQ(scores.back(), guard);
  scores.pop_back();
  return scores;
}

TEST(SoftmaxKernels, EveryVersionEqualsTheDefinitionForEveryCount) {
  for (const Softmax softmax : versions()) {
    for (Index count = 1; count < 40; ++count) {
      for (const double spread : {0.1, 5.0, 150.0}) {
        const RowVector drawn = spread * reference::random_normal(1, count, static_cast<std::uint64_t>(count)).row(0);
        const std::vector<double> scores(drawn.begin(), drawn.end());
        const std::vector<double> expected = reference_softmax(scores);
        const std::vector<double> reached = softened(softmax, scores);
        for (std::size_t i = 0; i < scores.size(); ++i) {
          EXPECT_NEAR(reached[i] / expected[i], 1.0, reference::few_operations) << count << " " << spread << " " << i;
        }
      }
    }
  }
}

TEST(SoftmaxKernels, ExponentialsAreExactToRoundingDownToTheSmallestExponent) {
  for (const Softmax softmax : versions()) {
    for (double exponent = -310.0; exponent <= 0.0; exponent += 0.0117) {
      const std::vector<double> reached = softened(softmax, {exponent, 0.0});
      EXPECT_NEAR(reached[0] / reached[1] / std::exp(std::max(exponent, smallest_exponent)), 1.0,
                  reference::few_operations)
          << exponent;
    }
  }
}

TEST(SoftmaxKernels, EqualScoresHaveEqualProbabilitiesAtEveryPlace) {
  for (const Softmax softmax : versions()) {
    std::vector<double> scores(21, -3.25);
    scores[4] = 0.5;
    const std::vector<double> reached = softened(softmax, scores);
    for (std::size_t i = 0; i < scores.size(); ++i) EXPECT_EQ(reached[i], i == 4 ? reached[4] : reached[0]) << i;
  }
}

TEST(SoftmaxKernels, MinusInfinityIsNoShareAndNaNIsSeen) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const Softmax softmax : versions()) {
    for (std::size_t place = 0; place < 11; ++place) {
      std::vector<double> scores(11, 2.0);
      scores[place] = -infinity;
      const std::vector<double> without = softened(softmax, scores);
      for (std::size_t i = 0; i < scores.size(); ++i) {
        EXPECT_NEAR(without[i], i == place ? 0.0 : 0.1, reference::few_operations) << place;
      }
      scores[place] = std::numeric_limits<double>::quiet_NaN();
      for (const double value : softened(softmax, scores)) EXPECT_TRUE(std::isnan(value)) << place;
    }
  }
}

TEST(SoftmaxKernels, TheVersionInUseIsOneThatThisProcessorCanRun) { EXPECT_EQ(softmax(), versions().back()); }

}  // namespace
}  // namespace holdfast::linalg
