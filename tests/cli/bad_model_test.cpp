// Model files that are wrong, and places where nothing can be written.
#include <unistd.h>

#include <cstring>
#include <functional>

#include "program.hpp"

namespace holdfast::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class BadModel : public InFolder {
 protected:
  BadModel() : bytes(read_file(fitted("m", {"euclidean", "--train", iris}))) {}

  /// A model file with a changed header. Its length field can be made to lie.
  std::string with_header(const std::function<void(json&)>& change, std::uint64_t claimed_length = 0) const {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    json header = json::parse(bytes.substr(sizeof length, length));
    change(header);
    const std::string text = header.dump();
    const std::uint64_t written = claimed_length > 0 ? claimed_length : text.size();
    return std::string(reinterpret_cast<const char*>(&written), sizeof written) + text +
           bytes.substr(sizeof length + length);
  }

  /// A model file whose description is changed.
  std::string with_description(const std::function<void(json&)>& change) const {
    return with_header([&](json& header) {
      json about = json::parse(header["__metadata__"]["holdfast"].get<std::string>());
      change(about);
      header["__metadata__"]["holdfast"] = about.dump();
    });
  }

  /// What every command that reads a model says on such a file: the same of all.
  std::string refusal_of_all(std::string_view content) const {
    const std::string model = file("bad", content);
    const std::string message = refusal({"info", model});
    EXPECT_EQ(refusal({"predict", model, "--data", iris, "--out", path("p.csv")}), message);
    EXPECT_EQ(refusal({"evaluate", model, "--test", iris}), message);
    EXPECT_EQ(refusal({"certify", model, "--test", iris, "--out", path("c.csv")}), message);
    EXPECT_EQ(refusal({"transform", model, "--data", iris, "--out", path("x.npy")}), message);
    return message;
  }

  const std::string iris = shipped("iris.csv.gz");
  const std::string advice = "; give a model file that holdfast fit wrote";
  const std::string bytes;
};

TEST_F(BadModel, Missing) { EXPECT_EQ(refusal({"info", path("no")}), "no: no such file" + advice); }

TEST_F(BadModel, Folder) {
  std::filesystem::create_directory(path("d"));
  EXPECT_EQ(refusal({"info", path("d")}), "d: is a folder, not a model file" + advice);
}

TEST_F(BadModel, CutAnywhere) {
  EXPECT_EQ(refusal_of_all(""), "bad: is not a model file (it has only 0 bytes)" + advice);
  EXPECT_EQ(refusal_of_all(bytes.substr(0, 5)), "bad: is not a model file (it has only 5 bytes)" + advice);
  EXPECT_EQ(refusal_of_all(bytes.substr(0, 50)),
            "bad: is not a model file, or is cut short: its header reaches beyond its end" + advice);
  EXPECT_EQ(refusal_of_all(bytes.substr(0, bytes.size() - 1)),
            "bad: is cut short, or lies: the tensor \"reference\" reaches beyond its end" + advice);
}

TEST_F(BadModel, DataFileInstead) {
  const std::string expected = "bad: is not a model file, or is cut short: its header reaches beyond its end" + advice;
  EXPECT_EQ(refusal_of_all(gunzipped(iris)), expected);
  EXPECT_EQ(refusal_of_all(read_file(iris)), expected);
}

TEST_F(BadModel, SafetensorsOfAnotherProgram) {
  EXPECT_EQ(refusal_of_all(with_header([](json& header) { header.erase("__metadata__"); })),
            "bad: is a safetensors file, but not a Holdfast model" + advice);
}

TEST_F(BadModel, FutureVersion) {
  EXPECT_EQ(
      refusal_of_all(with_description([](json& about) { about["format_version"] = 99; })),
      "bad: has format version 99, from a later Holdfast; this one reads up to version 2; update the program, or fit "
      "the model again");
}

