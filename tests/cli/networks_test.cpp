// Networks: training on images, and their models in every command. Where the program has no deep module, that it says
// so.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "holdfast/core/random.hpp"
#include "program.hpp"

namespace holdfast::cli {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr int side = 12;
constexpr int classes = 3;

/// An image of class c: a bright bar in its third of the rows, on noise.
std::string bar(int c, Random& random) {
  std::string pixels;
  for (int row = 0; row < side; ++row) {
    for (int column = 0; column < side; ++column) {
      pixels += static_cast<char>((row * classes / side == c ? 90 : 40) + random.below(100));
    }
  }
  return pixels;
}

class Networks : public InFolder {
 protected:
  void SetUp() override {
    if (!HOLDFAST_HAS_DEEP) GTEST_SKIP() << "the program is built without the deep module";
    write_images("train", 240, 1);
    write_images("test", 60, 2);
  }

  void write_images(const std::string& name, std::uint32_t count, std::uint64_t seed) const {
    Random random(seed);
    std::string pixels = idx_header({count, side, side});
    std::string labels = idx_header({count});
    for (std::uint32_t i = 0; i < count; ++i) {
      pixels += bar(static_cast<int>(i) % classes, random);
      labels += static_cast<char>(i % classes);
    }
    file(name + ".idx.gz", as_gzip(pixels));
    file(name + "-labels.idx.gz", as_gzip(labels));
  }

  /// A PGM (1 channel) or PPM (3) image.
  static std::string picture(int height, int width, int channels, int shade) {
    return fmt::format("P{}\n{} {}\n255\n", channels == 1 ? 5 : 6, width, height) +
           std::string(static_cast<std::size_t>(height * width * channels), static_cast<char>(shade));
  }
  /// Writes a file in a folder of images, one folder a class.
  void picture_file(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    file(name, content);
  }

