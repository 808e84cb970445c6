// scml, nca and arml.
#include <gtest/gtest.h>

#include <cmath>

#include "holdfast/learners/arml.hpp"
#include "holdfast/learners/nca.hpp"
#include "holdfast/learners/scml.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"

namespace holdfast::learners {
namespace {

using reference::message_of;
using reference::three_clouds;

/// Each learner that draws: another seed draws something else, the same seed the same.
TEST(Seeds, MatterWhereThereAreDraws) {
  const Labels& labels = *three_clouds().labels;
  EXPECT_FALSE(fit_scml(three_clouds().x, labels, {}, {.seed = 1}).metric ==
               fit_scml(three_clouds().x, labels, {}, {.seed = 2}).metric);
  EXPECT_FALSE(fit_nca(three_clouds().x, labels, {.batch = 20}, {.seed = 1}).metric ==
               fit_nca(three_clouds().x, labels, {.batch = 20}, {.seed = 2}).metric);
  EXPECT_FALSE(fit_arml(three_clouds().x, labels, {.draws = 2}, {.seed = 1}).metric ==
               fit_arml(three_clouds().x, labels, {.draws = 2}, {.seed = 2}).metric);
}

TEST(TripletLearners, StopWithTheBestSoFar) {
  const auto after_three = [](std::string_view stage) {
    return Observer([stage](const Progress& progress) {
      return progress.stage == stage && progress.step >= 3 ? Action::stop : Action::proceed;
    });
  };
  const Fit scml = fit_scml(three_clouds().x, *three_clouds().labels, {}, {.observer = after_three("scml")});
  const Fit nca = fit_nca(three_clouds().x, *three_clouds().labels, {}, {.observer = after_three("nca")});
  const Fit arml = fit_arml(three_clouds().x, *three_clouds().labels, {}, {.observer = after_three("arml")});
  for (const Fit* fit : {&scml, &nca, &arml}) {
    EXPECT_EQ(fit->report.reason, optim::StopReason::stopped);
    EXPECT_EQ(fit->report.iterations, 3);
    EXPECT_LT(fit->report.objective, fit->report.objective_at_start);
  }
}

TEST(TripletLearners, OptionsOutOfBoundsAreNamed) {
  EXPECT_EQ(message_of([] { ScmlOptions::table().validate({.basis = -1}); }),
            "basis -1: must be at least 1 (0: chosen by the size of the data)");
  EXPECT_EQ(message_of([] { ScmlOptions::table().validate({.sparsity = -0.1}); }),
            "sparsity -0.1: must be a number of at least 0");
  EXPECT_EQ(message_of([] { ScmlOptions::table().validate({.batch = -2}); }),
            "batch -2: must be at least 1 row (0: chosen by the size of the data)");
  EXPECT_EQ(message_of([] {
              (void)fit_nca(Matrix::Zero(4, 5), encode_labels(std::vector<int>{0, 0, 1, 1}), {.rank = 9});
            }),
            "rank 9: must be between 1 and 5, the number of columns after preprocessing (0: all of them)");
  EXPECT_EQ(message_of([] { NcaOptions::table().validate({.batch = -2}); }),
            "batch -2: must be at least 1 row (0: chosen by the size of the data)");
  EXPECT_EQ(message_of([] { ArmlOptions::table().validate({.draws = 0}); }),
            "draws 0: must be at least 1 triplet per row");
  EXPECT_EQ(message_of([] { ArmlOptions::table().validate({.margin = 0.0}); }),
            "margin 0: must be a number above 0, or inf");
  EXPECT_EQ(message_of([] { ArmlOptions::table().validate({.margin = NAN}); }),
            "margin nan: must be a number above 0, or inf");
}

}  // namespace
}  // namespace holdfast::learners