TEST_F(BadModel, HeaderThatClaimsAHugeSize) {
  for (const std::uint64_t length : {std::uint64_t{1} << 31, std::uint64_t{1} << 62, ~std::uint64_t{0}}) {
    EXPECT_EQ(refusal_of_all(with_header([](json&) {}, length)),
              "bad: is not a model file, or is cut short: its header reaches beyond its end" + advice);
  }
}

TEST_F(BadModel, TensorThatClaimsAHugeSize) {
  EXPECT_EQ(refusal_of_all(with_header([](json& header) {
              header["L"]["shape"] = {1LL << 31, 1LL << 31};
            })),
            "bad: the tensor \"L\" does not have the size that its shape says" + advice);
}

TEST_F(BadModel, TensorMissing) {
  EXPECT_EQ(refusal_of_all(with_header([](json& header) { header.erase("labels"); })),
            "bad: the tensor \"labels\" is missing" + advice);
}

TEST_F(BadModel, EntryOfTheDescriptionMissing) {
  EXPECT_EQ(refusal_of_all(with_description([](json& about) { about.erase("classes"); })),
            "bad: is damaged: the entry \"classes\" is missing" + advice);
}

TEST_F(BadModel, PartsThatDoNotFit) {
  EXPECT_EQ(refusal_of_all(with_description([](json& about) { about["classes"] = {"setosa"}; })),
            "bad: is damaged: a label is not one of its classes" + advice);
}

/// A file name in a place where no file can be made: even root cannot have a folder below a regular file.
class BadOutput : public InFolder {
 protected:
  /// What each command that writes says where the output is to be `out`: the same of all.
  std::string refusal_of_all(const std::string& out) const {
    const std::string message = refusal({"fit", "lmnn", "--train", iris, "--out", out});
    EXPECT_EQ(refusal({"predict", model, "--data", iris, "--out", out}), message);
    EXPECT_EQ(refusal({"certify", model, "--test", iris, "--out", out}), message);
    EXPECT_EQ(refusal({"transform", model, "--data", iris, "--out", out}), message);
    return message;
  }

  const std::string iris = shipped("iris.csv.gz");
  const std::string model = fitted("m", {"euclidean", "--train", iris});
};

TEST_F(BadOutput, FolderMissing) {
  EXPECT_EQ(refusal_of_all(path("no/out")),
            "no/out: the folder no does not exist; create it or give another file name");
}

TEST_F(BadOutput, FolderThatIsAFile) {
  EXPECT_EQ(refusal_of_all(path("m/out")), "m/out: m is a file, not a folder; give another file name");
}

TEST_F(BadOutput, OutputThatIsAFolder) {
  std::filesystem::create_directory(path("d"));
  EXPECT_EQ(refusal_of_all(path("d")), "d: is a folder; give the name of a file in it");
}

TEST_F(BadOutput, FolderThatTakesNoFiles) {
  if (!std::filesystem::exists("/proc/self")) GTEST_SKIP() << "there is no /proc";
  EXPECT_THAT(refusal_of_all("/proc/out"),
              testing::AllOf(testing::StartsWith("/proc/out: the folder /proc cannot be written to ("),
                             testing::EndsWith("); give a folder where you may write")));
}

TEST_F(BadOutput, ReadOnlyFolder) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
  std::filesystem::create_directory(path("d"));
  std::filesystem::permissions(path("d"), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  EXPECT_THAT(refusal_of_all(path("d/out")), HasSubstr("cannot be written to"));
  std::filesystem::permissions(path("d"), std::filesystem::perms::owner_all);
}

TEST_F(BadOutput, FullDisk) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "there is no /dev/full";
  EXPECT_EQ(refusal_of_all("/dev/full"), "/dev/full: could not be written completely; check the free space there");
}

TEST_F(BadOutput, DemoFolderThatIsAFile) {
  EXPECT_EQ(refusal({"demo", "--out", model}), "m/table.csv: m is a file, not a folder; give another file name");
}

}  // namespace
}  // namespace holdfast::cli
