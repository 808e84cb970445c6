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
  command
      .add_option("--adversarial-pairs", count_,
                  "pairs in that file, half of them similar (of --pairs: the first ones)")
      ->capture_default_str()
      ->type_name("N")
      ->check(whole_number);
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
  std::vector<std::string> header = {"first", "second", "label", "distance", "adversarial_distance"};
  for (const char* end : {"first", "second"}) {
    for (Index k = 0; k < first.cols(); ++k) {
      const bool named = raw && !data.columns.empty();
      header.push_back(
          fmt::format("{}_{}", end, named ? data.columns[static_cast<std::size_t>(k)] : std::to_string(k)));
    }
  }
  csv.row(header);
  const auto similar = static_cast<Index>(pairs.similar.size());
  for (Index i = 0; i < first.rows(); ++i) {
    const linalg::RowPair& pair = i < similar ? pairs.similar[static_cast<std::size_t>(i)]
                                              : pairs.dissimilar[static_cast<std::size_t>(i - similar)];
    std::vector<std::string> cells = {
        fmt::format("{}", pair.first), fmt::format("{}", pair.second), i < similar ? "1" : "-1",
        fmt::format("{}", model.metric.distance(model.reference.row(pair.first), model.reference.row(pair.second))),
        fmt::format("{}", model.metric.distance(made.first.row(i), made.second.row(i)))};
    for (const Matrix* end : {&first, &second}) {
      for (Index k = 0; k < end->cols(); ++k) cells.push_back(fmt::format("{}", (*end)(i, k)));
    }
    csv.row(cells);
  }
  csv.commit();
}

void AdversarialOutput::print_summary() const {
  if (!file_.empty())
    fmt::print("adversarial    {}: pairs that the adversary made of rows (counted from 0)\n", file_.string());
}

}  // namespace holdfast::app
