#include "holdfast/deep/train.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "holdfast/core/error.hpp"
#include "holdfast/io/model_file.hpp"
#include "reference/deep/small_images.hpp"

namespace holdfast::deep {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TrainingOptions quick() {
  TrainingOptions options;
  options.network.dimension = 8;
  options.sampler.batch = 24;
  options.epochs = 2;
  return options;
}

std::map<std::string, std::string> facts_with(const TrainingOptions& options) {
  const ImageSet images = reference::bars(80, 3, 1);
  const model::Model model = model_of(train(images, options), "hybrid", images, options);
  return {model.facts.options.begin(), model.facts.options.end()};
}

TEST(NetworkModel, FactsHoldEveryOptionInEffect) {
  TrainingOptions options = quick();
  options.epochs = 1;
  options.loss.geometry = find_geometry("minkowski").with(3.0);
  options.loss.divergence = find_divergence("renyi").with(0.7);
  options.loss.form = MultiSimilarityLoss{.base = 0.4};
  options.adversary = ImageThreat{geometry::Norm::linf, 0.05, 2};
  options.device = "cpu";
  const std::map<std::string, std::string> expected = {{"trade-off", "0.5"},
                                                       {"geometry", "minkowski"},
                                                       {"minkowski-order", "3"},
                                                       {"divergence", "renyi"},
                                                       {"renyi-order", "0.7"},
                                                       {"distribution", "embedding"},
                                                       {"temperature", "0.1"},
                                                       {"form", "multi-similarity"},
                                                       {"sharpness", "2"},
                                                       {"base", "0.4"},
                                                       {"negative-sharpness", "50"},
                                                       {"cross-entropy", "0"},
                                                       {"backbone", "small-conv"},
                                                       {"dimension", "8"},
                                                       {"any-length", "no"},
                                                       {"batch", "24"},
                                                       {"classes-per-batch", "0"},
                                                       {"crop", "0"},
                                                       {"flip", "no"},
                                                       {"epochs", "1"},
                                                       {"optimizer", "adamw"},
                                                       {"learning-rate", "0.002"},
                                                       {"weight-decay", "0.0001"},
                                                       {"warm-up", "0.05"},
                                                       {"clip", "5"},
                                                       {"validation", "0.1"},
                                                       {"patience", "5"},
                                                       {"adversarial-training", "linf:0.05"},
                                                       {"attack-steps", "2"},
                                                       {"device", "cpu"},
                                                       {"kept-epoch", "1"}};
  EXPECT_EQ(facts_with(options), expected);
}

TEST(NetworkModel, FactsLeaveOutOptionsWithoutEffect) {
  TrainingOptions options = quick();
  options.epochs = 1;
  options.loss = training_options_of(*find_method("cross-entropy")).loss;
  const std::map<std::string, std::string> facts = facts_with(options);
  EXPECT_EQ(facts.at("cross-entropy"), "1");
  for (const char* name : {"trade-off", "geometry", "divergence", "temperature", "form", "margin", "attack-steps"}) {
    EXPECT_FALSE(facts.count(name)) << name;
  }
}

TEST(NetworkModel, ObjectiveAndConvergenceAreThoseOfTheKeptEpoch) {
  TrainingOptions options = quick();
  options.epochs = 20;
  options.patience = 2;
  options.validation = 0.3;
  const ImageSet images = reference::bars(240, 3, 1);
  const TrainedNetwork trained = train(images, options);
  ASSERT_LT(trained.report.best_epoch, static_cast<Index>(trained.report.epochs.size()));
  const model::TrainingFacts facts = model_of(trained, "hybrid", images, options).facts;
  EXPECT_EQ(facts.objective, trained.report.epochs[static_cast<std::size_t>(trained.report.best_epoch - 1)].loss);
  EXPECT_NE(facts.objective, trained.report.epochs.back().loss);
  EXPECT_TRUE(facts.converged);
  options.epochs = 1;
  EXPECT_FALSE(model_of(train(images, options), "hybrid", images, options).facts.converged);
  EXPECT_EQ(facts.method, "hybrid");
  EXPECT_EQ(facts.n, 240);
  EXPECT_EQ(facts.d, 144);
}

TEST(NetworkModel, TheModelComesBackFromItsFile) {
  const ImageSet images = reference::bars(120, 3, 1);
  const TrainingOptions options = quick();
  const model::Model model = model_of(train(images, options), "hybrid", images, options);
  const fs::path file = fs::temp_directory_path() / ("holdfast-network-model-" + std::to_string(::getpid()));
  io::save_model(file, model);
  EXPECT_THROW((void)io::load_model(file), InputError);  // without a reader for networks
  const model::Model back = io::load_model(file, read_network);
  EXPECT_TRUE(back == model);
  const Dataset test = reference::bars(50, 3, 2).as_rows();
  EXPECT_EQ(back.prepare(test), model.prepare(test));
  EXPECT_FALSE(back.is_affine());
  EXPECT_THAT(back.preparation(), HasSubstr("embedding of the network"));
  Dataset wrong = test;
  wrong.x.conservativeResize(Eigen::NoChange, 100);
  EXPECT_THROW((void)back.prepare(wrong), InputError);
  fs::remove(file);
}

}  // namespace
}  // namespace holdfast::deep
