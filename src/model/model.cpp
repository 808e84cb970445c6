#include "holdfast/model/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "holdfast/core/error.hpp"
#include "holdfast/linalg/products.hpp"

namespace holdfast::model {
namespace {

[[noreturn]] void refuse(const DatasetView& data, const std::string& rule, const std::string& remedy) {
  throw InputError(Fault{.place = std::string(data.source), .rule = rule, .remedy = remedy});
}

/// The first texts of a list.
std::string first_of(const std::vector<std::string>& texts, std::size_t most) {
  std::string list;
  for (std::size_t i = 0; i < std::min(most, texts.size()); ++i) list += (i > 0 ? ", " : "") + texts[i];
  return texts.size() > most ? list + ", ..." : list;
}

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

Index Model::input_dimension() const {
  return embedding ? embedding->input_dimension() : preprocessor.input_dimension();
}

std::string Model::preparation() const {
  if (!embedding) return preprocessor.specification();
  const std::string after = preprocessor.specification();
  return after == "none" ? "embedding of the network" : fmt::format("embedding of the network, {}", after);
}

Matrix Model::prepare_rows(const MatrixView& rows) const {
  return embedding ? preprocessor.apply(embedding->apply(rows)) : preprocessor.apply(rows);
}

void Model::require_columns(const DatasetView& data) const {
  const Index wanted = input_dimension();
  if (data.dimension() != wanted && embedding) {
    refuse(data,
           fmt::format("has rows of {} values; the model's network takes {} ({} values)", data.dimension(),
                       embedding->input(), wanted),
           "give images of that size, as `image-size` makes them of a folder");
  }
  if (data.dimension() != wanted) {
    refuse(data, fmt::format("has {} feature columns; the model was trained on {}", data.dimension(), wanted),
           "give the same columns in the same order (`label` names the label column, `label=none` says that there is "
           "none)");
  }
  if (!columns.empty() && !data.columns.empty()) {
    for (std::size_t k = 0; k < columns.size(); ++k) {
      if (columns[k] != data.columns[k]) {
        refuse(data,
               fmt::format("feature column {} is \"{}\"; in the training data it was \"{}\"", k + 1, data.columns[k],
                           columns[k]),
               "give the same columns in the same order");
      }
    }
  }
}

Matrix Model::prepare(const DatasetView& data) const {
  require_columns(data);
  Matrix prepared = prepare_rows(data.x);
  if (!prepared.allFinite()) {
    require_finite(data);
    refuse(data, "values overflow in the model's preprocessing", "check the units of the columns");
  }
  return prepared;
}

Matrix Model::components() const { return linalg::product(metric.map(), preprocessor.folded().weight); }

RowVector Model::offset() const { return preprocessor.folded().offset * metric.map().transpose(); }

Matrix Model::transform(const DatasetView& data) const {
  if (!is_affine()) return metric.transform(prepare(data));
  require_columns(data);
  Matrix mapped = metric::Metric::from_map(components()).transform(data.x);
  if (!mapped.allFinite()) {
    require_finite(data);
    refuse(data, "values overflow in the model's map", "check the units of the columns");
  }
  return mapped;
}

void Model::require_classifier(std::string_view purpose) const {
  if (task == Task::regression) {
    throw InputError(
        Fault{.rule = fmt::format("the model predicts quantities and cannot {}: its labels are no classes", purpose),
              .remedy = "use predict or evaluate, or fit a method that learns classes"});
  }
  if (labels.size() > 0) return;
  throw InputError(Fault{
      .rule =
          fmt::format("the model has no labels and cannot {}: its metric was learned from pairs, triplets or chunks of "
                      "unlabelled rows",
                      purpose),
      .remedy = "use transform, or fit on rows with labels"});
}

bool Model::has_prototypes() const {
  return std::ranges::any_of(facts.options, [](const auto& option) { return option.first == "prototypes"; });
}

void Model::require_training_rows(std::string_view purpose) const {
  if (!has_prototypes()) return;
  throw InputError(
      Fault{.rule = fmt::format("the model keeps prototypes, not its training rows, and cannot {}", purpose),
            .remedy = "fit a method that keeps the training rows"});
}

Matrix Model::mapped_reference() const { return metric.transform(reference); }

std::vector<int> Model::codes_of(const DatasetView& data) const {
  require_classifier("compare labels");
  std::vector<int> codes = codes_with_unknown(data);
  const auto unknown = std::ranges::find_if(codes, [&](int code) { return code >= labels.classes(); });
  if (unknown == codes.end()) return codes;
  const Index row = unknown - codes.begin();
  refuse(data,
         fmt::format("row {} (counted from 0) has the label \"{}\", which the model does not know (it knows {})", row,
                     data.labels->text(row), first_of(labels.names, 12)),
         "check that the label column is the right one");
}

std::vector<int> Model::codes_with_unknown(const DatasetView& data) const {
  const Labels& given = require_labels(data, "be compared with predictions");
  std::vector<int> code_of_given;
  int next_unknown = static_cast<int>(labels.classes());
  for (const std::string& name : given.names) {
    const int known = find_label(labels.names, name);
    code_of_given.push_back(known >= 0 ? known : next_unknown++);
  }
  std::vector<int> codes;
  codes.reserve(given.codes.size());
  for (const int code : given.codes) codes.push_back(code_of_given[static_cast<std::size_t>(code)]);
  return codes;
}

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

Record describe(const Model& model) {
  const TrainingFacts& facts = model.facts;
  const bool numbers = model.task == Task::regression;
  const std::vector<Index> counts = numbers ? std::vector<Index>() : class_counts(model.labels);
  Record record = describe(facts);
  Record classes;
  std::string first_classes;
  constexpr std::size_t most_classes = 12;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    classes.add(model.labels.names[i], counts[i]);
    if (i > 0 && i <= most_classes) first_classes += ", ";
    if (i < most_classes) first_classes += fmt::format("{}: {}", model.labels.names[i], counts[i]);
    if (i == most_classes) first_classes += "...";
  }
  record.add("reference_rows", model.reference.rows());
  record.add("output_dimension", model.metric.output_dimension());
  record.add("input_dimension", model.metric.input_dimension());
  record.add("classes", classes);
  if (numbers) {
    const Vector targets = model.targets();
    record.add("target_mean", targets.mean()).add("target_min", targets.minCoeff());
    record.add("target_max", targets.maxCoeff());
  }
  record.add("columns", model.columns);
  record.add("preprocess", model.preprocessor.specification());
  record.add("network", model.embedding ? Value(model.embedding->summary()) : Value());
  record.add("affine", model.is_affine());

