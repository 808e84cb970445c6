#include "holdfast/model/training_facts.hpp"

#include <type_traits>

namespace holdfast::model {
namespace {

/// Calls use(name, field, style) for every field of const or mutable facts.
template <class Facts, class Use>
void for_each_field(Facts& facts, const Use& use) {
  use("program_version", facts.program_version, {});
  use("method", facts.method, {});
  use("options", facts.options, {});
  use("n", facts.n, {});
  use("d", facts.d, {});
  use("n_triplets", facts.n_triplets, {});
  use("objective", facts.objective, {.format = ".10g"});
  use("iterations", facts.iterations, {});
  use("converged", facts.converged, {});
  use("reason", facts.reason, {});
  use("seed", facts.seed, {});
  use("data_checksum", facts.data_checksum, {});
}

}  // namespace

Record describe(const TrainingFacts& facts) {
  Record record;
  for_each_field(facts,
                 [&](const char* name, const auto& value, const Style& style) { record.add(name, value, style); });
  return record;
}

TrainingFacts training_facts_of(const Record& record) {
  TrainingFacts facts;
  for_each_field(facts, [&](const char* name, auto& value, const Style&) {
    value = record.get<std::remove_reference_t<decltype(value)>>(name);
  });
  return facts;
}

}  // namespace holdfast::model
