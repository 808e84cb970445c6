// Images held back from training, to judge its epochs.
#pragma once

#include "holdfast/core/dataset.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/evaluate/split.hpp"

namespace holdfast::deep {

/// Holds back this share of each class, at most 5,000 images in all, as the test part. A class is not split if training
/// would keep fewer than two of its images or validation get a single one. Both parts are in the order of the images.
[[nodiscard]] evaluate::Split validation_split(const Labels& labels, double share, Random random);

}  // namespace holdfast::deep
