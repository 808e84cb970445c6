// What fit and tune tell of a model in JSON.
#pragma once

#include <nlohmann/json.hpp>

#include "common.hpp"

namespace holdfast::app {

[[nodiscard]] inline nlohmann::ordered_json fit_report(const model::Model& model, double seconds) {
  const model::TrainingFacts& facts = model.facts;
  return {{"method", facts.method},
          {"n", facts.n},
          {"d", facts.d},
          {"classes", model.labels.classes()},
          {"n_triplets", facts.n_triplets},
          {"objective", facts.objective},
          {"iterations", facts.iterations},
          {"converged", facts.converged},
          {"reason", facts.reason},
          {"seconds", seconds},
          {"options", options_of(facts)}};
}

}  // namespace holdfast::app
