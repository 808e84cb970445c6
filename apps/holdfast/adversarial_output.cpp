#include "adversarial_output.hpp"

#include <fmt/format.h>

#include "csv.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/learners/aml.hpp"
#include "numbers.hpp"

namespace holdfast::app {

void AdversarialOutput::add_to(CLI::App& command) {
  command
      .add_option("--adversarial", file_,
                  "CSV file with a sample of the adversarial pairs made to fool the metric (aml): both points of each, "
                  "and the distances of the pair before and after")
      ->type_name("FILE.csv");
  add_whole_number(command, "--adversarial-pairs", count_,
                   "pairs in that file, half of them similar (of --pairs: the first ones)");
}

void AdversarialOutput::require_method(std::string_view method) const {
  if (file_.empty()) return;
  if (method != "aml") throw InputError(fmt::format("--adversarial: the method {} has no adversary; aml has", method));
  if (count_ < 2) throw InputError(fmt::format("--adversarial-pairs {}: must be at least 2", count_));
}

void AdversarialOutput::write(const model::Model& model, const learners::TrainOptions& options,
                              const Dataset& data) const {
  if (file_.empty()) return;
  constraints::PairSet pairs;
  if (const auto* given = std::get_if<constraints::PairSet>(&options.supervision)) {
    pairs = *given;
    const auto half = static_cast<std::size_t>(count_ / 2);
    pairs.similar.resize(std::min(pairs.similar.size(), half));
    pairs.dissimilar.resize(std::min(pairs.dissimilar.size(), half));
  } else {
    Random random(options.seed);
    pairs = constraints::sample_pairs(*data.labels, count_, random);
  }
  const double beta = learners::AmlOptions::table().apply(options.options).beta;
  const learners::AdversarialPairs made = learners::adversarial_pairs(model.metric, model.reference, pairs, beta);
  const bool raw = model.preprocessor.is_affine();
  const Matrix first = raw ? model.preprocessor.restore(made.first) : made.first;
  const Matrix second = raw ? model.preprocessor.restore(made.second) : made.second;

  CsvOutput csv(file_);
  const auto add_point = [&](Record& line, const char* end, const auto& point) {
    for (Index k = 0; k < point.size(); ++k) {
      const bool named = raw && !data.columns.empty();
      line.add(fmt::format("{}_{}", end, named ? data.columns[static_cast<std::size_t>(k)] : std::to_string(k)),
               point(k));
    }
  };
  const std::size_t similar = pairs.similar.size();
  for (Index i = 0; i < first.rows(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const linalg::RowPair& pair = at < similar ? pairs.similar[at] : pairs.dissimilar[at - similar];
    const auto& x = model.reference;
    Record line = Record()
                      .add("first", pair.first)
                      .add("second", pair.second)
                      .add("label", at < similar ? 1 : -1)
                      .add("distance", model.metric.distance(x.row(pair.first), x.row(pair.second)))
                      .add("adversarial_distance", model.metric.distance(made.first.row(i), made.second.row(i)));
    add_point(line, "first", first.row(i));
    add_point(line, "second", second.row(i));
    csv.row(line);
  }
  csv.commit();
}

}  // namespace holdfast::app
