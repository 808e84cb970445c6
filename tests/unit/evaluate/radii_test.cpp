#include "holdfast/evaluate/radii.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "holdfast/core/error.hpp"
#include "holdfast/evaluate/check.hpp"
#include "holdfast/evaluate/summary.hpp"
#include "holdfast/learners/train.hpp"
#include "reference/labelled_data.hpp"

namespace holdfast::evaluate {
namespace {

using certify::Norm;

class RadiiTest : public testing::Test {
 protected:
  [[nodiscard]] RowsUnderTest rows(Index k, certify::Space space = certify::Space::preprocessed) const {
    return rows_under_test(model_, test_, k, space);
  }

  model::Model model_ =
      learners::train(reference::clouds(120, 4, 3, 1), {.method = "lmnn", .preprocess = "standardize"}).model;
  Dataset test_ = reference::clouds(40, 4, 3, 2);
};

TEST_F(RadiiTest, AreInOrderAndPassTheCheck) {
  for (const certify::Space space : {certify::Space::preprocessed, certify::Space::raw}) {
    for (const Norm norm : {Norm::l2, Norm::linf}) {
      for (const Index k : {1, 3}) {
        const RowsUnderTest tested = rows(k, space);
        const Threat threat{norm};
        std::vector<Radii> all;
        for (const RadiusMethod method :
             {RadiusMethod::fast, RadiusMethod::bound, RadiusMethod::exact, RadiusMethod::attack}) {
          if (method == RadiusMethod::exact && (k > 1 || norm == Norm::linf)) continue;
          all.push_back(radii(tested, {.method = method, .threat = threat}));
          std::vector<ClaimedRadius> claims;
          for (Index row = 0; row < test_.rows(); ++row) {
            const auto at = static_cast<std::size_t>(row);
            claims.push_back({row, method, all.back().certificates[at].radius, tested.predicted[at],
                              all.back().certificates[at].witness});
          }
          for (const auto& fault : check(model_, tested, threat, claims)) EXPECT_EQ(fault.value_or(""), "");
        }
        EXPECT_EQ(disorder(all), std::nullopt);
        std::swap(all.front(), all.back());
        EXPECT_NE(disorder(all), std::nullopt);
      }
    }
  }
}

TEST_F(RadiiTest, ExactIsForOneNeighbourInL2) {
  EXPECT_THROW((void)radii(rows(3), {.method = RadiusMethod::exact}), InputError);
  EXPECT_THROW((void)radii(rows(1), {.method = RadiusMethod::exact, .threat = {Norm::l1}}), InputError);
}

TEST_F(RadiiTest, MethodsHaveNames) {
  for (const RadiusMethod method :
       {RadiusMethod::fast, RadiusMethod::bound, RadiusMethod::exact, RadiusMethod::attack}) {
    EXPECT_EQ(parse_radius_method(name(method)), method);
  }
  EXPECT_THROW((void)parse_radius_method("guess"), InputError);
}

TEST_F(RadiiTest, AMetricOfZeroIsRefused) {
  model_.metric = metric::Metric::from_map(Matrix::Zero(2, 4));
  EXPECT_THROW((void)rows(1), InputError);
}

std::vector<certify::Certificate> certificates_of(const std::vector<double>& radii) {
  std::vector<certify::Certificate> certificates;
  for (const double radius : radii) certificates.push_back({radius});
  return certificates;
}

TEST(Histogram, CountsFinitePositiveRadiiInRoundBins) {
  const auto bins = histogram(certificates_of({0.0, 0.05, 0.1, 0.19, 0.2, 1.0, INFINITY}));
  ASSERT_EQ(bins.size(), 11u);
  EXPECT_EQ(bins[0].from, 0.0);
  EXPECT_EQ(bins[0].to, 0.1);
  EXPECT_EQ(bins[0].count, 1);
  EXPECT_EQ(bins[1].count, 2);
  EXPECT_EQ(bins[2].count, 1);
  EXPECT_EQ(bins[10].from, 1.0);
  EXPECT_EQ(bins[10].count, 1);
  EXPECT_TRUE(histogram(certificates_of({0.0, INFINITY})).empty());
  EXPECT_EQ(histogram(certificates_of({0.05}), 1.0).size(), 11u);
}

TEST(EvenEps, SpanAllFiniteRadii) {
  const auto first = certificates_of({0.5, INFINITY});
  const auto second = certificates_of({2.0, 0.0});
  const std::vector<const std::vector<certify::Certificate>*> both = {&first, &second};
  EXPECT_EQ(even_eps(both, 4), (std::vector<double>{0.0, 0.5, 1.0, 1.5, 2.0}));
}

}  // namespace
}  // namespace holdfast::evaluate
