#include "holdfast/certify/check_retrieval.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "holdfast/certify/retrieval.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/learners/train.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::certify {
namespace {

using reference::clouds;
using testing::HasSubstr;

class CheckRetrievalTest : public testing::Test {
 protected:
  CheckRetrievalTest() {
    gallery_ = clouds(40, 4, 3, 12);
    // A class of its own for the last row; the model knows none of these classes.
    gallery_.labels->names = {"u", "v", "w", "alone"};
    gallery_.labels->codes.back() = 3;
  }

  [[nodiscard]] static Dataset of(const Matrix& x, std::vector<int> codes) {
    Dataset data;
    data.x = x;
    data.labels = Labels{std::move(codes), {"a", "b"}};
    return data;
  }
  [[nodiscard]] std::vector<RetrievalClaim> claims_of(const ThreatModel& threat) const {
    const RetrievalProblem problem = retrieval_problem(model_, threat, gallery_);
    const auto found = retrieval_radii(perturbation_map(model_, threat.space), threat, problem);
    std::vector<RetrievalClaim> claims;
    for (std::size_t at = 0; at < found.size(); ++at) {
      RetrievalClaim claim{
          .row = static_cast<Index>(at), .nearest = found[at].nearest, .same_row = found[at].same_row.radius};
      if (found[at].relevant) {
        claim.relevant = found[at].relevant->radius;
        claim.kind = found[at].relevant->kind;
        claim.witness = found[at].relevant->witness;
      }
      claims.push_back(std::move(claim));
    }
    return claims;
  }
  [[nodiscard]] Index faults(const ThreatModel& threat, const std::vector<RetrievalClaim>& claims) const {
    return std::ranges::count_if(check_retrieval(model_, threat, gallery_, claims),
                                 [](const Finding& finding) { return finding.fault.has_value(); });
  }
  [[nodiscard]] std::string fault_of(const RetrievalClaim& claim) const {
    return check_retrieval(model_, {}, gallery_, std::vector{claim}).front().fault.value_or("holds");
  }