  [[nodiscard]] Arguments fit(const std::string& method, const Arguments& more = {}) const {
    Arguments arguments = {"fit",   method,    "--train", path("train.idx.gz"), "--labels", path("train-labels.idx.gz"),
                           "--out", path("m"), "--quiet"};
    if (std::find(more.begin(), more.end(), "--batch") == more.end())
      arguments.insert(arguments.end(), {"--batch", "48"});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  [[nodiscard]] Arguments test_of(const Arguments& command) const {
    Arguments arguments = command;
    for (const std::string& more :
         {std::string("--test"), path("test.idx.gz"), std::string("--test-labels"), path("test-labels.idx.gz")})
      arguments.push_back(more);
    return arguments;
  }
};

json success(const Arguments& arguments) {
  Arguments with_json = arguments;
  with_json.emplace_back("--json");
  const Outcome outcome = run(with_json);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  return json_of(outcome.out);
}

TEST_F(Networks, OneModelServesEveryCommand) {
  const json fitted = success(fit("hybrid", {"--epochs", "4", "--trade-off", "0.3", "--divergence", "sqrt-js"}));
  EXPECT_EQ(fitted.at("epochs").size(), 4u);
  EXPECT_EQ(fitted.at("options").at("divergence"), "sqrt-js");
  EXPECT_EQ(fitted.at("options").at("warm-up"), "0.05");
  EXPECT_GT(fitted.at("epochs").back().at("recall_at_1"), 0.9);
  const Outcome info = run({"info", path("m")});
  EXPECT_THAT(info.out, AllOf(HasSubstr("small-conv"), HasSubstr("12 x 12 pixels"), HasSubstr("sqrt-js")));
  EXPECT_GT(success(test_of({"evaluate", path("m"), "-k", "3"})).at("accuracy"), 0.9);
  EXPECT_EQ(lines_of(run({"predict", path("m"), "--data", path("test.idx.gz")}).out).size(), 61u);
  const json certified = success(test_of({"certify", path("m")}));
  EXPECT_EQ(certified.at("space"), "embedding");
  EXPECT_EQ(run(test_of({"certify", path("m"), "--space", "raw"})).status, 2);
}

TEST_F(Networks, EmbeddingsGoOnToAMetricAndItsCertificate) {
  ASSERT_EQ(run(fit("triplet", {"--epochs", "4"})).status, 0);
  for (const std::string name : {"train", "test"}) {
    const Outcome outcome =
        run({"transform", path("m"), "--data", path(name + ".idx.gz"), "--out", path(name + ".npy")});
    EXPECT_THAT(outcome.out, HasSubstr("of 64 entries (embedded by the network, then mapped by L")) << outcome.err;
  }
  const std::string lmnn = fitted("hard", {"lmnn", "--train", path("train.npy"), "--labels",
                                           path("train-labels.idx.gz"), "--perturbation", "auto"});
  const json result =
      success({"certify", lmnn, "--test", path("test.npy"), "--test-labels", path("test-labels.idx.gz")});
  EXPECT_GT(result.at("accuracy"), 0.9);
}

TEST_F(Networks, AttacksOnImagesLowerTheAccuracy) {
  ASSERT_EQ(run(fit("contrastive", {"--epochs", "4"})).status, 0);
  const json weak = success(test_of({"evaluate", path("m"), "--attack", "linf:0.01"})).at("attack");
  const json strong =
      success(test_of({"evaluate", path("m"), "--attack", "linf:0.3", "--attack-steps", "10"})).at("attack");
  EXPECT_EQ(weak.at("images"), 60);
  EXPECT_LE(strong.at("nearest_accuracy_attacked"), weak.at("nearest_accuracy_attacked"));
  EXPECT_LT(strong.at("nearest_accuracy_attacked"), 0.7);
  EXPECT_GT(strong.at("nearest_accuracy"), 0.9);
  const Arguments lmnn = {
      "lmnn", "--train", path("train.idx.gz"), "--labels", path("train-labels.idx.gz"), "--max-iterations", "3"};
  const Outcome refused = run(test_of({"evaluate", fitted("table", lmnn), "--attack", "linf:0.1"}));
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("the model has no network"));
}

TEST_F(Networks, AKilledTrainingGoesOnToTheSameModelBitForBit) {
  const Arguments options = {"--epochs", "16", "--patience", "0", "--batch", "12", "--crop", "1"};
  Arguments whole = fit("hybrid", options);
  whole[7] = path("whole");
  ASSERT_EQ(run(whole).status, 0);
  Arguments resumed = fit("hybrid", options);
  for (const char* more : {"--resume", "--checkpoint"}) resumed.emplace_back(more);
  resumed.push_back(path("checkpoint"));
  int kills = 0;
  for (const int milliseconds : {0, 130, 310}) {  // after its first checkpoint, at whatever it is doing
    const auto before = std::filesystem::exists(path("checkpoint"))
                            ? std::filesystem::last_write_time(path("checkpoint"))
                            : std::filesystem::file_time_type::min();
    Child child(resumed);
    const auto limit = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!child.ended() && std::chrono::steady_clock::now() < limit &&
           (!std::filesystem::exists(path("checkpoint")) ||
            std::filesystem::last_write_time(path("checkpoint")) == before)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    child.signal(SIGKILL);
    kills += child.wait().status == 128 + SIGKILL;
  }
  EXPECT_EQ(kills, 3);
  EXPECT_FALSE(std::filesystem::exists(path("m")));
  ASSERT_EQ(run(resumed).status, 0);
  EXPECT_EQ(read_file(path("m")), read_file(path("whole")));
  // Other options do not go on from this checkpoint.
  Arguments other = resumed;
  other.insert(other.end(), {"--learning-rate", "0.01"});
  const Outcome refused = run(other);
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("checkpoint"));
}

