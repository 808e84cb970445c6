#include "holdfast/certify/check_pairs.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "holdfast/core/error.hpp"
#include "holdfast/learners/train.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::certify {
namespace {

using reference::clouds;
using testing::HasSubstr;

constexpr double larger = 1.0 + 100.0 * reference::slight_fault;

class CheckPairsTest : public testing::Test {
 protected:
  [[nodiscard]] std::vector<PairClaim> claims_of(const ThreatModel& threat, const PairOptions& options) const {
    std::vector<linalg::RowPair> pairs;
    for (std::int32_t row = 0; row + 7 < test_.rows(); ++row) pairs.push_back({row, row + 7});
    const CertifiedPairs certified(model_, threat);
    const auto found = certified.radii(certified.problem(test_, pairs), options);
    std::vector<PairClaim> claims;
    for (std::size_t at = 0; at < found.size(); ++at) {
      const PairCertificate& of = found[at];
      claims.push_back({pairs[at], of.same, of.distance, of.radius, of.kind, of.first, of.second});
    }
    return claims;
  }
  /// The claims that a change makes wrong, less the faults found: 0 if all are found.
  template <class Change>
  Index unseen(const ThreatModel& threat, const PairOptions& options, Change&& change) const {
    std::vector<PairClaim> wrong = claims_of(threat, options);
    for (PairClaim& claim : wrong) change(claim);
    return static_cast<Index>(wrong.size()) - faults(threat, options, wrong);
  }
  [[nodiscard]] Index faults(const ThreatModel& threat, const PairOptions& options,
                             const std::vector<PairClaim>& claims) const {
    return std::ranges::count_if(check_pairs(model_, threat, test_, claims, options),
                                 [](const Finding& finding) { return finding.fault.has_value(); });
  }
  /// A distance that about half of the pairs reach.
  [[nodiscard]] double middle() const {
    std::vector<PairClaim> claims = claims_of({}, {.threshold = 1.0});
    std::ranges::sort(claims, {}, &PairClaim::distance);
    return claims[claims.size() / 2].distance * larger;
  }
  static void drop_witness(PairClaim& claim) {
    claim.first.reset();
    claim.second.reset();
  }