  Dataset gallery_;
  model::Model model_ = learners::train(clouds(60, 4, 3, 11), {.method = "lmnn", .preprocess = "standardize"}).model;
};

TEST_F(CheckRetrievalTest, HoldsBothRadiiFromBothSides) {
  const Matrix a =
      (Matrix(4, 4) << 2.0, 0.3, 0.0, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0, 0.0, 1.5, 0.1, 0.0, 0.0, 0.1, 0.7).finished();
  for (const Space space : {Space::raw, Space::preprocessed}) {
    for (const ThreatModel& threat : {ThreatModel{LpBall{Norm::l2}, space}, ThreatModel{LpBall{Norm::l1}, space},
                                      ThreatModel{LpBall{Norm::linf}, space}, ThreatModel{Ellipsoid(a), space},
                                      ThreatModel{.space = space, .perturbed = std::vector<Index>{0, 2}}}) {
      const std::vector<RetrievalClaim> claims = claims_of(threat);
      EXPECT_EQ(faults(threat, claims), 0);
      const auto changed = [&](auto&& change) {
        std::vector<RetrievalClaim> wrong;
        for (RetrievalClaim claim : claims) {
          if (change(claim)) wrong.push_back(std::move(claim));
        }
        EXPECT_GT(wrong.size(), 15u);
        return static_cast<Index>(wrong.size()) - faults(threat, wrong);
      };
      const double larger = 1.0 + 100.0 * reference::slight_fault;
      EXPECT_EQ(changed([&](RetrievalClaim& claim) {
                  claim.witness.reset();
                  return claim.relevant && (*claim.relevant *= larger) > 0.0;
                }),
                0);
      EXPECT_EQ(changed([&](RetrievalClaim& claim) { return (claim.same_row *= larger) > 0.0; }), 0);
      EXPECT_EQ(changed([&](RetrievalClaim& claim) { return (claim.same_row /= larger) > 0.0; }), 0);
      if (!threat.is_euclidean()) continue;
      EXPECT_EQ(changed([&](RetrievalClaim& claim) {  // the witness is outside
                  return claim.witness && (*claim.relevant /= larger) > 0.0;
                }),
                0);
      const Matrix rows = retrieval_problem(model_, threat, gallery_).rows;
      EXPECT_EQ(changed([&](RetrievalClaim& claim) {  // the row itself changes nothing
                  if (!claim.witness) return false;
                  claim.witness = rows.row(claim.row);
                  return true;
                }),
                0);
    }
  }
}

TEST_F(CheckRetrievalTest, InABoxTheSameRowIsHeldFromBelow) {
  const RowVector least = gallery_.x.colwise().minCoeff();
  const ThreatModel threat{.space = Space::raw, .box = Box{least, gallery_.x.colwise().maxCoeff()}};
  std::vector<RetrievalClaim> claims = claims_of(threat);
  EXPECT_EQ(faults(threat, claims), 0);
  for (RetrievalClaim& claim : claims) claim.same_row *= 0.5;
  EXPECT_EQ(faults(threat, claims), 0);
  for (RetrievalClaim& claim : claims) claim.same_row *= 2.0 * (1.0 + 100.0 * reference::slight_fault);
  EXPECT_EQ(faults(threat, claims), gallery_.rows());
}

TEST_F(CheckRetrievalTest, SaysWhatIsWrong) {
  const std::vector<RetrievalClaim> claims = claims_of({});
  const auto hit = std::ranges::find_if(claims, [](const auto& claim) { return claim.relevant.value_or(0.0) > 0.0; });
  const auto miss = std::ranges::find_if(claims, [](const auto& claim) { return claim.relevant == 0.0; });
  ASSERT_TRUE(hit != claims.end() && miss != claims.end());
  EXPECT_EQ(fault_of(*hit), "holds");
  EXPECT_EQ(fault_of(*miss), "holds");

  RetrievalClaim wrong = *hit;
  do wrong.nearest = (wrong.nearest + 1) % gallery_.rows();
  while (wrong.nearest == wrong.row);
  EXPECT_THAT(fault_of(wrong), HasSubstr("is nearer than row"));
  wrong.nearest = wrong.row;
  EXPECT_THAT(fault_of(wrong), HasSubstr("no answer to its own search"));
  wrong = *hit;
  wrong.relevant.reset();
  EXPECT_THAT(fault_of(wrong), HasSubstr("the radius is missing"));
  wrong = *miss;
  wrong.relevant = 0.1;
  EXPECT_THAT(fault_of(wrong), HasSubstr("so that the radius is 0, not 0.1"));
  wrong = claims.back();
  EXPECT_FALSE(wrong.relevant.has_value());
  wrong.relevant = 0.0;
  EXPECT_THAT(fault_of(wrong), HasSubstr("no other row is of the query's class"));
  wrong = *hit;
  wrong.same_row *= 2.0;
  EXPECT_THAT(fault_of(wrong), HasSubstr("of the nearest row is too large"));
  wrong.same_row *= 0.25;
  EXPECT_THAT(fault_of(wrong), HasSubstr("of the nearest row is too small"));
}

TEST_F(CheckRetrievalTest, WithoutWitnessesUpperEndsStayOpen) {
  std::vector<RetrievalClaim> claims = claims_of({});
  const auto open = [&] {
    return std::ranges::count_if(check_retrieval(model_, {}, gallery_, claims), &Finding::upper_open);
  };
  EXPECT_EQ(open(), 0);
  for (RetrievalClaim& claim : claims) claim.witness.reset();
  EXPECT_GT(open(), 15);
  for (const Finding& finding : check_retrieval(model_, {}, gallery_, claims)) EXPECT_FALSE(finding.lower_open);
}

TEST_F(CheckRetrievalTest, HoldsTiesDuplicatesAndRowsFarFromTheOrigin) {
  gallery_ = of(Matrix{{-1.0}, {0.0}, {1.0}, {1.0}, {3.0}}, {0, 0, 1, 0, 1});
  model_ = learners::train(of(Matrix{{0.0}, {1.0}}, {0, 1}), {.method = "euclidean", .preprocess = "none"}).model;
  EXPECT_EQ(faults({}, claims_of({})), 0);
  gallery_ = clouds(30, 1, 2, 3);
  gallery_.x.array() += 1e7;
  EXPECT_EQ(faults({}, claims_of({})), 0);
}

TEST_F(CheckRetrievalTest, RefusesWhatItDoesNotCheck) {
  const auto message = [&](const ThreatModel& threat, const Dataset& data) {
    return reference::message_of([&] { (void)check_retrieval(model_, threat, data, {}); });
  };
  EXPECT_THAT(message({.perturbed = std::vector<Index>{1}, .flips = {Flip{}}}, gallery_),
              HasSubstr("without columns that flip"));
  EXPECT_THAT(message({},
                      [&] {
                        Dataset bare = gallery_;
                        bare.labels.reset();
                        return bare;
                      }()),
              HasSubstr("labels"));
  EXPECT_THAT(message({}, of(gallery_.x.topRows(1), {0})), HasSubstr("single row"));
  EXPECT_THROW((void)check_retrieval(model_, {}, gallery_, claims_of({}), [](const Progress&) { return Action::stop; }),
               Stopped);
}

}  // namespace
}  // namespace holdfast::certify
