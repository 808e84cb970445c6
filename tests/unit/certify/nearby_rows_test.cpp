#include "certify/nearby_rows.hpp"

#include <gtest/gtest.h>

#include "reference/random_data.hpp"
#include "reference/surroundings.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::certify {
namespace {

using geometry::Norm;
using Shares = std::vector<NearbyRows::Share>;

/// 60 rows of two classes in 40 columns around a query, all of which matter.
struct Nearby {
  Nearby()
      : classifier(reference::random_normal(60, 40, 1), codes(), Matrix::Identity(40, 40)),
        dual(classifier, Norm::l2),
        around(classifier, reference::random_normal(1, 40, 2).row(0)),
        rows(classifier, dual, Norm::l2) {
    around.take(0);
    rows.take(around.rows, 2, std::numeric_limits<double>::infinity());
  }
  static std::vector<int> codes() {
    std::vector<int> all;
    for (int row = 0; row < 60; ++row) all.push_back(row % 2);
    return all;
  }
  /// sum share (p_a - p_b) over the mapped rows, which are the dual rows of the identity.
  [[nodiscard]] Vector sum(const Shares& shares) const {
    Vector u = Vector::Zero(40);
    const Matrix& p = dual.rows();
    for (const auto& [a, b, share] : shares) {
      u += share * (p.row(rows.reference_row(a)) - p.row(rows.reference_row(b))).transpose();
    }
    return u;
  }
  /// D2(z + u, row) - |u|^2 - 2 z . u, up to what all rows share.
  void expect_the_distances_at(const Vector& u) const {
    const RowVector z = around.query;
    const auto at = [&](Index row) {
      return (z + u.transpose() - classifier.mapped().row(rows.reference_row(row))).squaredNorm();
    };
    for (Index row = 1; row < rows.size(); ++row) {
      const double expected = at(row) - at(0);
      EXPECT_NEAR(rows.shifted_distance(row) - rows.shifted_distance(0), expected, reference::spectral * 100.0);
      if (std::abs(expected) < reference::visible) continue;
      EXPECT_EQ(rows.excess(row, 0, rows.length(row, 0)) > 0.0, expected > 0.0);
    }
  }

  geometry::PerturbedClassifier classifier;
  geometry::DualRows dual;
  reference::Surroundings around;
  NearbyRows rows;
};

TEST(NearbyRows, MoveToASumOfDifferencesOfRowsAsToAnyPerturbation) {
  Nearby nearby;
  ASSERT_EQ(nearby.rows.size(), 60);
  // Shares of rows seen before and of new ones; the last one is the longest for which products are kept.
  for (const Shares& shares : {Shares{{31, 0, 0.25}}, Shares{{31, 0, 0.5}, {31, 4, 0.125}},
                               Shares{{40, 2, 1.0}, {31, 0, 0.25}, {50, 3, 0.75}, {50, 51, 0.5}}, Shares{}}) {
    const Vector u = nearby.sum(shares);
    nearby.rows.move_to(u, shares);
    nearby.expect_the_distances_at(u);
    nearby.rows.move_to(u);
    nearby.expect_the_distances_at(u);
  }
}

TEST(NearbyRows, DoNotTrustASumWhosePartsCancel) {
  Nearby nearby;
  // Parts that are 10^13 times longer than their sum have no digit of it left.
  const Shares shares = {{31, 0, 1e12}, {31, 0, -1e12}, {40, 2, 0.25}};
  const Vector u = nearby.sum({{40, 2, 0.25}});
  nearby.rows.move_to(u, shares);
  nearby.expect_the_distances_at(u);
}

}  // namespace
}  // namespace holdfast::certify
