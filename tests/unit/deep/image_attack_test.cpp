#include "holdfast/deep/image_attack.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "holdfast/core/error.hpp"
#include "holdfast/deep/train.hpp"
#include "holdfast/learners/train.hpp"
#include "reference/deep/small_images.hpp"
#include "reference/labelled_data.hpp"

namespace holdfast::deep {
namespace {

TEST(ImageAttack, NeedsANetwork) {
  const Dataset data = reference::clouds(30, 3, 2, 1);
  const model::Model model = learners::train(data, {.method = "euclidean", .preprocess = "none"}).model;
  EXPECT_THROW((void)attack_images(model, data.x, data.labels->codes, {}, 1, 0), InputError);
}

TEST(ImageAttack, LowersTheAccuracyAndIsDescribed) {
  const ImageSet images = reference::bars(120, 3, 1);
  TrainingOptions options;
  options.network.dimension = 8;
  options.sampler.batch = 24;
  options.epochs = 3;
  const model::Model model = model_of(train(images, options), "hybrid", images, options);
  const Dataset test = reference::bars(150, 3, 2).as_rows();  // more than one batch
  const ImageThreat threat{geometry::Norm::linf, 0.3, 6};
  const AttackedAccuracy attacked = attack_images(model, test.x, model.codes_of(test), threat, 3, 0);
  EXPECT_EQ(attacked.images, 150);
  EXPECT_EQ(attacked.k, 3);
  EXPECT_GT(attacked.nearest, 0.9);
  EXPECT_GT(attacked.knn, 0.9);
  EXPECT_LT(attacked.nearest_attacked, attacked.nearest);
  EXPECT_LT(attacked.knn_attacked, attacked.knn);
  const Record record = describe(attacked);
  EXPECT_EQ(record.get<std::string>("threat"), "linf:0.3 (6 steps)");
  EXPECT_EQ(record.get<double>("nearest_accuracy_attacked"), attacked.nearest_attacked);
  const auto stop = [](const Progress&) { return Action::stop; };
  EXPECT_THROW((void)attack_images(model, test.x, model.codes_of(test), threat, 3, 0, stop), Stopped);
}

}  // namespace
}  // namespace holdfast::deep