  Dataset test_ = clouds(50, 4, 3, 12);
  model::Model model_ = learners::train(clouds(60, 4, 3, 11), {.method = "lmnn", .preprocess = "standardize"}).model;
};

TEST_F(CheckPairsTest, HoldsRadiiFromBothSides) {
  const Matrix a =
      (Matrix(4, 4) << 2.0, 0.3, 0.0, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0, 0.0, 1.5, 0.1, 0.0, 0.0, 0.1, 0.7).finished();
  for (const Space space : {Space::raw, Space::preprocessed}) {
    for (const ThreatModel& threat : {ThreatModel{.space = space}, ThreatModel{Ellipsoid(a), space}}) {
      for (const MovedMembers moved : {MovedMembers::one, MovedMembers::both}) {
        for (const double factor : {0.0, 0.1, 1.0, 30.0}) {
          const PairOptions options{.threshold = factor * middle(), .moved = moved};
          const std::vector<PairClaim> claims = claims_of(threat, options);
          // No pair of float64 is at the distance 0 on purpose.
          EXPECT_TRUE(std::ranges::all_of(claims, [&](const PairClaim& claim) {
            return claim.kind == BoundKind::exact && (factor == 0.0 || claim.first.has_value());
          }));
          for (const Finding& finding : check_pairs(model_, threat, test_, claims, options)) {
            EXPECT_EQ(finding.fault, std::nullopt) << factor;
            EXPECT_FALSE(finding.lower_open || finding.upper_open);
          }
          EXPECT_EQ(unseen(threat, options, [](PairClaim& claim) { claim.radius *= larger; }), 0) << factor;
          EXPECT_EQ(unseen(threat, options,
                           [](PairClaim& claim) {
                             claim.radius /= larger;
                             drop_witness(claim);
                           }),
                    0)
              << factor;
        }
      }
    }
  }
}

TEST_F(CheckPairsTest, HoldsDecisionsDistancesAndWitnesses) {
  for (const MovedMembers moved : {MovedMembers::one, MovedMembers::both}) {
    const PairOptions options{.threshold = middle(), .moved = moved};
    EXPECT_EQ(faults({}, options, claims_of({}, options)), 0);
    EXPECT_EQ(unseen({}, options, [](PairClaim& claim) { claim.same = !claim.same; }), 0);
    EXPECT_EQ(unseen({}, options, [](PairClaim& claim) { claim.distance *= larger; }), 0);
    EXPECT_EQ(unseen({}, options, [](PairClaim& claim) { claim.radius = INFINITY; }), 0);
    // Witnesses that do not flip, or are too far.
    const Matrix rows = model_.prepare(test_);
    EXPECT_EQ(unseen({}, options,
                     [&](PairClaim& claim) {
                       claim.first = rows.row(claim.pair.first);
                       claim.second.reset();
                     }),
              0);
    EXPECT_EQ(unseen({}, options,
                     [&](PairClaim& claim) {
                       const RowVector row = rows.row(claim.pair.first);
                       claim.first = row + larger * (*claim.first - row);
                     }),
              0);
    if (moved == MovedMembers::both) continue;
    EXPECT_EQ(unseen({}, options, [&](PairClaim& claim) { claim.second = 2.0 * rows.row(claim.pair.second); }), 0);
  }
}

TEST_F(CheckPairsTest, ABoundMayBeTooSmallAndNotTooLarge) {
  const PairOptions options{.threshold = middle()};
  std::vector<PairClaim> claims = claims_of({}, options);
  for (PairClaim& claim : claims) {
    claim.kind = BoundKind::lower_bound;
    claim.radius *= 0.5;
    drop_witness(claim);
  }
  EXPECT_EQ(faults({}, options, claims), 0);
  for (PairClaim& claim : claims) claim.radius *= 2.0 * larger;
  EXPECT_EQ(faults({}, options, claims), static_cast<Index>(claims.size()));
}

TEST_F(CheckPairsTest, MapsOfLowRankAndOfUnevenColumns) {
  for (const char* preprocess : {"pca:2", "none"}) {
    test_ = clouds(50, 4, 3, 12);
    Dataset train = clouds(60, 4, 3, 11);
    if (preprocess == std::string("none")) {
      for (Dataset* data : {&train, &test_}) data->x.col(1) *= 1e6;
    }
    model_ = learners::train(train, {.method = "euclidean", .preprocess = preprocess}).model;
    const ThreatModel threat{.space = Space::raw};
    for (const double factor : {0.5, 2.0}) {
      const PairOptions options{.threshold = factor * middle()};
      EXPECT_EQ(faults(threat, options, claims_of(threat, options)), 0) << preprocess;
      EXPECT_EQ(unseen(threat, options, [](PairClaim& claim) { claim.radius *= larger; }), 0) << preprocess;
    }
  }
}

TEST_F(CheckPairsTest, TheHardCaseAndEqualMembers) {
  // B is largest in the first direction, in which the pairs do not differ.
  Dataset two;
  two.x = Matrix{{0.0, 0.0, 0.0}, {1.0, 1.0, 1.0}};
  two.labels = Labels{{0, 1}, {"p", "q"}};
  model_ = learners::train(two, {.method = "euclidean", .preprocess = "none"}).model;
  model_.metric = metric::Metric::from_map(Matrix(Vector{{3.0, 2.0, 1.0}}.asDiagonal()));
  test_ = {};
  test_.x = Matrix::Zero(14, 3);
  test_.x.topRows(7).rightCols(2) = reference::random_normal(7, 2, 1);
  test_.x.row(6).setZero();
  for (const double threshold : {0.0, 1.0, 2.0, 5.0, 50.0}) {
    const PairOptions options{.threshold = threshold};
    EXPECT_EQ(faults({}, options, claims_of({}, options)), 0) << threshold;
    if (threshold == 0.0) continue;
    EXPECT_EQ(unseen({}, options, [](PairClaim& claim) { claim.radius *= larger; }), 0) << threshold;
    EXPECT_EQ(unseen({}, options,
                     [](PairClaim& claim) {
                       claim.radius /= larger;
                       drop_witness(claim);
                     }),
              0)
        << threshold;
  }
}

TEST_F(CheckPairsTest, AnyScale) {
  for (const int exponent : {-300, -100, 300}) {
    Dataset train = clouds(60, 4, 3, 11);
    test_ = clouds(50, 4, 3, 12);
    for (Dataset* data : {&train, &test_}) data->x *= std::ldexp(1.0, exponent);
    model_ = learners::train(train, {.method = "euclidean", .preprocess = "none"}).model;
    for (const double factor : {0.5, 2.0}) {
      const PairOptions options{.threshold = factor * middle()};
      EXPECT_EQ(faults({}, options, claims_of({}, options)), 0) << exponent;
      EXPECT_EQ(unseen({}, options, [](PairClaim& claim) { claim.radius *= larger; }), 0) << exponent;
    }
  }
}

TEST_F(CheckPairsTest, RoundingCountsInFavour) {
  // Rows so far from the origin that their difference is below the rounding of their distance.
  test_.x.array() += 1e12;
  model_ = learners::train(clouds(60, 4, 3, 11), {.method = "euclidean", .preprocess = "none"}).model;
  const PairOptions options{.threshold = middle()};
  EXPECT_EQ(faults({}, options, claims_of({}, options)), 0);
}

TEST_F(CheckPairsTest, RefusesWhatItDoesNotCheck) {
  const auto message = [&](const ThreatModel& threat, double threshold) {
    return reference::message_of([&] { (void)check_pairs(model_, threat, test_, {}, {.threshold = threshold}); });
  };
  EXPECT_THAT(message({LpBall{Norm::linf}}, 1.0), HasSubstr("in l2 or an ellipsoid"));
  for (const double threshold : {-1.0, static_cast<double>(INFINITY), std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THAT(message({}, threshold), HasSubstr("finite distance of at least 0"));
  }
  const PairOptions stopped{.threshold = 1.0, .observer = [](const Progress&) { return Action::stop; }};
  EXPECT_THROW((void)check_pairs(model_, {}, test_, claims_of({}, {.threshold = 1.0}), stopped), Stopped);
}

}  // namespace
}  // namespace holdfast::certify
