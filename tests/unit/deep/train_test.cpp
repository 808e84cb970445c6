#include "holdfast/deep/train.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/script.h>
#include <torch/torch.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "holdfast/core/error.hpp"
#include "holdfast/deep/image_attack.hpp"
#include "holdfast/evaluate/evaluation.hpp"
#include "reference/deep/small_images.hpp"

namespace holdfast::deep {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TrainingOptions quick() {
  TrainingOptions options;
  options.network.dimension = 8;
  options.sampler.batch = 24;
  options.epochs = 3;
  return options;
}

std::string error_of(const ImageSet& images, const TrainingOptions& options) {
  try {
    (void)train(images, options);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

fs::path temporary(const std::string& name) {
  return fs::temp_directory_path() / ("holdfast-train-" + std::to_string(::getpid()) + "-" + name);
}

TEST(Train, EveryMethodLearns) {
  const ImageSet images = reference::bars(360, 4, 1);
  const Dataset test = reference::bars(200, 4, 2).as_rows();
  for (const Method& method : methods) {
    TrainingOptions options = quick();
    options.loss = training_options_of(method).loss;
    const TrainedNetwork trained = train(images, options);
    const model::Model model = model_of(trained, method.name, images, options);
    const double accuracy = evaluate::evaluate(model, test, {.k = 1, .retrieval = false}).accuracy.value();
    EXPECT_GT(accuracy, 0.9) << method.name;
    EXPECT_EQ(trained.report.epochs.size(), 3U);
    EXPECT_LE(trained.report.epochs.back().loss, 1.2 * trained.report.epochs.front().loss + 0.2) << method.name;
  }
}

TEST(Train, ResumingGivesTheBitsOfABackboneWithDropout) {
  const ImageSet images = reference::bars(120, 4, 1);
  torch::jit::Module module("backbone");
  module.register_parameter("w", torch::randn({144, 5}, torch::requires_grad()), false);
  module.define("def forward(self, x):\n  return torch.matmul(torch.dropout(x.flatten(1), 0.5, True), self.w)\n");
  TrainingOptions options = quick();
  options.network.backbone = temporary("dropout.pt").string();
  module.save(options.network.backbone);
  options.epochs = 3;
  const model::StoredEmbedding whole = train(images, options).network->store();
  options.checkpoint = temporary("checkpoint");
  options.resume = true;
  fs::remove(options.checkpoint);
  int epochs = 0;
  EXPECT_THROW((void)train(
                   images, options, [&](const Progress&) { return epochs == 1 ? Action::stop : Action::proceed; },
                   [&](const EpochReport&) { ++epochs; }),
               Stopped);
  EXPECT_EQ(train(images, options).network->store(), whole);
  fs::remove(options.checkpoint);
  fs::remove(options.network.backbone);
}

TEST(Train, ResumingGivesTheBitsOfATrainingNeverStopped) {
  const ImageSet images = reference::bars(240, 4, 1);
  for (const Optimizer optimizer : {Optimizer::adamw, Optimizer::sgd}) {
    TrainingOptions options = quick();
    options.optimizer = optimizer;
    options.epochs = 4;
    options.augmentation = {.crop = 1, .flip = false};
    options.loss.geometry = find_geometry("mahalanobis");  // the loss has parameters as well
    options.loss.distribution = Distribution::head;
    const model::StoredEmbedding whole = train(images, options).network->store();
    EXPECT_EQ(train(images, options).network->store(), whole);
    options.checkpoint = temporary("checkpoint");
    options.resume = true;
    fs::remove(options.checkpoint);
    // Stopped in the first epoch, then in the third, then taken up again.
    for (const Index last : {3, 22}) {
      EXPECT_THROW((void)train(images, options,
                               [&](const Progress& progress) {
                                 return progress.stage == "train" && progress.step >= last ? Action::stop
                                                                                           : Action::proceed;
                               }),
                   Stopped);
    }
    int epochs = 0;
    const TrainedNetwork resumed = train(images, options, {}, [&](const EpochReport&) { ++epochs; });
    EXPECT_EQ(resumed.network->store(), whole);
    EXPECT_EQ(epochs, 2);
    EXPECT_EQ(resumed.report.epochs.size(), 4U);
    // Done: nothing is trained again.
    epochs = 0;
    EXPECT_EQ(train(images, options, {}, [&](const EpochReport&) { ++epochs; }).network->store(), whole);
    EXPECT_EQ(epochs, 0);
    options.learning_rate = 0.01;
    EXPECT_THAT(error_of(images, options), HasSubstr("learning-rate was"));
    EXPECT_THAT(error_of(images, options), HasSubstr("without `resume`"));
    options.learning_rate = 0.0;
    EXPECT_THAT(error_of(reference::bars(240, 4, 2), options), HasSubstr("other images or options (images was"));
    std::ofstream(options.checkpoint) << "rubbish";
    EXPECT_NE(error_of(images, options), "no error");
    fs::remove(options.checkpoint);
  }
}

TEST(Train, StopsEarlyAndKeepsTheBestEpoch) {
  TrainingOptions options = quick();
  options.epochs = 30;
  options.patience = 2;
  options.validation = 0.3;
  const TrainedNetwork trained = train(reference::bars(360, 3, 1), options);
  EXPECT_LT(trained.report.epochs.size(), 30U);
  EXPECT_THAT(trained.report.reason, HasSubstr("no better Recall@1 for 2 epochs"));
  EXPECT_TRUE(trained.report.converged);
  double best = 0.0;
  for (const EpochReport& epoch : trained.report.epochs) best = std::max(best, epoch.recall.value());
  EXPECT_EQ(trained.report.best().recall.value(), best);
}

TEST(Train, SaysWhenTrainingDivergesOrCollapses) {
  TrainingOptions options = quick();
  options.clip = 0.0;
  options.optimizer = Optimizer::sgd;
  options.network.unit = false;
  options.loss.trade_off = 1.0;
  options.learning_rate = 1e30;
  EXPECT_THAT(error_of(reference::bars(120, 3, 1), options),
              testing::AllOf(HasSubstr("training diverged at epoch 1, step"), HasSubstr("lower `learning-rate`")));
  // Images that are all the same can only have one embedding.
  const ImageSet same({1, 12, 12}, std::vector<std::uint8_t>(60 * 144, 7), reference::bars(60, 3, 1).labels(), "same");
  EXPECT_THAT(error_of(same, quick()), HasSubstr("training collapsed at epoch 1, step 1"));
}

TEST(Train, AdversarialTrainingHolds) {
  const ImageSet images = reference::bars(240, 3, 1);
  const Dataset test = reference::bars(90, 3, 2).as_rows();
  const ImageThreat threat{geometry::Norm::linf, 0.08, 8};
  const auto attacked = [&](const TrainingOptions& options) {
    const model::Model model = model_of(train(images, options), "hybrid", images, options);
    return attack_images(model, test.x, model.codes_of(test), threat, 3, 0);
  };
  TrainingOptions options = quick();
  options.epochs = 4;
  const AttackedAccuracy plain = attacked(options);
  EXPECT_GT(plain.nearest, 0.9);
  EXPECT_LT(plain.nearest_attacked, plain.nearest);
  options.adversary = threat;
  const AttackedAccuracy hardened = attacked(options);
  EXPECT_GT(hardened.nearest_attacked, plain.nearest_attacked);
  EXPECT_EQ(hardened.images, 90);
}

TEST(Train, RefusesWhatCannotBeTrained) {
  const ImageSet images = reference::bars(60, 3, 1);
  TrainingOptions options = quick();
  options.epochs = 0;
  EXPECT_THAT(error_of(images, options), HasSubstr("epochs 0: must be at least 1"));
  options = quick();
  options.sampler.batch = 5;
  options.sampler.classes = 3;
  EXPECT_THAT(error_of(images, options), HasSubstr("batch 5: is too small for 3 classes"));
  options = quick();
  options.augmentation.crop = 7;
  EXPECT_THAT(error_of(images, options), HasSubstr("crop 7: must be at most half of the image, 6"));
  options = quick();
  options.device = "tpu";
  EXPECT_THAT(error_of(images, options), HasSubstr("device \"tpu\": must be one of auto, cpu, cuda"));
  options = quick();
  options.resume = true;
  EXPECT_THAT(error_of(images, options), HasSubstr("give `checkpoint`"));
  options = quick();
  options.loss = training_options_of(*find_method("cross-entropy")).loss;
  options.adversary = ImageThreat{};
  EXPECT_THAT(error_of(images, options), HasSubstr("adversarial-training: perturbs the anchors"));
  const ImageSet unlabelled({1, 12, 12}, std::vector<std::uint8_t>(144), std::nullopt, "plain");
  EXPECT_THAT(error_of(unlabelled, quick()), HasSubstr("plain: has no labels"));
  EXPECT_THAT(error_of(reference::bars(20, 1, 1), quick()), HasSubstr("of one class"));
}

}  // namespace
}  // namespace holdfast::deep
