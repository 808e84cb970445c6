#include "holdfast/certify/pair_decision.hpp"

#include <gmock/gmock.h>

#include <Eigen/LU>
#include <Eigen/QR>
#include <cmath>
#include <limits>

#include "holdfast/core/error.hpp"
#include "holdfast/linalg/spd.hpp"
#include "reference/messages.hpp"
#include "reference/pair_decision.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::certify {
namespace {

using reference::PairOracle;
using reference::random_normal;
using testing::HasSubstr;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Rows 0 and 1 as a pair.
PairProblem pair_of(const Matrix& map, const Matrix& rows) { return {rows, rows * map.transpose(), {{0, 1}}}; }

PairCertificate certify(const Matrix& map, const Matrix& rows, double threshold, MovedMembers moved = MovedMembers::one,
                        const ThreatModel& threat = {}) {
  return CertifiedPairs(map, threat).radii(pair_of(map, rows), {.threshold = threshold, .moved = moved}).front();
}

bool is_same(const Matrix& map, const RowVector& x, const RowVector& y, double threshold) {
  return (map * (x - y).transpose()).norm() <= threshold;
}

/// Radius of the oracle, exact, with a witness that changes the decision, and half of it if both members move.
void expect_exact(const Matrix& map, const Matrix& rows, double threshold, const std::string& what) {
  SCOPED_TRACE(what);
  const double expected = PairOracle(map, (rows.row(0) - rows.row(1)).transpose()).radius(threshold);
  const PairCertificate one = certify(map, rows, threshold);
  EXPECT_EQ(one.same, is_same(map, rows.row(0), rows.row(1), threshold));
  EXPECT_NEAR(one.radius, expected, reference::radii * (1.0 + expected));
  EXPECT_LE(one.radius, expected * (1.0 + reference::rounding));
  EXPECT_EQ(one.kind, BoundKind::exact);
  ASSERT_TRUE(one.first.has_value());
  EXPECT_FALSE(one.second.has_value());
  EXPECT_NE(is_same(map, *one.first, rows.row(1), threshold), one.same);
  EXPECT_LE((*one.first - rows.row(0)).norm(), one.radius * (1.0 + reference::radii));
  const PairCertificate both = certify(map, rows, threshold, MovedMembers::both);
  EXPECT_NEAR(both.radius, 0.5 * expected, reference::radii * (1.0 + expected));
  ASSERT_TRUE(both.first.has_value() && both.second.has_value());
  EXPECT_NE(is_same(map, *both.first, *both.second, threshold), both.same);
  EXPECT_LE((*both.first - rows.row(0)).norm(), both.radius * (1.0 + reference::radii));
  EXPECT_LE((*both.second - rows.row(1)).norm(), both.radius * (1.0 + reference::radii));
}

TEST(PairDecision, EqualsTheOracle) {
  int compared = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Matrix rows = random_normal(2, 5, seed);
    Matrix uneven = random_normal(5, 5, seed + 200);
    for (Index i = 0; i < 5; ++i) uneven.row(i) *= std::pow(10.0, -static_cast<double>(i) / 2.0);
    const std::vector<Matrix> maps = {Matrix::Identity(5, 5),          random_normal(5, 5, seed + 100),
                                      random_normal(2, 5, seed + 100), random_normal(1, 5, seed + 100),
                                      random_normal(8, 5, seed + 100), uneven};
    for (const Matrix& map : maps) {
      const double distance = (map * (rows.row(0) - rows.row(1)).transpose()).norm();
      for (const double factor : {1e-3, 0.1, 0.5, 0.9, 1.1, 2.0, 10.0, 1e3}) {
        expect_exact(
            map, rows, factor * distance,
            std::to_string(map.rows()) + " rows, seed " + std::to_string(seed) + ", " + std::to_string(factor));
        ++compared;
      }
    }
  }
  EXPECT_EQ(compared, 960);
}

