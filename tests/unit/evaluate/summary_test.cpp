#include "holdfast/evaluate/summary.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace holdfast::evaluate {
namespace {

TEST(Summary, MedianSpreadAndCertifiedAccuracy) {
  EXPECT_EQ(median({3.0, 1.0, 2.0}), 2.0);
  EXPECT_EQ(median({4.0, 1.0, 2.0, 3.0}), 2.5);
  EXPECT_EQ(median({}), 0.0);
  const std::vector<double> values = {1.0, 3.0};
  EXPECT_EQ(spread(values).mean, 2.0);
  EXPECT_DOUBLE_EQ(spread(values).deviation.value(), std::sqrt(2.0));
  EXPECT_EQ(spread(std::vector<double>{3.0}).mean, 3.0);
  EXPECT_EQ(spread(std::vector<double>{3.0}).deviation, std::nullopt);
  EXPECT_EQ(spread({}).mean, std::nullopt);
  std::vector<certify::Certificate> certificates(4);
  for (std::size_t i = 0; i < 4; ++i) certificates[i].radius = 0.25 * static_cast<double>(i);
  const std::vector<double> eps = {0.0, 0.25, 0.6};
  const RadiusSummary summary = summarize(certificates, eps);
  EXPECT_DOUBLE_EQ(summary.mean, 0.375);
  EXPECT_EQ(summary.certified[0].accuracy, 0.75);
  EXPECT_EQ(summary.certified[1].accuracy, 0.5);
  EXPECT_EQ(summary.certified[2].accuracy, 0.25);
}

TEST(Summary, RoundEpsAreRound) {
  std::vector<certify::Certificate> certificates(100);
  for (std::size_t i = 0; i < 100; ++i) certificates[i].radius = 0.017 * static_cast<double>(i);
  EXPECT_EQ(nice_eps(certificates), (std::vector<double>{0.2, 0.4, 0.6, 0.8, 1.0}));
  for (certify::Certificate& certificate : certificates) certificate.radius *= 1e4;
  EXPECT_EQ(nice_eps(certificates), (std::vector<double>{2000.0, 4000.0, 6000.0, 8000.0, 10000.0}));
  EXPECT_EQ(nice_eps({}), std::vector<double>{0.0});
}

TEST(Summary, OfPoisoningCountsRowsThatNeedMoreChanges) {
  constexpr Index never = certify::Poisoning::never;
  const std::vector<certify::Poisoning> poisoning = {{0, 0, 0}, {2, 6, 1}, {2, never, 2}, {1, 12, 1}};
  const std::vector<PoisoningSummary> summaries = summarize(poisoning);
  ASSERT_EQ(summaries.size(), 3u);
  EXPECT_EQ(summaries[0].kind, "insertions");
  EXPECT_EQ(summaries[0].mean, 1.25);
  EXPECT_EQ(summaries[0].median, 1.5);
  EXPECT_EQ(summaries[0].withstood[0].share, 0.5);  // one insertion
  EXPECT_EQ(summaries[0].withstood[1].share, 0.0);
  EXPECT_EQ(summaries[1].kind, "deletions");
  EXPECT_TRUE(std::isinf(summaries[1].mean));
  EXPECT_EQ(summaries[1].median, 9.0);
  EXPECT_EQ(summaries[1].withstood[2].changes, 5);
  EXPECT_EQ(summaries[1].withstood[2].share, 0.75);
  EXPECT_EQ(summaries[1].withstood[3].share, 0.5);
  EXPECT_EQ(summaries[2].kind, "relabelings");
  EXPECT_EQ(summaries[2].mean, 1.0);
  const Record row = describe(poisoning[2]);
  EXPECT_EQ(row.get<Index>("insertions"), 2);
  EXPECT_TRUE(std::isinf(row.get<double>("deletions")));
  EXPECT_EQ(describe(summaries[1]).get<std::string>("kind"), "deletions");
}

TEST(Summary, IsDescribedAsARecord) {
  const Record record = describe(RadiusSummary{0.5, 0.25, {{0.1, 0.75}}});
  EXPECT_EQ(record, Record()
                        .add("mean_radius", 0.5)
                        .add("median_radius", 0.25)
                        .add("certified_accuracy", Value::List{Record().add("eps", 0.1).add("accuracy", 0.75)}));
  EXPECT_EQ(describe(Bin{0.0, 0.5, 3}), Record().add("from", 0.0).add("to", 0.5).add("count", 3));
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

TEST(Histogram, ARadiusAtTheEdgeOfTwoBinsIsOfTheUpperOne) {
  // As doubles, 0.3 / 0.1 is less than 3, and the number before 3e-6 over 1e-6 is 3.
  const auto at = histogram(certificates_of({0.3, 1.0}));
  EXPECT_EQ(at[2].count, 0);
  EXPECT_EQ(at[3].from, 0.3);
  EXPECT_EQ(at[3].count, 1);
  const auto below = histogram(certificates_of({std::nextafter(3e-6, 0.0), 1.3e-5}));
  EXPECT_EQ(below[2].to, 3e-6);
  EXPECT_EQ(below[2].count, 1);
  EXPECT_EQ(below[3].count, 0);
}

TEST(LinspaceEps, SpanAllFiniteRadii) {
  EXPECT_EQ(linspace_eps(certificates_of({0.5, INFINITY, 2.0, 0.0}), 4),
            (std::vector<double>{0.0, 0.5, 1.0, 1.5, 2.0}));
}

}  // namespace
}  // namespace holdfast::evaluate
