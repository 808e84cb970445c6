#include "holdfast/certify/certified_knn.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "holdfast/attack/attack.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/learners/train.hpp"
#include "reference/certification.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::certify {
namespace {

using reference::clouds;
using reference::message_of;

class CertifiedKnnTest : public testing::Test {
 protected:
  Dataset train_ = clouds(60, 3, 2, 1);
  Dataset test_ = clouds(40, 3, 2, 2);
  model::Model model_ = learners::train(train_, {.method = "gmml", .preprocess = "standardize"}).model;
};

TEST_F(CertifiedKnnTest, ProblemsHoldRowsInTheUnitsOfTheThreat) {
  const Matrix prepared = model_.prepare(test_);
  for (const Space space : {Space::raw, Space::preprocessed}) {
    const CertifiedKnn knn(model_, {.space = space});
    const CertificationProblem problem = knn.problem(test_, {.k = 3});
    EXPECT_EQ(problem.k, 3);
    EXPECT_EQ(problem.classes, model_.codes_of(test_));
    EXPECT_EQ(problem.predicted, model::Predictor(model_).predict(prepared, 3));
    EXPECT_EQ(problem.queries, model_.metric.transform(prepared));
    EXPECT_EQ(problem.rows, space == Space::raw ? test_.x : prepared);
    // B takes a change of these rows to the change of the mapped ones.
    const Matrix differences = problem.rows.bottomRows(39) - problem.rows.topRows(39);
    const Matrix mapped = problem.queries.bottomRows(39) - problem.queries.topRows(39);
    EXPECT_LT(reference::largest_entry(differences * knn.classifier().map().transpose() - mapped), reference::rounding);
  }
}

TEST_F(CertifiedKnnTest, PredictionsNeedNoLabels) {
  Dataset unlabelled = test_;
  unlabelled.labels.reset();
  const CertifiedKnn knn(model_, {});
  const CertificationProblem problem = knn.problem(unlabelled, {.against = CertifyAgainst::predictions});
  EXPECT_EQ(problem.classes, problem.predicted);
  for (const Certificate& certificate : knn_lower_bounds(knn, problem)) EXPECT_GT(certificate.radius, 0.0);
  EXPECT_THROW((void)knn.problem(unlabelled), InputError);
}

TEST_F(CertifiedKnnTest, SharesTheIndexOfThePredictor) {
  const model::Predictor predictor(model_);
  const CertifiedKnn raw(predictor, {.space = Space::raw});
  const CertifiedKnn l1(predictor, {.ball = LpBall{Norm::l1}});
  EXPECT_EQ(&raw.classifier().mapped(), &predictor.index()->rows());
  EXPECT_EQ(&l1.classifier().mapped(), &predictor.index()->rows());
}

TEST_F(CertifiedKnnTest, MakesDualRowsOncePerNorm) {
  const CertifiedKnn knn(model_, {});
  const CertifiedKnn copy = knn;  // NOLINT: the copy is what is tested
  for (const Norm norm : {Norm::l1, Norm::l2, Norm::linf}) {
    EXPECT_EQ(&knn.dual_rows(norm, false), &copy.dual_rows(norm, false));
  }
  EXPECT_EQ(&knn.dual_rows(Norm::l1, false), &knn.dual_rows(Norm::l1, true));
  EXPECT_NE(&knn.dual_rows(Norm::l2, false), &knn.dual_rows(Norm::l2, true));
}

TEST_F(CertifiedKnnTest, NamesUnitsAndSpace) {
  EXPECT_EQ(CertifiedKnn(model_, {}).units(), "preprocessed units (standardize)");
  EXPECT_EQ(CertifiedKnn(model_, {}).space_name(), "preprocessed");
  EXPECT_EQ(CertifiedKnn(model_, {.space = Space::raw}).units(), "raw units");
  EXPECT_EQ(CertifiedKnn(model_, {.space = Space::raw}).space_name(), "raw");
}

TEST_F(CertifiedKnnTest, RefusesWhatCannotBeCertified) {
  static_assert(!std::is_constructible_v<CertifiedKnn, model::Model, ThreatModel>);
  EXPECT_EQ(
      message_of([&] { (void)CertifiedKnn(model_, {.ball = Ellipsoid(Matrix::Identity(2, 2))}); }),
      "ellipsoid: is of 2 dimensions; the perturbed rows have 3 columns; give 3 x 3 numbers, or 3 for the diagonal");
  const model::Model unit = learners::train(train_, {.method = "euclidean", .preprocess = "unit"}).model;
  EXPECT_EQ(message_of([&] { (void)CertifiedKnn(unit, {.space = Space::raw}); }),
            "space raw: the model's preparation of rows (unit) is not affine, so that radii exist only after it; use "
            "`space=preprocessed`");
  const CertifiedKnn knn(model_, {});
  EXPECT_THROW((void)knn.problem(test_, {.k = 2}), InputError);
  EXPECT_THROW((void)knn.problem(train_, {.k = 61}), InputError);
  const CertifiedKnn by_hand(knn.classifier(), {});
  EXPECT_THROW((void)by_hand.problem(test_), std::logic_error);
  model_.metric = metric::Metric::from_map(Matrix::Zero(2, 3));
  EXPECT_THROW((void)CertifiedKnn(model_, {}), InputError);
}

TEST_F(CertifiedKnnTest, RefusesProblemsWhosePartsDoNotFit) {
  const CertifiedKnn knn(model_, {});
  const CertificationProblem fits = knn.problem(test_, {.left_out = std::vector<Index>(40, 3)});
  EXPECT_NO_THROW(knn.require_fits(fits));
  const auto refused = [&](const auto& change) {
    CertificationProblem problem = fits;
    change(problem);
    EXPECT_THROW(knn.require_fits(problem), std::invalid_argument);
  };
  refused([](CertificationProblem& problem) { problem.classes.pop_back(); });
  refused([](CertificationProblem& problem) { problem.predicted.pop_back(); });
  refused([](CertificationProblem& problem) { problem.left_out.pop_back(); });
  refused([](CertificationProblem& problem) { problem.queries.conservativeResize(39, 3); });
  refused([](CertificationProblem& problem) { problem.queries.conservativeResize(40, 2); });
  refused([](CertificationProblem& problem) { problem.rows.conservativeResize(40, 2); });
}

TEST_F(CertifiedKnnTest, ARowThatIsLeftOutIsNoNeighbour) {
  const Dataset train = clouds(61, 3, 2, 1);
  const model::Model model = learners::train(train, {.method = "euclidean"}).model;
  const CertifiedKnn knn(model, {});
  const std::vector<Index> left_out(40, 3);
  const CertificationProblem all = knn.problem(test_, {.k = 61});
  EXPECT_NO_THROW(knn.require_fits(all));
  const std::string refusal = "k 61: must be at most 60, the number of reference rows of the model";
  EXPECT_EQ(message_of([&] { (void)knn.problem(test_, {.k = 61, .left_out = left_out}); }), refusal);
  CertificationProblem without = all;
  without.left_out = left_out;
  EXPECT_EQ(message_of([&] { knn.require_fits(without); }), refusal);
}

/// Leave-one-out: training row i judged by all others must come out as by a model that never had row i.
TEST_F(CertifiedKnnTest, LeavingOneRowOutEqualsAModelWithoutIt) {
  std::vector<Index> own(static_cast<std::size_t>(train_.rows()));
  for (std::size_t row = 0; row < own.size(); ++row) own[row] = static_cast<Index>(row);
  for (const Norm norm : {Norm::l2, Norm::linf}) {
    for (const Index k : {1, 3}) {
      const ThreatModel threat{.ball = LpBall{norm}};
      const CertifiedKnn all(model_, threat);
      const CertificationProblem left_out = all.problem(train_, {.k = k, .left_out = own});
      const auto bounds = knn_lower_bounds(all, left_out);
      const auto exact = exact_nn_radii(all, left_out);
      const auto attacks = attack::attack(all, left_out);
      int differ = 0;
      const auto with_all = knn_lower_bounds(all, all.problem(train_, {.k = k}));
      for (Index row = 0; row < train_.rows(); ++row) {
        const auto at = static_cast<std::size_t>(row);
        model::Model fewer = model_;
        fewer.reference.resize(train_.rows() - 1, model_.reference.cols());
        fewer.reference << model_.reference.topRows(row), model_.reference.bottomRows(train_.rows() - 1 - row);
        fewer.labels.codes.erase(fewer.labels.codes.begin() + row);
        const CertifiedKnn without(fewer, threat);
        const CertificationProblem one = without.problem(select_rows(train_, std::vector<Index>{row}), {.k = k});
        EXPECT_EQ(left_out.predicted[at], one.predicted[0]);
        EXPECT_NEAR(bounds[at].radius, knn_lower_bounds(without, one)[0].radius, reference::rounding) << row;
        EXPECT_NEAR(exact[at].radius, exact_nn_radii(without, one)[0].radius, reference::rounding) << row;
        // Random steps of the boundary attack draw by the place of the row, so that only the rest is compared.
        const attack::Adversarial found = attack::attack(without, one, {.query_budget = 0})[0];
        const attack::Adversarial ours = attack::attack(all,
                                                        {k,
                                                         left_out.rows.row(row),
                                                         left_out.queries.row(row),
                                                         {left_out.classes[at]},
                                                         {left_out.predicted[at]},
                                                         {row}},
                                                        {.query_budget = 0})[0];
        EXPECT_NEAR(ours.certificate.radius, found.certificate.radius,
                    reference::radii * (1.0 + found.certificate.radius))
            << row;
        EXPECT_EQ(ours.label, found.label);
        EXPECT_LE(bounds[at].radius, attacks[at].certificate.radius * (1.0 + reference::radii));
        differ += std::abs(with_all[at].radius - bounds[at].radius) > reference::visible ? 1 : 0;
      }
      EXPECT_GT(differ, 10);
    }
  }
}

TEST(CertificationProblem, FirstTakesTheHeadOfEveryPart) {
  const CertificationProblem all{
      3, Matrix{{1.0}, {2.0}, {3.0}}, Matrix{{4.0}, {5.0}, {6.0}}, {0, 1, 0}, {1, 1, 0}, {7, 8, 9}};
  const CertificationProblem two = all.first(2);
  EXPECT_EQ(two.k, 3);
  EXPECT_EQ(two.size(), 2);
  EXPECT_EQ(two.rows, (Matrix{{1.0}, {2.0}}));
  EXPECT_EQ(two.queries, (Matrix{{4.0}, {5.0}}));
  EXPECT_EQ(two.classes, (std::vector<int>{0, 1}));
  EXPECT_EQ(two.predicted, (std::vector<int>{1, 1}));
  EXPECT_EQ(two.left_out_of(1), 8);
  EXPECT_EQ(all.first(9).size(), 3);
}

TEST(CertificationProblem, LeavesNothingOutByDefault) {
  const CertificationProblem problem{1, Matrix{{1.0}}, Matrix{{1.0}}, {0}, {0}};
  EXPECT_EQ(problem.left_out_of(0), -1);
  EXPECT_TRUE(problem.first(1).left_out.empty());
}

}  // namespace
}  // namespace holdfast::certify