TEST(PairDecision, TheHardCase) {
  // B is largest in the first direction, in which the pair does not differ.
  const Matrix map = Vector{{3.0, 2.0, 1.0}}.asDiagonal();
  const Matrix rows{{1.0, 0.4, 0.3}, {1.0, 0.0, 0.0}};
  for (const double threshold : {1.0, 1.4, 1.5, 2.0, 5.0})
    expect_exact(map, rows, threshold, std::to_string(threshold));
  // By hand: below, the level is reached in the other directions alone.
  const Matrix along{{0.0, 0.5, 0.0}, {0.0, 0.0, 0.0}};
  const double reached = 2.0 * 0.5 / (1.0 - 4.0 / 9.0);
  EXPECT_NEAR(certify(map, along, 1.5).radius, 0.25, reference::rounding);
  EXPECT_NEAR(certify(map, along, 3.0).radius,
              std::sqrt(std::pow(0.5 * reached - 0.5, 2.0) + (9.0 - reached * reached) / 9.0), reference::radii);
  // Rotated, so that nothing is exactly 0.
  const Matrix turn = Eigen::HouseholderQR<Matrix>(random_normal(3, 3, 4)).householderQ();
  expect_exact(map * turn, rows * turn, 5.0, "rotated");
}

TEST(PairDecision, SpecialCases) {
  const Matrix map = Vector{{3.0, 2.0}}.asDiagonal();
  const Matrix apart{{1.0, 1.0}, {0.0, 0.0}};
  const Matrix equal{{1.0, 1.0}, {1.0, 1.0}};
  // Equal members: the shortest way to the threshold.
  EXPECT_NEAR(certify(map, equal, 6.0).radius, 2.0, reference::radii);
  expect_exact(map, equal, 6.0, "equal");
  // Threshold 0: only a difference that B does not see is the same.
  EXPECT_NEAR(certify(map, apart, 0.0).radius, std::sqrt(2.0), reference::radii);
  EXPECT_EQ(certify(map, equal, 0.0).radius, 0.0);
  EXPECT_TRUE(certify(map, equal, 0.0).same);
  EXPECT_NEAR(certify(Matrix{{1.0, 0.0}}, apart, 0.0).radius, 1.0, reference::radii);
  // At the threshold.
  EXPECT_EQ(certify(map, apart, std::sqrt(13.0)).radius, 0.0);
  // A metric of zero: always the same.
  for (const double threshold : {0.0, 1.0}) {
    const PairCertificate zero = certify(Matrix::Zero(2, 2), apart, threshold);
    EXPECT_TRUE(zero.same);
    EXPECT_EQ(zero.radius, infinity);
    EXPECT_FALSE(zero.first.has_value());
  }
}

TEST(PairDecision, NoPerturbationInsideChangesIt) {
  Index attempts = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Matrix rows = random_normal(2, 4, seed);
    const Matrix map = random_normal(seed % 2 == 0 ? 4 : 2, 4, seed + 100);
    const double distance = (map * (rows.row(0) - rows.row(1)).transpose()).norm();
    const double threshold = distance * (seed % 3 == 0 ? 0.7 : 1.4);
    const PairCertificate one = certify(map, rows, threshold);
    const PairCertificate both = certify(map, rows, threshold, MovedMembers::both);
    Matrix directions = random_normal(201, 4, seed + 300);
    directions.row(200) = *one.first - rows.row(0);  // the worst
    for (Index i = 0; i < directions.rows(); ++i) {
      const RowVector delta = directions.row(i) / directions.row(i).norm() * (1.0 - reference::radii);
      EXPECT_EQ(is_same(map, rows.row(0) + one.radius * delta, rows.row(1), threshold), one.same);
      EXPECT_EQ(is_same(map, rows.row(0) + both.radius * delta, rows.row(1) - both.radius * delta, threshold),
                both.same);
      attempts += 2;
    }
  }
  EXPECT_EQ(attempts, 80'400);
}

TEST(PairDecision, InAnEllipsoidEqualsL2OfTheStretchedSpace) {
  const Matrix root = random_normal(4, 4, 3);
  const Matrix a = root * root.transpose() + 0.1 * Matrix::Identity(4, 4);
  const Matrix lower = linalg::cholesky(a);
  const Matrix rows = random_normal(2, 4, 1);
  const Matrix map = random_normal(3, 4, 2);
  const double distance = (map * (rows.row(0) - rows.row(1)).transpose()).norm();
  for (const double factor : {0.5, 2.0}) {
    const Vector v = lower.transpose() * (rows.row(0) - rows.row(1)).transpose();
    const double expected = PairOracle(map * lower.transpose().inverse(), v).radius(factor * distance);
    const PairCertificate found = certify(map, rows, factor * distance, MovedMembers::one, {.ball = Ellipsoid(a)});
    EXPECT_NEAR(found.radius, expected, reference::radii * (1.0 + expected));
    ASSERT_TRUE(found.first.has_value());
    EXPECT_NE(is_same(map, *found.first, rows.row(1), factor * distance), found.same);
    const RowVector delta = *found.first - rows.row(0);
    EXPECT_NEAR(std::sqrt((delta * a * delta.transpose()).value()), expected, reference::radii * (1.0 + expected));
  }
}

