// From a labelled table to a model.
#pragma once

#include <cstdint>
#include <string>

#include "holdfast/learners/registry.hpp"
#include "holdfast/model/model.hpp"

namespace holdfast::learners {

struct TrainOptions {
  std::string method = "lmnn";
  std::string preprocess = "auto";  ///< preprocess::Preprocessor::fit
  MethodOptions options;
  std::uint64_t seed = 0;  ///< kept in the model; the methods of today draw no random numbers
};

struct Trained {
  model::Model model;
  FitReport report;
};

/// Fits preprocessing and metric on `data`, which become a model with the rows as its reference. Throws InputError for
/// data without labels, with one class, or unusable options; Stopped where the observer stops it before there is a
/// metric.
[[nodiscard]] Trained train(const Dataset& data, const TrainOptions& options, const Observer& observer = {});

}  // namespace holdfast::learners
