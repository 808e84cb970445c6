// A model as Python holds it.
#pragma once

#include <memory>
#include <mutex>

#include "holdfast/model/predictor.hpp"

namespace holdfast::python {

/// A model that never changes, with its reference rows mapped and indexed at the first prediction.
class ModelHolder {
 public:
  explicit ModelHolder(model::Model model) : model_(std::move(model)) {}

  [[nodiscard]] const model::Model& model() const { return model_; }
  [[nodiscard]] const model::Predictor& predictor() const {
    std::call_once(indexed_, [this] { predictor_ = std::make_unique<model::Predictor>(model_); });
    return *predictor_;
  }

 private:
  model::Model model_;
  mutable std::once_flag indexed_;
  mutable std::unique_ptr<const model::Predictor> predictor_;
};

/// Rows that come without names or labels. `source` stands for them in messages.
[[nodiscard]] inline DatasetView rows_view(const MatrixView& x) { return {x, nullptr, {}, "X"}; }

}  // namespace holdfast::python