TEST(PairDecision, AnyScale) {
  const Matrix rows = random_normal(2, 3, 1);
  const Matrix map = random_normal(3, 3, 2);
  const double distance = (map * (rows.row(0) - rows.row(1)).transpose()).norm();
  for (const double factor : {0.5, 2.0}) {
    const PairCertificate ordinary = certify(map, rows, factor * distance);
    for (const int of_rows : {-500, 0, 400}) {
      for (const int of_map : {-450, 0, 500}) {
        const double unit = std::ldexp(1.0, of_rows);
        const Matrix scaled_map = std::ldexp(1.0, of_map) * map;
        PairProblem problem{unit * rows, {}, {{0, 1}}};
        problem.mapped = std::ldexp(1.0, of_map) * unit * (rows * map.transpose());
        const PairCertificate found =
            CertifiedPairs(scaled_map, {})
                .radii(problem, {.threshold = std::ldexp(factor * distance, of_rows + of_map)})
                .front();
        EXPECT_NEAR(found.radius / unit, ordinary.radius, reference::radii) << of_rows << " " << of_map;
        EXPECT_NEAR(std::ldexp(found.distance, -of_rows - of_map), distance, reference::rounding);
        EXPECT_EQ(found.kind, BoundKind::exact);
        EXPECT_TRUE(found.first.has_value());
      }
    }
  }
}

TEST(PairDecision, ARoundedDistanceIsNoCertificate) {
  // Rows so far from the origin that their difference is below the rounding of their distance.
  const Matrix rows{{1e12, 1.0}, {1e12, 0.0}};
  const PairCertificate found = certify(Matrix::Identity(2, 2), rows, 1.0 + 0.1 * reference::visible);
  EXPECT_EQ(found.radius, 0.0);
  EXPECT_EQ(found.kind, BoundKind::lower_bound);
  EXPECT_FALSE(found.first.has_value());
}

TEST(PairDecision, RefusesWhatItDoesNotSolve) {
  const Matrix map = Matrix::Identity(2, 2);
  const auto message = [&](const ThreatModel& threat) {
    return reference::message_of([&] { (void)CertifiedPairs(map, threat); });
  };
  EXPECT_THAT(message({.ball = LpBall{Norm::linf}}), HasSubstr("in l2 or an ellipsoid"));
  EXPECT_THAT(message({.box = Box{RowVector::Zero(2), RowVector::Ones(2)}}), HasSubstr("without a box"));
  EXPECT_THAT(message({.ball = Ellipsoid(Matrix::Identity(3, 3))}), HasSubstr("3 dimensions"));
  const CertifiedPairs pairs(map, {});
  PairProblem problem = pair_of(map, Matrix::Zero(2, 2));
  for (const double threshold : {-1.0, infinity, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THAT(reference::message_of([&] { (void)pairs.radii(problem, {.threshold = threshold}); }),
                HasSubstr("finite distance of at least 0"));
  }
  problem.pairs = {{0, 2}};
  EXPECT_THROW((void)pairs.radii(problem, {.threshold = 1.0}), std::invalid_argument);
  EXPECT_EQ(parse_moved_members("both"), MovedMembers::both);
  EXPECT_EQ(parse_moved_members("one"), MovedMembers::one);
  EXPECT_THAT(reference::message_of([] { (void)parse_moved_members("two"); }), HasSubstr("must be one or both"));
}

TEST(PairDecision, AnObserverStopsIt) {
  const Matrix map = Matrix::Identity(2, 2);
  const PairOptions options{.threshold = 1.0, .observer = [](const Progress&) { return Action::stop; }};
  EXPECT_THROW((void)CertifiedPairs(map, {}).radii(pair_of(map, Matrix::Zero(2, 2)), options), Stopped);
}

}  // namespace
}  // namespace holdfast::certify
