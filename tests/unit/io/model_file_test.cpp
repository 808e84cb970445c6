#include "holdfast/io/model_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "holdfast/core/error.hpp"
#include "holdfast/io/safetensors.hpp"
#include "holdfast/learners/perturbation.hpp"
#include "holdfast/learners/train.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"

namespace holdfast::io {
namespace {

using testing::HasSubstr;

/// A model with all kinds of steps, saved in a folder that goes with the test.
class ModelFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder);
    save_model(file, model);
    bytes = read(file);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  static model::Model make_model() {
    Dataset data = reference::clouds(30, 4, 3, 1);
    data.columns = {"a", "b,c", "\"d\"", "\xc3\xa9"};
    learners::TrainOptions options{.method = "lmnn", .preprocess = "standardize,pca:3,unit", .seed = 42};
    options.options.set("perturbation", learners::Perturbation{});
    return learners::train(data, options).model;
  }
  static std::string read(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  }
  void write(const std::string& content) const { std::ofstream(file, std::ios::binary) << content; }

  /// The error of loading a file of these bytes.
  [[nodiscard]] std::string error_of(const std::string& content) const {
    write(content);
    try {
      (void)load_model(file);
    } catch (const InputError& error) {
      return error.what();
    }
    return "no error";
  }

  /// The file with another description in its metadata.
  [[nodiscard]] std::string with_description(const std::function<void(nlohmann::json&)>& change) const {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    nlohmann::json header = nlohmann::json::parse(bytes.substr(8, length));
    nlohmann::json about = nlohmann::json::parse(header["__metadata__"]["holdfast"].get<std::string>());
    change(about);
    header["__metadata__"]["holdfast"] = about.dump();
    return assemble(header);
  }
  [[nodiscard]] std::string with_header(const std::function<void(nlohmann::json&)>& change) const {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    nlohmann::json header = nlohmann::json::parse(bytes.substr(8, length));
    change(header);
    return assemble(header);
  }
  [[nodiscard]] std::string assemble(const nlohmann::json& header) const {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    const std::string text = header.dump();
    const std::uint64_t size = text.size();
    return std::string(reinterpret_cast<const char*>(&size), sizeof size) + text + bytes.substr(8 + length);
  }

  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("holdfast_model_" + std::to_string(::getpid()) + "_" +
                                                testing::UnitTest::GetInstance()->current_test_info()->name());
  std::filesystem::path file = folder / "m.holdfast";
  model::Model model = make_model();
  std::string bytes;
};

TEST(ModelFile, KeepsTheTaskOfAModelOfRegression) {
  Dataset data = reference::clouds(20, 3, 2, 1);
  data.labels->names = {"0.5", "-1e3"};
  const model::Model model = learners::train(data, {.method = "mlkr"}).model;
  const std::string content = model_bytes(model);
  const model::Model read = model_from_bytes(content);
  EXPECT_EQ(read.task, model::Task::regression);
  EXPECT_TRUE(read == model);
  EXPECT_THAT(content, HasSubstr("regression"));
  EXPECT_THAT(model_bytes(learners::train(data, {.method = "gmml"}).model), testing::Not(HasSubstr("regression")));
}

TEST_F(ModelFileTest, AModelComesBackEqual) { EXPECT_TRUE(load_model(file) == model); }

TEST_F(ModelFileTest, InMemoryItIsWhatTheFileHolds) {
  EXPECT_EQ(model_bytes(model), bytes);
  EXPECT_TRUE(model_from_bytes(bytes) == model);
  for (const std::size_t size : {std::size_t{0}, std::size_t{7}, bytes.size() / 2, bytes.size() - 1}) {
    try {
      (void)model_from_bytes(bytes.substr(0, size));
      ADD_FAILURE() << size;
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr("the model's bytes: is"));
    }
  }
}

TEST_F(ModelFileTest, TheSameModelGivesTheSameBytes) {
  save_model(folder / "again.holdfast", model);
  EXPECT_EQ(read(folder / "again.holdfast"), bytes);
}

TEST_F(ModelFileTest, TheDataBeginAtAMultipleOfEight) {
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  EXPECT_EQ(length % 8, 0u);
}

