#include "holdfast/certify/rescaled.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "holdfast/certify/knn_bound.hpp"
#include "holdfast/learners/train.hpp"
#include "holdfast/linalg/range.hpp"
#include "reference/labelled_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::certify {
namespace {

TEST(Rescaled, RadiiOfRowsTimesAPowerOfTwoAreTheRadiiTimesIt) {
  const Dataset data = reference::clouds(30, 3, 2, 1);
  const learners::TrainOptions options{.method = "euclidean", .preprocess = "none"};
  const model::Model model = learners::train(data, options).model;
  const CertifiedKnn knn(model, {});
  const std::vector<Certificate> radii = knn_lower_bounds(knn, knn.problem(data, {.k = 3}));
  for (const int exponent : {-600, 600}) {
    Dataset scaled = data;
    scaled.x = linalg::scaled_by_power(data.x, exponent);
    const model::Model of_scaled = learners::train(scaled, options).model;
    const CertifiedKnn there(of_scaled, {});
    const std::vector<Certificate> found = knn_lower_bounds(there, there.problem(scaled, {.k = 3}));
    for (std::size_t row = 0; row < radii.size(); ++row) {
      const double expected = std::ldexp(radii[row].radius, exponent);
      EXPECT_NEAR(found[row].radius, expected, reference::radii * expected) << row;
    }
  }
}

}  // namespace
}  // namespace holdfast::certify
