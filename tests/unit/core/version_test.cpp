#include "holdfast/core/version.hpp"

#include <gmock/gmock.h>

#include <string>

namespace holdfast {
namespace {

TEST(Version, IsThreeNumbers) { EXPECT_THAT(std::string(version), testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+")); }

}  // namespace
}  // namespace holdfast