TEST_F(ModelFileTest, MissingFileAndFolderAreNamed) {
  EXPECT_THROW((void)load_model(folder / "no.holdfast"), InputError);
  EXPECT_THROW((void)load_model(folder), InputError);
}

TEST_F(ModelFileTest, EveryTruncationIsRefused) {
  for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 16) {
    EXPECT_THAT(error_of(bytes.substr(0, size)), HasSubstr("m.holdfast: ")) << size;
  }
  EXPECT_NE(error_of(bytes.substr(0, bytes.size() - 1)), "no error");
}

TEST_F(ModelFileTest, BytesAfterTheEndAreRefused) {
  EXPECT_THAT(error_of(bytes + "abc"), HasSubstr("m.holdfast: has 3 bytes after its last tensor; give a model file"));
  EXPECT_THAT(error_of(bytes + bytes), HasSubstr("bytes after its last tensor"));
}

TEST_F(ModelFileTest, WhatIsNoModelIsRefused) {
  EXPECT_THAT(error_of("a,b,class\n1,2,x\n1,2,y\n1,2,z\n"), HasSubstr("is not a model file"));
  EXPECT_THAT(error_of(std::string(8, '\xff') + "{}"), HasSubstr("header reaches beyond its end"));
  Safetensors other;
  other.put("weights", RowVector::Ones(3).eval());
  other.save(file);
  EXPECT_THAT(error_of(read(file)), HasSubstr("is a safetensors file, but not a Holdfast model"));
}

TEST_F(ModelFileTest, ALaterVersionIsRefusedWithAdvice) {
  EXPECT_THAT(
      error_of(with_description([](nlohmann::json& about) { about["format_version"] = 3; })),
      HasSubstr("has format version 3, from a later Holdfast; this one reads up to version 2; update the program"));
}

TEST_F(ModelFileTest, DamagedDescriptionsAreRefused) {
  for (const char* key :
       {"format_version", "classes", "preprocess", "method", "input_dimension", "options", "columns", "seed"}) {
    EXPECT_THAT(error_of(with_description([&](nlohmann::json& about) { about.erase(key); })), HasSubstr("is damaged"))
        << key;
    EXPECT_THAT(error_of(with_description([&](nlohmann::json& about) { about[key] = nullptr; })),
                HasSubstr("is damaged"))
        << key;
  }
  EXPECT_THAT(error_of(with_description([](nlohmann::json& about) { about["input_dimension"] = 7; })),
              HasSubstr("damaged"));
  EXPECT_THAT(error_of(with_description([](nlohmann::json& about) { about["preprocess"][0]["kind"] = "x"; })),
              HasSubstr("the preprocessing step \"x\" is unknown"));
  EXPECT_THAT(error_of(with_description([](nlohmann::json& about) { about["classes"] = {"one"}; })),
              HasSubstr("a label is not one of its classes"));
  EXPECT_THAT(error_of(with_description([](nlohmann::json& about) { about["columns"] = {"one"}; })),
              HasSubstr("column names do not fit"));
}

TEST_F(ModelFileTest, DamagedTensorsAreRefused) {
  EXPECT_THAT(error_of(with_header([](nlohmann::json& header) { header.erase("L"); })), HasSubstr("\"L\" is missing"));
  EXPECT_THAT(error_of(with_header([](nlohmann::json& header) { header["L"]["dtype"] = "F16"; })),
              HasSubstr("unexpected type F16"));
  EXPECT_THAT(error_of(with_header([](nlohmann::json& header) {
                header["L"]["shape"] = {3, 4};
              })),
              HasSubstr("does not have the size that its shape says"));
  EXPECT_THAT(error_of(with_header([](nlohmann::json& header) { header["L"]["shape"] = {9}; })),
              HasSubstr("is not the 2-dimensional F64 tensor"));
  EXPECT_THAT(error_of(with_header([](nlohmann::json& header) {
                header["L"]["shape"] = {-1, 3};
              })),
              HasSubstr("no number"));
  EXPECT_THAT(error_of(with_header([](nlohmann::json& header) {
                header["L"]["data_offsets"] = {0, 1u << 30};
              })),
              HasSubstr("reaches beyond its end"));
  EXPECT_THAT(error_of(with_header([](nlohmann::json& header) {
                header["L"]["shape"] = {std::uint64_t{1} << 62, std::uint64_t{1} << 62};
              })),
              HasSubstr("does not have the size"));
}

