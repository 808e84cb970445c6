#include "holdfast/learners/prototypes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "holdfast/certify/exact_nn.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/learners/train.hpp"
#include "holdfast/model/predictor.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/prototype_margin.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::learners {
namespace {

using reference::clouds;
using reference::message_of;
using reference::three_clouds;
using testing::HasSubstr;
using Form = objectives::CertifiedMarginLoss::Form;

std::map<std::string, double> derived_of(const Fit& fit) {
  return {fit.report.derived.begin(), fit.report.derived.end()};
}

/// The mean loss of the rows under the prototypes of a fit, by the definition.
double mean_loss(const Fit& fit, const Dataset& data, const objectives::CertifiedMarginLoss& loss) {
  double total = 0.0;
  for (Index row = 0; row < data.rows(); ++row) {
    total += loss(reference::prototype_margin(data.x.row(row), data.labels->code(row), fit.prototypes->rows,
                                              fit.prototypes->labels.codes))
                 .value;
  }
  return total / static_cast<double>(data.rows());
}

TEST(Prototypes, TheObjectiveReportedIsThatOfThePrototypes) {
  for (const Form form : {Form::hinge, Form::squared_hinge, Form::sigmoid}) {
    const Fit fit = fit_prototypes(three_clouds().x, *three_clouds().labels,
                                   {.margin = 1.5, .radius = 0.8, .loss = form, .max_iterations = 20});
    EXPECT_NEAR(fit.report.objective, mean_loss(fit, three_clouds(), {form, 1.5, 0.8}), reference::float32_sums);
    EXPECT_LT(fit.report.objective, fit.report.objective_at_start);
    EXPECT_EQ(fit.report.iterations, 20);
    EXPECT_TRUE(fit.report.converged());
  }
}

TEST(Prototypes, EachClassHasAsManyAsAskedFor) {
  const Labels& labels = *three_clouds().labels;
  const std::vector<Index> rows = class_counts(labels);
  for (const PrototypeStart start : {PrototypeStart::random, PrototypeStart::kmeans}) {
    const Fit fit = fit_prototypes(three_clouds().x, labels, {.per_class = 7, .start = start, .max_iterations = 2});
    EXPECT_EQ(class_counts(fit.prototypes->labels), (std::vector<Index>{7, 7, 7}));
    EXPECT_EQ(fit.prototypes->labels.names, labels.names);
    EXPECT_EQ(derived_of(fit).at("prototypes"), 21.0);
    const Fit all = fit_prototypes(three_clouds().x, labels, {.per_class = 500, .start = start, .max_iterations = 1});
    EXPECT_EQ(class_counts(all.prototypes->labels), rows);
  }
  const Fit chosen = fit_prototypes(three_clouds().x, labels, {.max_iterations = 1});
  EXPECT_EQ(class_counts(chosen.prototypes->labels), (std::vector<Index>{5, 5, 5}));
}

TEST(Prototypes, TheDerivedMarginFollowsTheUnits) {
  const Fit fit = fit_prototypes(three_clouds().x, *three_clouds().labels, {.max_iterations = 2});
  const Fit larger = fit_prototypes(1024.0 * three_clouds().x, *three_clouds().labels, {.max_iterations = 2});
  const Fit twice =
      fit_prototypes(three_clouds().x, *three_clouds().labels, {.margin_factor = 2.0, .max_iterations = 2});
  const double margin = derived_of(fit).at("margin");
  EXPECT_GT(margin, 0.0);
  EXPECT_NEAR(derived_of(larger).at("margin") / 1024.0, margin, reference::float32_sums);
  EXPECT_NEAR(derived_of(twice).at("margin"), 2.0 * margin, reference::rounding);
  EXPECT_NEAR(derived_of(fit).at("radius"), 0.63 * margin, reference::rounding);
  EXPECT_LT(reference::largest_entry(larger.prototypes->rows / 1024.0 - fit.prototypes->rows), reference::float32_sums);
}

TEST(Prototypes, MoreRowsAreCertifiedThanByRandomRowsOrNearestNeighbours) {
  const Dataset train = clouds(600, 6, 3, 1);
  const Dataset test = clouds(600, 6, 3, 1001);
  const auto certified = [&](const TrainOptions& options) {
    const model::Model model = learners::train(train, options).model;
    const certify::CertifiedKnn knn(model, {});
    const auto problem = knn.problem(test, {.k = 1});
    Index count = 0;
    for (const certify::Certificate& c : certify::exact_nn_radii(knn, problem)) count += c.radius > 0.5;
    return count;
  };
  const Index learned = certified({.method = "prototypes", .preprocess = "none"});
  const Index random = certified({.method = "prototypes", .preprocess = "none", .options = {{"rate", 1e-30}}});
  const Index all = certified({.method = "euclidean", .preprocess = "none"});
  EXPECT_GT(learned, random + 60);
  EXPECT_GT(learned, all + 60);
}

TEST(Prototypes, TheSameSeedGivesTheSameBitsForAnyNumberOfThreads) {
  const Dataset data = clouds(1500, 20, 3, 2);
  const PrototypesOptions options{.per_class = 40, .max_iterations = 3};
  const int before = thread_count();
  set_thread_count(1);
  const Fit one = fit_prototypes(data.x, *data.labels, options);
  set_thread_count(3);
  const Fit three = fit_prototypes(data.x, *data.labels, options);
  set_thread_count(before);
  EXPECT_EQ(one.prototypes->rows, three.prototypes->rows);
  const Fit other = fit_prototypes(data.x, *data.labels, options, {.seed = 1});
  EXPECT_NE(one.prototypes->rows, other.prototypes->rows);
}

TEST(Prototypes, DoNotSeeTheOrderOfTheRows) {
  const Dataset data = clouds(300, 5, 3, 2);
  const Dataset shuffled = select_rows(data, Random(4).permutation(300));
  const Fit fit = fit_prototypes(data.x, *data.labels);
  EXPECT_EQ(fit.prototypes->rows, fit_prototypes(shuffled.x, *shuffled.labels).prototypes->rows);
}

TEST(Prototypes, WithRowsHeldOutThoseOfTheBestPassAreKept) {
  const Dataset data = clouds(1200, 5, 3, 3);
  std::vector<double> seen;
  const FitContext context{.observer = [&](const Progress& progress) {
    if (progress.step == static_cast<Index>(seen.size()) + 1) seen.push_back(progress.certified.value());
    return Action::proceed;
  }};
  const Fit fit = fit_prototypes(data.x, *data.labels, {.rate = 0.3, .max_iterations = 15}, context);
  ASSERT_EQ(seen.size(), 15u);
  EXPECT_EQ(derived_of(fit).at("held_out_rows"), 120.0);
  EXPECT_EQ(derived_of(fit).at("held_out_certified"), std::ranges::max(seen));
  EXPECT_GT(std::ranges::max(seen), std::ranges::min(seen));
  const Fit none = fit_prototypes(data.x, *data.labels, {.max_iterations = 2, .held_out = 0.0});
  EXPECT_FALSE(derived_of(none).contains("held_out_rows"));
}

TEST(Prototypes, AFitThatIsStoppedKeepsWhatItHas) {
  const Dataset data = clouds(400, 5, 3, 3);
  const FitContext context{.observer = [](const Progress& progress) {
    EXPECT_EQ(progress.stage, "prototypes");
    EXPECT_EQ(progress.total, 100);
    return progress.step >= 3 ? Action::stop : Action::proceed;
  }};
  const Fit fit = fit_prototypes(data.x, *data.labels, {}, context);
  EXPECT_EQ(fit.report.reason, optim::StopReason::stopped);
  EXPECT_EQ(fit.report.iterations, 3);
  EXPECT_FALSE(fit.report.converged());
  EXPECT_LT(fit.report.objective, fit.report.objective_at_start);
}

/// Images of 6 x 6 pixels: a bright pixel in the left or right half, at any height.
Dataset images(Index rows) {
  Dataset data;
  data.x = Matrix::Zero(rows, 36);
  std::vector<int> codes;
  Random random(5);
  for (Index row = 0; row < rows; ++row) {
    codes.push_back(static_cast<int>(row % 2));
    data.x(row, 6 * (1 + random.below(4)) + 1 + 2 * (row % 2) + random.below(2)) = 100.0;
    data.x(row, 35 * (row / 2 % 2)) = 50.0;  // a corner that says nothing
  }
  data.labels = encode_labels(codes);
  return data;
}

TEST(Prototypes, TheBorderIsLeftOutOfTheDistance) {
  const Dataset data = images(200);
  const model::Model model =
      train(data, {.method = "prototypes", .options = {{"border", Index{1}}, {"max-iterations", Index{5}}}}).model;
  EXPECT_EQ(model.metric.output_dimension(), 16);
  Matrix changed = data.x;
  changed.row(0).head(6).setConstant(1e3);
  EXPECT_EQ(model.metric.transform(model.prepare_rows(data.x)), model.metric.transform(model.prepare_rows(changed)));
  changed(0, 7) += 1.0;
  EXPECT_NE(model.metric.transform(model.prepare_rows(data.x)), model.metric.transform(model.prepare_rows(changed)));
}

TEST(Prototypes, ShiftsMoveRawImages) {
  // Rows of one image each: its shifts are all that prototypes can learn from.
  Dataset data;
  data.x = Matrix::Zero(2, 25);
  data.x(0, 12) = 8.0;
  data.x(1, 2) = 8.0;
  data.labels = encode_labels(std::vector<int>{0, 1});
  const Matrix four = data.x.replicate(4, 1);
  Dataset many{four, encode_labels(std::vector<int>{0, 1, 0, 1, 0, 1, 0, 1}), {}, "images"};
  for (const std::string preprocess : {"none", "minmax", "center"}) {
    const TrainOptions options{.method = "prototypes",
                               .preprocess = preprocess,
                               .options = {{"shift", Index{1}},
                                           {"per-class", Index{1}},
                                           {"margin", 100.0},
                                           {"rate", 1e-3},
                                           {"max-iterations", Index{30}}}};
    const model::Model model = train(many, options).model;
    const Matrix raw = model.preprocessor.restore(model.reference);
    const RowVector learned = raw.row(0) - data.x.row(0);
    if (preprocess == "minmax") {
      // Only two columns vary; the others stay at their training value.
      EXPECT_NE(learned[12], 0.0);
      EXPECT_EQ(learned[0], 0.0);
      continue;
    }
    // The prototype of the centre has learned from its neighbours, and nothing from pixels that no shift reaches.
    EXPECT_GT(std::abs(learned[6]), reference::visible);
    EXPECT_GT(std::abs(learned[18]), reference::visible);
    EXPECT_LT(std::abs(learned[24]), reference::float32_sums);
  }
}

TEST(Prototypes, ShiftsDoNotDependOnThePreprocessing) {
  // Centred images have the distances of raw ones, and so their prototypes, if they are shifted before.
  const Dataset data = images(60);
  const auto raw_prototypes = [&](const std::string& preprocess, double warp = 0.5) {
    const TrainOptions options{
        .method = "prototypes",
        .preprocess = preprocess,
        .options = {{"shift", Index{2}}, {"warp", warp}, {"border", Index{1}}, {"max-iterations", Index{3}}}};
    const model::Model model = train(data, options).model;
    return model.metric.transform(model.preprocessor.restore(model.reference));
  };
  const Matrix raw = raw_prototypes("none");
  EXPECT_LT(reference::largest_entry(raw_prototypes("center") - raw), reference::root_of_float32);
  EXPECT_GT(reference::largest_entry(raw_prototypes("none", 0.0) - raw), reference::visible);
}

TEST(Prototypes, AWarpMovesPixelsALittle) {
  // Flat images but for one pixel: the prototype learns from its surroundings alone, and keeps the sum about.
  Dataset data;
  data.x = Matrix::Zero(2, 49);
  data.x(0, 24) = 8.0;
  data.x(1, 24) = -8.0;
  const Dataset many{data.x.replicate(20, 1), std::nullopt, {}, "images"};
  std::vector<int> codes;
  for (int row = 0; row < 40; ++row) codes.push_back(row % 2);
  const auto learned = [&](double warp) {
    const TrainOptions options{
        .method = "prototypes",
        .preprocess = "none",
        .options = {
            {"warp", warp}, {"per-class", Index{1}}, {"margin", 100.0}, {"rate", 1e-3}, {"max-iterations", Index{10}}}};
    const Labels labels = encode_labels(codes);
    return Matrix(train({many.x, &labels}, options).model.reference.row(0) - data.x.row(0));
  };
  for (const Index beside : {17, 23, 25, 31}) {
    EXPECT_EQ(learned(0.0)(0, beside), 0.0);
    EXPECT_GT(std::abs(learned(0.5)(0, beside)), reference::visible);
  }
  EXPECT_LT(std::abs(learned(0.5)(0, 48)), std::abs(learned(0.5)(0, 25)) / 10.0);  // far away
}

TEST(Prototypes, RowsThatAreNoImagesHaveNoBorder) {
  const auto refused = [](const Dataset& data, const std::string& preprocess, const OptionSet& options) {
    return message_of(
        [&] { (void)train(data, {.method = "prototypes", .preprocess = preprocess, .options = options}); });
  };
  const Dataset data = images(40);
  EXPECT_EQ(refused(three_clouds(), "none", {{"border", Index{1}}}),
            "border: the rows must be images of s x s or 3 x s x s pixels; they have 5 columns; leave it out");
  EXPECT_EQ(refused(three_clouds(), "none", {{"shift", Index{1}}}),
            "shift: the rows must be images of s x s or 3 x s x s pixels; they have 5 columns; leave it out");
  EXPECT_EQ(refused(data, "none", {{"border", Index{3}}}), "border 3: must be at most 2 pixels, for images of 6 x 6");
  EXPECT_EQ(refused(data, "none", {{"shift", Index{6}}}), "shift 6: must be at most 5 pixels, for images of 6 x 6");
  EXPECT_EQ(refused(data, "pca:9", {{"border", Index{1}}}),
            "border: the preprocessing \"pca:9\" makes rows that are no images; leave it out, or preprocess by none, "
            "center, standardize or minmax");
  EXPECT_THAT(refused(data, "unit", {{"shift", Index{1}}}), HasSubstr("makes rows that are no images"));
  EXPECT_THAT(refused(three_clouds(), "none", {{"warp", 0.5}}), HasSubstr("warp: the rows must be images"));
}

TEST(Prototypes, TheRadiusOfTheSigmoidIsBelowTheMargin) {
  const PrototypesOptions options{.margin = 2.0, .radius = 2.0, .loss = Form::sigmoid};
  EXPECT_EQ(message_of([&] { (void)fit_prototypes(three_clouds().x, *three_clouds().labels, options); }),
            "radius 2: must be below the margin, 2, for the loss sigmoid");
}

TEST(Prototypes, LabelsThatSeparateNothingAreRefused) {
  const Matrix x = Matrix::Random(4, 2);
  EXPECT_THAT(message_of([&] {
                (void)fit_prototypes(x, encode_labels(std::vector<int>{1, 1, 1, 1}));
              }),
              HasSubstr("all 4 rows have the label \"1\""));
}

}  // namespace
}  // namespace holdfast::learners
