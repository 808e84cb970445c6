#include "holdfast/deep/background_loader.hpp"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <filesystem>

#include "holdfast/core/error.hpp"
#include "reference/deep/small_images.hpp"

namespace holdfast::deep {
namespace {

using torch::Tensor;

/// One image whose pixels tell their places.
ImageSet numbered() {
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 16; ++i) pixels.push_back(static_cast<std::uint8_t>(i + 1));
  return {{1, 4, 4}, pixels, std::nullopt, "numbered"};
}

TEST(BatchOf, ScalesBytesToOne) {
  const std::vector<Index> rows = {0, 0};
  const Tensor batch = batch_of(numbered(), rows);
  EXPECT_EQ(batch.sizes().vec(), (std::vector<std::int64_t>{2, 1, 4, 4}));
  EXPECT_FLOAT_EQ(batch[1][0][2][3].item<float>(), 12.0F / 255.0F);
}

TEST(BatchOf, ShiftsAndMirrors) {
  const std::vector<Index> rows(300, 0);
  const Tensor plain = batch_of(numbered(), std::vector<Index>{0})[0][0];
  const Tensor batch = batch_of(numbered(), rows, {.crop = 1, .flip = true}, 5, 2);
  // Every image of the batch is one of the 9 shifts, mirrored or not, and each of these occurs.
  std::vector<int> seen(18, 0);
  const Tensor padded = torch::constant_pad_nd(plain, {1, 1, 1, 1}, 0.0);
  for (std::int64_t i = 0; i < 300; ++i) {
    int matches = 0;
    for (std::int64_t kind = 0; kind < 18; ++kind) {
      Tensor expected = padded.narrow(0, kind % 3, 4).narrow(1, kind / 3 % 3, 4);
      if (kind >= 9)
        expected =
            torch::constant_pad_nd(plain.flip(1), {1, 1, 1, 1}, 0.0).narrow(0, kind % 3, 4).narrow(1, kind / 3 % 3, 4);
      if (!torch::equal(batch[i][0], expected)) continue;
      ++matches;
      ++seen[static_cast<std::size_t>(kind)];
    }
    EXPECT_EQ(matches, 1) << i;
  }
  for (const int count : seen) EXPECT_GT(count, 3);
  EXPECT_TRUE(torch::equal(batch, batch_of(numbered(), rows, {.crop = 1, .flip = true}, 5, 2)));
  EXPECT_FALSE(torch::equal(batch, batch_of(numbered(), rows, {.crop = 1, .flip = true}, 5, 3)));
}

TEST(BackgroundLoader, GivesTheBatchesInTheirOrder) {
  const ImageSet images = reference::bars(40, 4, 1);
  std::vector<std::vector<Index>> batches;
  for (Index i = 0; i < 37; ++i) batches.push_back({i, i + 1, i + 2});
  const Augmentation augmentation{.crop = 2, .flip = false};
  BackgroundLoader loader(images, batches, augmentation, 9, 100);
  for (std::size_t i = 0; i < batches.size(); ++i) {
    EXPECT_TRUE(torch::equal(loader.next(), batch_of(images, batches[i], augmentation, 9, 100 + i))) << i;
  }
}

TEST(BackgroundLoader, MayBeLeftEarlyAndHandsOnErrors) {
  const ImageSet images = reference::bars(40, 4, 1);
  { const BackgroundLoader loader(images, std::vector<std::vector<Index>>(50, {1, 2}), {}, 0, 0); }
  const ImageSet gone({1, 4, 4}, std::vector<std::filesystem::path>{"/nowhere/a.png"}, std::nullopt, "gone");
  BackgroundLoader loader(gone, {{0}, {0}}, {}, 0, 0);
  EXPECT_THROW((void)loader.next(), InputError);
}

}  // namespace
}  // namespace holdfast::deep
