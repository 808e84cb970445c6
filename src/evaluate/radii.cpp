#include "holdfast/evaluate/radii.hpp"

#include <fmt/format.h>

#include "holdfast/attack/attack.hpp"
#include "holdfast/certify/exact_nn.hpp"
#include "holdfast/certify/knn_bound.hpp"
#include "holdfast/certify/model_classifier.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/evaluate/evaluation.hpp"

namespace holdfast::evaluate {

std::string_view name(RadiusMethod method) {
  switch (method) {
    case RadiusMethod::fast:
      return "fast";
    case RadiusMethod::bound:
      return "bound";
    case RadiusMethod::exact:
      return "exact";
    case RadiusMethod::attack:
      return "attack";
  }
  return "";
}

RadiusMethod parse_radius_method(std::string_view text) {
  for (const RadiusMethod method :
       {RadiusMethod::fast, RadiusMethod::bound, RadiusMethod::exact, RadiusMethod::attack}) {
    if (name(method) == text) return method;
  }
  throw InputError(fmt::format("method \"{}\": must be fast, bound, exact or attack", text));
}

RowsUnderTest rows_under_test(const model::Model& model, const DatasetView& test, Index k, certify::Space space,
                              const Observer& observer, HeldTo held_to) {
  std::vector<int> codes;
  if (held_to == HeldTo::label) codes = model.codes_of(test);
  Matrix prepared = model.prepare(test);
  std::vector<int> predicted = Predictor(model).predict(prepared, k, observer);
  if (held_to == HeldTo::prediction) codes = predicted;
  certify::PerturbedClassifier classifier = certify::perturbed_classifier(model, space);
  Matrix queries = model.metric.transform(prepared);
  return {k,
          std::move(codes),
          std::move(predicted),
          space == certify::Space::raw ? Matrix(test.x) : std::move(prepared),
          std::move(queries),
          std::move(classifier)};
}

Radii radii(const RowsUnderTest& rows, const RadiusOptions& options) {
  using certify::Norm;
  const Threat& threat = options.threat;
  const auto measured = [&] {
    return threat.norm == Norm::ellipsoid ? rows.classifier.in_ellipsoid(threat.ellipsoid.value()) : rows.classifier;
  };
  const certify::PerturbedClassifier classifier = measured();
  Radii result{options.method, {}, {}};
  switch (options.method) {
    case RadiusMethod::fast:
    case RadiusMethod::bound: {
      // Enough for a majority, with as many again to choose from.
      const Index nearest = 8 + 2 * rows.k;
      result.certificates = certify::knn_lower_bounds(classifier, rows.queries, rows.codes, rows.predicted,
                                                      {.k = rows.k,
                                                       .norm = threat.norm,
                                                       .nearest = options.method == RadiusMethod::fast ? nearest : 0,
                                                       .observer = options.observer});
      break;
    }
    case RadiusMethod::exact:
      if (rows.k != 1) throw InputError(fmt::format("method exact: is for k 1, not {}; use bound or attack", rows.k));
      if (threat.norm == Norm::l1 || threat.norm == Norm::linf) {
        throw InputError(fmt::format("method exact: is for norm l2 or an ellipsoid, not {}; use bound or attack",
                                     certify::name(threat.norm)));
      }
      result.certificates = certify::exact_nn_radii(classifier, rows.queries, rows.rows, rows.codes, rows.predicted,
                                                    {.box = threat.box, .observer = options.observer});
      break;
    case RadiusMethod::attack:
      for (attack::Adversarial& found : attack::attack(classifier, rows.queries, rows.rows, rows.codes, rows.predicted,
                                                       {.k = rows.k,
                                                       .norm = threat.norm,
                                                       .box = threat.box,
                                                       .tries = options.tries,
                                                       .seed = options.seed,
                                                       .observer = options.observer})) {
        result.certificates.push_back(std::move(found.certificate));
        result.labels.push_back(found.label);
      }
      break;
  }
  return result;
}

std::optional<std::string> disorder(std::span<const Radii> radii) {
  for (std::size_t higher = 1; higher < radii.size(); ++higher) {
    const Radii& low = radii[higher - 1];
    const Radii& high = radii[higher];
    for (std::size_t row = 0; row < low.certificates.size(); ++row) {
      if (low.certificates[row].radius <= high.certificates[row].radius * (1.0 + 1e-9)) continue;
      return fmt::format("row {}: the radius by {} is {}, above that by {}, {}", row, name(low.method),
                         low.certificates[row].radius, name(high.method), high.certificates[row].radius);
    }
  }
  return std::nullopt;
}

}  // namespace holdfast::evaluate