  record.say("method         {method}");
  record.say(fmt::format("trained on     {{n}} rows, {{d}} features, {} (checksum {{data_checksum}})",
                         numbers ? "numeric labels" : fmt::format("{} classes", counts.size())));
  if (model.embedding) record.say("network        {network}");
  record.say(fmt::format("preprocessing  {} ({})", model.preparation(),
                         model.is_affine() ? "affine: radii in preprocessed and in raw units"
                         : model.embedding ? "radii in units of the embedding only"
                                           : "not affine: radii in preprocessed units only"));
  record.say("metric         L is {output_dimension} x {input_dimension}");
  if (model.has_prototypes()) record.say("reference      {reference_rows} prototypes, learned from the training rows");
  if (facts.n_triplets > 0) {
    record.say("objective      {objective} after {iterations} iterations over {n_triplets} triplets");
  }
  record.say("ended          {reason}");
  for (const auto& [name, value] : facts.options) record.say(fmt::format("  {:<22} {}", name, value));
  record.say(numbers                  ? "labels         from {target_min} to {target_max}, mean {target_mean}"
             : model.has_prototypes() ? "prototypes     " + first_classes
                                      : "classes        " + first_classes);
  record.say("written by     holdfast {program_version}, seed {seed}");
  return record;
}

bool Model::operator==(const Model& other) const {
  const auto stored = [](const Model& model) { return model.embedding ? model.embedding->store() : StoredEmbedding{}; };
  return stored(*this) == stored(other) && preprocessor == other.preprocessor && metric == other.metric &&
         task == other.task && labels == other.labels && columns == other.columns && facts == other.facts &&
         schema == other.schema && reference.rows() == other.reference.rows() &&
         reference.cols() == other.reference.cols() && reference == other.reference;
}

}  // namespace holdfast::model
