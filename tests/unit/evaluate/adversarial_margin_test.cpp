#include "holdfast/evaluate/adversarial_margin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "holdfast/core/error.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::evaluate {
namespace {

using constraints::Triplet;
using geometry::Norm;
using testing::HasSubstr;

class AdversarialMargin : public testing::Test {
 protected:
  Dataset data = reference::clouds(40, 5, 3, 1);
  metric::Metric metric = metric::Metric::from_map(reference::random_normal(3, 5, 2));
  std::vector<Triplet> triplets = constraints::triplets_from_labels(data.x, *data.labels, {2, 4}).triplets;

  [[nodiscard]] double gap(const RowVector& point, const Triplet& t) const {
    return metric.squared_distance(point, data.x.row(t.impostor)) -
           metric.squared_distance(point, data.x.row(t.target));
  }
};

TEST_F(AdversarialMargin, IsTheDistanceToTheSupportPointWhereBothAreEquallyFar) {
  const Vector margins = adversarial_margins(data.x, triplets, metric);
  const Matrix points = support_points(data.x, triplets, metric);
  int held = 0;
  for (std::size_t i = 0; i < triplets.size(); ++i) {
    const auto t = static_cast<Index>(i);
    const Triplet& triplet = triplets[i];
    const RowVector anchor = data.x.row(triplet.anchor);
    EXPECT_NEAR(gap(points.row(t), triplet), 0.0, reference::radii);
    if (gap(anchor, triplet) <= 0.0) {
      EXPECT_EQ(margins[t], 0.0);
      continue;
    }
    ++held;
    const double size = (points.row(t) - anchor).norm();
    EXPECT_NEAR(margins[t], size, reference::radii);
    // Nothing nearer reaches the border: along any other direction it takes longer.
    const RowVector other = reference::random_normal(1, 5, i).row(0).normalized() * size * (1.0 - reference::radii);
    EXPECT_GT(gap(anchor + other, triplet), 0.0);
  }
  EXPECT_GT(held, 50);
  EXPECT_LT(held, static_cast<int>(triplets.size()));
}

TEST_F(AdversarialMargin, InOtherNormsIsReachedByTheSteepestPerturbation) {
  for (const Norm norm : {Norm::l1, Norm::linf}) {
    const Vector margins = adversarial_margins(data.x, triplets, metric, norm);
    for (std::size_t i = 0; i < triplets.size(); ++i) {
      const Triplet& triplet = triplets[i];
      const RowVector anchor = data.x.row(triplet.anchor);
      if (gap(anchor, triplet) <= 0.0) continue;
      const RowVector slope = (data.x.row(triplet.target) - data.x.row(triplet.impostor)) * metric.matrix();
      RowVector steepest = RowVector::Zero(5);
      if (norm == Norm::linf) {
        steepest = -slope.cwiseSign();
      } else {
        Index largest = 0;
        slope.cwiseAbs().maxCoeff(&largest);
        steepest[largest] = slope[largest] > 0.0 ? -1.0 : 1.0;
      }
      EXPECT_NEAR(gap(anchor + margins[static_cast<Index>(i)] * steepest, triplet), 0.0, reference::radii);
    }
  }
}

TEST_F(AdversarialMargin, OfTargetAndImpostorAtOnePointIsNone) {
  const Matrix x{{0.0, 0.0}, {1.0, 1.0}, {1.0, 1.0}};
  const std::vector<Triplet> same = {{0, 1, 2}};
  const metric::Metric euclidean = metric::Metric::euclidean(2);
  EXPECT_EQ(adversarial_margins(x, same, euclidean)[0], 0.0);
  EXPECT_EQ(support_points(x, same, euclidean), Matrix(x.topRows(1)));
}

TEST_F(AdversarialMargin, RefusesWhatHasNone) {
  const std::vector<Triplet> outside = {{0, 1, 40}};
  EXPECT_THAT(reference::message_of([&] { (void)adversarial_margins(data.x, outside, metric); }),
              HasSubstr("row 40 is out of range; valid rows are 0 to 39"));
  EXPECT_THAT(reference::message_of([&] { (void)support_points(data.x.leftCols(4), triplets, metric); }),
              HasSubstr("the rows have 4 columns, and the metric is of 5"));
}

}  // namespace
}  // namespace holdfast::evaluate