TEST_F(ModelFileTest, ValuesThatAreNotFiniteAreRefused) {
  model.reference(1, 1) = std::numeric_limits<double>::quiet_NaN();
  save_model(file, model);
  EXPECT_THAT(error_of(read(file)), HasSubstr("\"reference\" has values that are not finite"));
}

TEST_F(ModelFileTest, AFailedWriteLeavesTheOldFile) {
  EXPECT_THROW(save_model(folder / "missing" / "m.holdfast", model), InputError);
  EXPECT_EQ(read(file), bytes);
}

TEST_F(ModelFileTest, AModelWithoutLabelsComesBack) {
  model::Model unlabelled = model;
  unlabelled.labels = {};
  save_model(file, unlabelled);
  EXPECT_TRUE(load_model(file) == unlabelled);
}

TEST_F(ModelFileTest, LabelsWithoutClassesAndClassesWithoutLabelsAreRefused) {
  EXPECT_THAT(error_of(with_description([](nlohmann::json& about) { about["classes"] = nlohmann::json::array(); })),
              HasSubstr("a label is not one of its classes"));
  model::Model unlabelled = model;
  unlabelled.labels = {};
  save_model(file, unlabelled);
  bytes = read(file);
  EXPECT_THAT(error_of(with_description([](nlohmann::json& about) { about["classes"] = {"one"}; })),
              HasSubstr("labels"));
}

/// Doubles what it is given; stands for a network.
class Doubling : public model::Embedding {
 public:
  [[nodiscard]] Index input_dimension() const override { return 4; }
  [[nodiscard]] Index output_dimension() const override { return 4; }
  [[nodiscard]] Matrix apply(const MatrixView& rows) const override { return 2.0 * rows; }
  [[nodiscard]] std::string input() const override { return "rows"; }
  [[nodiscard]] std::string summary() const override { return "doubling"; }
  [[nodiscard]] model::StoredEmbedding store() const override {
    using Type = model::StoredTensor::Type;
    const std::string bytes("\0\1\2\3\4\5\6\7\0\1\2\3\4\5\6\7", 16);
    return {"doubling",
            {{"a", {Type::f64, {2}, bytes}},
             {"b.c", {Type::f32, {2, 2}, bytes}},
             {"d", {Type::i64, {1, 2}, bytes}},
             {"e", {Type::i32, {4}, bytes}},
             {"f", {Type::u8, {16}, bytes}},
             {"g", {Type::f32, {}, bytes.substr(0, 4)}}}};
  }
};

TEST_F(ModelFileTest, AnEmbeddingComesBackWithItsTensorsOfEveryType) {
  model.embedding = std::make_shared<Doubling>();
  save_model(file, model);
  model::StoredEmbedding read_back;
  const model::Model loaded = load_model(file, [&](const model::StoredEmbedding& stored) {
    read_back = stored;
    return std::make_shared<Doubling>();
  });
  EXPECT_EQ(read_back, Doubling().store());
  EXPECT_TRUE(loaded == model);
  EXPECT_EQ(loaded.input_dimension(), 4);
  const Matrix rows = reference::clouds(5, 4, 2, 9).x;
  EXPECT_EQ(loaded.prepare_rows(rows), loaded.preprocessor.apply(2.0 * rows));
  EXPECT_FALSE(loaded.is_affine());
}

TEST_F(ModelFileTest, AnEmbeddingNeedsItsReader) {
  model.embedding = std::make_shared<Doubling>();
  save_model(file, model);
  EXPECT_THAT(error_of(read(file)), HasSubstr("has a network, and this program was built without the deep module"));
  const model::EmbeddingReader damaged = [](const model::StoredEmbedding&) -> std::shared_ptr<const model::Embedding> {
    throw std::invalid_argument("its network lacks a weight");
  };
  EXPECT_EQ(reference::message_of([&] { (void)load_model(file, damaged); }),
            file.string() + ": is damaged: its network lacks a weight; give a model file that holdfast fit wrote");
}

}  // namespace
}  // namespace holdfast::io