TEST_F(Networks, FoldersAndManifests) {
  Random random(4);
  std::string manifest = "file,label\n";
  for (int i = 0; i < 30; ++i) {
    const std::string name = fmt::format("{}/{}.pgm", i % 2 == 0 ? "cats" : "dogs", i);
    picture_file("pets/" + name, picture(14, 12, 1, 60 + 100 * (i % 2) + static_cast<int>(random.below(20))));
    manifest += fmt::format("{},{}\n", name, i % 2 == 0 ? "cat" : "dog");
  }
  picture_file("pets/list.csv", manifest);
  const Arguments size = {"--image-size", "8x10", "--epochs", "2", "--validation", "0"};
  const auto fit_on = [&](const std::string& images, const Arguments& more) {
    Arguments arguments = {"fit", "triplet", "--train", path(images), "--out", path("m"), "--batch", "8", "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  };
  ASSERT_EQ(run(fit_on("pets", size)).status, 0);
  EXPECT_THAT(run({"info", path("m")}).out, HasSubstr("8 x 10 pixels"));
  const Outcome folder = run({"predict", path("m"), "--data", path("pets"), "-k", "1"});
  EXPECT_THAT(folder.out, HasSubstr("29,dogs,dogs/9.pgm\n")) << folder.err;
  // Images without classes, alone in their folder.
  std::filesystem::copy(path("pets/dogs"), path("new"));
  EXPECT_THAT(run({"predict", path("m"), "--data", path("new"), "-k", "1"}).out,
              testing::StartsWith("row,predicted,file\n0,dogs,1.pgm\n1,dogs,11.pgm\n"));
  EXPECT_EQ(run({"evaluate", path("m"), "--test", path("new")}).status, 2);
  EXPECT_EQ(run({"predict", path("m"), "--data", path("new/1.pgm"), "-k", "1"}).out,
            "row,predicted,file\n0,dogs,1.pgm\n");
  EXPECT_THAT(refusal({"evaluate", path("m"), "--test", path("new/1.pgm")}), HasSubstr("is one image without a label"));
  EXPECT_THAT(refusal({"evaluate", path("m"), "--test", path("pets"), "--attack", "linf:8"}),
              HasSubstr("did you mean linf:0.0314 (8/255)?"));
  ASSERT_EQ(run(fit_on("pets/list.csv", size)).status, 0);
  EXPECT_EQ(success({"evaluate", path("m"), "--test", path("pets/list.csv"), "-k", "1"}).at("accuracy"), 1.0);

  // What is wrong with a folder is said with the file's name.
  picture_file("pets/dogs/31.jpg", std::string("\xff\xd8\xff\xe0 no more than a beginning", 28));
  EXPECT_THAT(refusal(fit_on("pets", size)), AllOf(HasSubstr("31.jpg"), HasSubstr("--skip-bad")));
  Arguments skipping = size;
  skipping.emplace_back("--skip-bad");
  const Outcome skipped = run(fit_on("pets", skipping));
  EXPECT_EQ(skipped.status, 0);
  EXPECT_THAT(skipped.err,
              AllOf(HasSubstr("warning: "), HasSubstr("1 file passed over (is damaged"), HasSubstr("31.jpg")));
  const Outcome predicted = run({"predict", path("m"), "--data", path("pets"), "--skip-bad"});
  EXPECT_EQ(lines_of(predicted.out).size(), 31u) << predicted.err;
  std::filesystem::remove(path("pets/dogs/31.jpg"));
  std::filesystem::remove(path("m"));
  picture_file("pets/dogs/32.ppm", picture(14, 12, 3, 90));
  EXPECT_THAT(refusal(fit_on("pets", size)), AllOf(HasSubstr("32.ppm"), HasSubstr("channel"), HasSubstr("--channels")));
  std::filesystem::remove(path("pets/dogs/32.ppm"));
  picture_file("pets/loose.pgm", picture(14, 12, 1, 90));
  EXPECT_THAT(refusal(fit_on("pets", size)), AllOf(HasSubstr("loose.pgm"), HasSubstr("has no class")));
  std::filesystem::remove(path("pets/loose.pgm"));
  picture_file("pets/dogs/33.pgm", picture(15, 12, 1, 90));
  EXPECT_THAT(refusal(fit_on("pets", {"--epochs", "1"})),
              AllOf(HasSubstr("33.pgm"), HasSubstr("15 x 12"), HasSubstr("--image-size")));
}

TEST_F(Networks, RefusesImagesThatTeachNothing) {
  const auto labels = [&](auto label_of) {
    std::string bytes = idx_header({240});
    for (int i = 0; i < 240; ++i) bytes += static_cast<char>(label_of(i));
    Arguments arguments = fit("hybrid");
    arguments[5] = file("labels.idx", bytes);
    return refusal(arguments);
  };
  EXPECT_THAT(labels([](int) { return 7; }), HasSubstr("of one class"));
  EXPECT_THAT(labels([](int i) { return i; }), HasSubstr("no class has two training images"));
  Arguments few = fit("hybrid");
  few[5] = path("test-labels.idx.gz");
  EXPECT_THAT(refusal(few), HasSubstr("holds 60 labels for the 240 rows"));
  EXPECT_THAT(refusal({"fit", "hybrid", "--train", path("train.idx.gz"), "--out", path("m")}),
              HasSubstr("has no labels"));
  EXPECT_THAT(refusal({"fit", "hybrid", "--train", shipped("iris.csv.gz"), "--out", path("m")}),
              HasSubstr("holds no images"));
}

TEST_F(Networks, RefusesOptionsThatCannotWork) {
  const auto refused = [&](const Arguments& more) { return refusal(fit("hybrid", more)); };
  EXPECT_THAT(refused({"--batch", "5", "--classes-per-batch", "3"}),
              HasSubstr("--batch 5: is too small for 3 classes with 2 images each"));
  EXPECT_THAT(refused({"--classes-per-batch", "4"}), HasSubstr("there are only 3 classes"));
  EXPECT_THAT(refused({"--trade-off", "1.5"}), HasSubstr("--trade-off 1.5: must be between 0"));
  EXPECT_THAT(refused({"--geometry", "city"}), HasSubstr("--geometry \"city\": must be one of euclidean, "));
  EXPECT_THAT(refused({"--divergence", "js2"}), HasSubstr("--divergence \"js2\": must be one of "));
  EXPECT_THAT(refused({"--backbone", "resnet18"}), HasSubstr("at least 32 x 32 pixels"));
  EXPECT_THAT(refused({"--backbone", path("no.pt")}), HasSubstr("neither a backbone nor a TorchScript file"));
  EXPECT_THAT(refused({"--backbone", path("train.idx.gz")}), HasSubstr("is not a TorchScript file"));
  EXPECT_THAT(refused({"--epochs", "0"}), HasSubstr("--epochs"));
  EXPECT_THAT(refused({"--resume"}), HasSubstr("--checkpoint"));
  EXPECT_THAT(refused({"--device", "tpu"}), HasSubstr("--device"));
  EXPECT_THAT(refused({"--adversarial-training", "l7:3"}), HasSubstr("l7"));
  EXPECT_THAT(refused({"--sample-pairs", "100"}), HasSubstr("learns from the classes of images"));
  EXPECT_THAT(refusal({"tune", "hybrid", "--train", path("train.idx.gz"), "--out", path("m")}),
              HasSubstr("is for methods on tables"));
  EXPECT_THAT(refusal({"fit", "hybird", "--train", path("train.idx.gz"), "--out", path("m")}),
              AllOf(HasSubstr("lmnn"), HasSubstr("hybrid")));
}

TEST_F(Networks, RefusesImagesThatTheNetworkDoesNotTake) {
  ASSERT_EQ(run(fit("cross-entropy", {"--epochs", "1"})).status, 0);
  const std::string small = file("small.idx", idx_header({2, 10, 10}) + std::string(200, 'x'));
  EXPECT_THAT(refusal({"predict", path("m"), "--data", small}), HasSubstr("images of 12 x 12 pixels, 1 channel"));
  const std::string cut = file("data_batch_1.bin", std::string(3073 * 2 - 5, '\1'));
  EXPECT_THAT(refusal({"fit", "triplet", "--train", cut, "--format", "cifar", "--out", path("m2")}),
              HasSubstr("data_batch_1.bin"));
}

TEST_F(Networks, SaysWhatAdviceThereIsWhenTrainingDiverges) {
  const Outcome outcome = run(fit("hybrid", {"--learning-rate", "1e6"}));
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, AllOf(testing::ContainsRegex("training (diverged|collapsed)"),
                                 HasSubstr("lower --learning-rate"), HasSubstr("no model was written")));
  EXPECT_FALSE(std::filesystem::exists(path("m")));
}

TEST_F(Networks, OptionsWithoutEffectAreSaid) {
  const Outcome network =
      run(fit("triplet", {"--epochs", "1", "--trade-off", "0.5", "--mu", "0.2", "--preprocess", "unit", "--keep-best",
                          "--renyi-order", "0.7", "--loss-temperature", "0.2"}));
  EXPECT_EQ(network.status, 0);
  for (const char* option :
       {"--trade-off", "--mu", "--preprocess", "--keep-best", "--renyi-order", "--loss-temperature"}) {
    EXPECT_THAT(network.err, HasSubstr(fmt::format("warning: {} has no effect", option)));
  }
  const Outcome table =
      run({"fit", "euclidean", "--train", shipped("iris.csv.gz"), "--out", path("m"), "--epochs", "3"});
  EXPECT_THAT(table.err, HasSubstr("--epochs has no effect with the method euclidean"));
}

TEST_F(Networks, EveryEpochIsReportedOnATerminal) {
  Arguments loud = fit("triplet", {"--epochs", "2"});
  loud.erase(std::find(loud.begin(), loud.end(), "--quiet"));
  const std::string shown = run_on_terminal(loud).out;
  EXPECT_THAT(shown, AllOf(HasSubstr("epoch   1  loss "), HasSubstr("epoch   2"), HasSubstr("recall@1"),
                           HasSubstr("images/s")));
  EXPECT_EQ(run(loud).err, "");  // in a pipe
  EXPECT_THAT(run_on_terminal(fit("triplet", {"--epochs", "1"})).out, Not(HasSubstr("epoch   1")));
}

TEST(NetworksAbsent, TheProgramSaysHowToGetThem) {
  if (HOLDFAST_HAS_DEEP) GTEST_SKIP() << "the program is built with the deep module";
  const Outcome outcome = run({"fit", "hybrid", "--train", shipped("digits.csv.gz"), "--out", "m"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("without the deep module"), HasSubstr("scripts/setup --deep")));
}

}  // namespace
}  // namespace holdfast::cli
