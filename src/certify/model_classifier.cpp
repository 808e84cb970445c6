#include "holdfast/certify/model_classifier.hpp"

#include <fmt/format.h>

#include "holdfast/core/error.hpp"
#include "holdfast/linalg/products.hpp"

namespace holdfast::certify {

PerturbedClassifier perturbed_classifier(const model::Model& model, Space space) {
  model.require_classifier("be certified");
  Matrix map = model.metric.map();
  if ((map.array() == 0.0).all()) {
    throw InputError(
        "the model's metric is zero: all rows are at distance 0, and no prediction rests on a distance; fit "
        "it again, with less regularization or another method");
  }
  if (space == Space::raw) {
    if (!model.is_affine()) {
      throw InputError(
          fmt::format("space raw: the model's preparation of rows ({}) is not affine, so that its radii hold "
                      "after it only; use --space preprocessed",
                      model.preparation()));
    }
    map = linalg::product(map, model.preprocessor.folded().weight);
  }
  return {model.mapped_reference(), model.labels.codes, std::move(map), space};
}

std::string_view space_name(const model::Model& model, Space space) {
  return space == Space::preprocessed && model.embedding ? "embedding" : name(space);
}

std::string units(const model::Model& model, Space space) {
  if (space == Space::raw) return "raw units";
  return fmt::format("{} units ({})", space_name(model, space), model.preparation());
}

}  // namespace holdfast::certify
