// A trained model as the certificates see it.
#pragma once

#include "holdfast/certify/knn_bound.hpp"
#include "holdfast/model/model.hpp"

namespace holdfast::certify {

/// The model's k-NN classifier under perturbations of rows in `space`. Throws InputError for Space::raw where a step of
/// the preprocessing is not affine.
[[nodiscard]] PerturbedClassifier perturbed_classifier(const model::Model& model, Space space);

/// "raw", "preprocessed", or in place of the latter "embedding" where the model has a network.
[[nodiscard]] std::string_view space_name(const model::Model& model, Space space);
/// "raw units" or, with the steps, "preprocessed units (standardize)": what a radius in `space` is measured in.
[[nodiscard]] std::string units(const model::Model& model, Space space);

}  // namespace holdfast::certify
