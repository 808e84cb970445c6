// What fit and tune tell of a model in JSON.
#pragma once

#include "holdfast/model/model.hpp"

namespace holdfast::app {

[[nodiscard]] inline Record fit_report(const model::Model& model, double seconds) {
  return describe(model.facts).add("classes", model.labels.classes()).add("seconds", seconds);
}

}  // namespace holdfast::app
