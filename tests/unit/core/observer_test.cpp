#include "holdfast/core/observer.hpp"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(Observer, OneThatIsEmptyNeverStopsTheWork) { EXPECT_FALSE(asks_to_stop({}, {"stage", 1, 2, 0.5})); }

TEST(Observer, SeesTheProgressAndStopsTheWorkByItsAnswer) {
  Progress seen;
  const Observer observer = [&](const Progress& progress) {
    seen = progress;
    return progress.step < 3 ? Action::proceed : Action::stop;
  };
  EXPECT_FALSE(asks_to_stop(observer, {"lmnn", 2, 10, 0.25}));
  EXPECT_EQ(seen.stage, "lmnn");
  EXPECT_EQ(seen.step, 2);
  EXPECT_EQ(seen.total, 10);
  EXPECT_EQ(seen.value, 0.25);
  EXPECT_TRUE(asks_to_stop(observer, {"lmnn", 3, 10, 0.25}));
}

}  // namespace
}  // namespace holdfast
