#include "holdfast/learners/train.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"

namespace holdfast::learners {
namespace {

using reference::message_of;
using testing::AllOf;
using testing::HasSubstr;

TEST(Train, AValueThatIsNotFiniteIsRefusedByRowAndColumn) {
  Dataset data = reference::clouds(30, 3, 2, 1);
  data.x(7, 2) = std::numeric_limits<double>::quiet_NaN();
  data.x(8, 0) = std::numeric_limits<double>::infinity();
  for (const std::string preprocess : {"auto", "none", "unit"}) {
    const auto fit = [&] { (void)train(data, {.preprocess = preprocess}); };
    EXPECT_EQ(message_of(fit),
              "clouds: row 7, column 2: nan is not a finite number; leave the row out or fill the value in (rows and "
              "columns are counted from 0)");
  }
  data.x(7, 2) = 0.0;
  data.columns = {"a", "b", "c"};
  EXPECT_THAT(message_of([&] { (void)train(data, {}); }), HasSubstr("row 8, column \"a\": inf is not a finite number"));
}

TEST(Train, AnObjectiveThatIsNotFiniteIsAFailureAndNoModel) {
  Dataset data = reference::clouds(30, 3, 2, 1);
  data.x *= 1e200;  // squared distances overflow
  std::string message = "no failure";
  try {
    (void)train(data, {.preprocess = "none"});
  } catch (const FitFailed& failure) {
    message = failure.what();
  }
  EXPECT_THAT(message, AllOf(HasSubstr("lmnn: the objective is not finite after 0 iterations"),
                             HasSubstr("standardize them or divide them")));
}

TEST(Train, TheReferenceRowsAreThoseThatThePreprocessingMakes) {
  const Dataset data = reference::clouds(40, 5, 2, 1);
  for (const std::string preprocess : {"none", "standardize", "standardize,pca:3,unit"}) {
    const model::Model model = train(data, {.method = "euclidean", .preprocess = preprocess}).model;
    EXPECT_EQ(model.reference, model.preprocessor.apply(data.x)) << preprocess;
  }
}

}  // namespace
}  // namespace holdfast::learners
