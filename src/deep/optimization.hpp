// The optimizer of a training, its learning rate, and the precision of the forward pass.
#pragma once

#include <torch/optim.h>

#include <memory>
#include <vector>

#include "holdfast/deep/training_options.hpp"

namespace holdfast::deep {

/// AdamW, or SGD with momentum 0.9. Weight decay is for matrices and filters, not for biases and scales.
[[nodiscard]] std::unique_ptr<torch::optim::Optimizer> optimizer_of(const std::vector<torch::Tensor>& parameters,
                                                                    const TrainingOptions& options);

/// The learning rate: it rises over the first steps, then falls along half a cosine to 0.
[[nodiscard]] double rate_at(Index step, Index total, const TrainingOptions& options);

/// Mixed precision on CUDA during the lifetime of the object.
class HalfPrecision {
 public:
  explicit HalfPrecision(bool on);
  ~HalfPrecision();
  HalfPrecision(const HalfPrecision&) = delete;
  HalfPrecision& operator=(const HalfPrecision&) = delete;

 private:
  bool on_;
};

}  // namespace holdfast::deep
