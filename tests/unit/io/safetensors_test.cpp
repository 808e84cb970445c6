#include "holdfast/io/safetensors.hpp"

#include <gmock/gmock.h>

#include "unit/io/files.hpp"

namespace holdfast::io {
namespace {

using testing::HasSubstr;

class SafetensorsTest : public Files {};

TEST_F(SafetensorsTest, TensorsAndMetadataComeBack) {
  Safetensors out;
  out.metadata["about"] = "a text";
  out.put("m.matrix", Matrix{{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}});
  out.put("codes", std::vector<int>{3, 1});
  out.save(folder() / "file");
  const Safetensors in = Safetensors::load(folder() / "file");
  EXPECT_EQ(in.metadata.at("about"), "a text");
  EXPECT_EQ(in.matrix("m.matrix"), (Matrix{{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}}));
  EXPECT_EQ(in.integers("codes"), (std::vector<int>{3, 1}));
  EXPECT_TRUE(in.with_prefix("m.").contains("matrix"));
  EXPECT_FALSE(in.contains("matrix"));
}

TEST_F(SafetensorsTest, WhatIsMissingIsNamed) {
  Safetensors().save(folder() / "file");
  EXPECT_THAT(error_of([&] { return Safetensors::load(folder() / "file").matrix("gone"); }), HasSubstr("gone"));
  EXPECT_NE(error_of([&] { return Safetensors::load(write("rubbish", "rubbish")); }), "no error");
}

}  // namespace
}  // namespace holdfast::io
