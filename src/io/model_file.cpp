#include "holdfast/io/model_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "holdfast/core/error.hpp"
#include "holdfast/io/safetensors.hpp"
#include "holdfast/report/json.hpp"

namespace holdfast::io {
namespace {

using model::Model;
using preprocess::Preprocessor;
using preprocess::Step;

constexpr const char* metadata_key = "holdfast";
constexpr const char* embedding_key = "embedding";
constexpr const char* embedding_prefix = "embedding.";

std::string step_tensor(std::size_t step, const char* part) { return fmt::format("preprocess.{}.{}", step, part); }

constexpr const char* regression_name = "regression";

/// Classification, the task of most models and of all older files, is not written.
Record task_of(const Model& model) {
  return model.task == model::Task::regression ? Record().add("task", regression_name) : Record();
}

Record metadata_of(const Model& model) {
  Value::List steps;
  for (const Step& step : model.preprocessor.steps()) {
    const char* kind = step.kind == Step::Kind::scale ? "scale" : step.kind == Step::Kind::project ? "project" : "unit";
    steps.emplace_back(Record().add("name", step.name).add("kind", kind));
  }
  return Record()
      .add("format_version", model_format_version)
      .append(describe(model.facts))
      .add("classes", model.labels.names)
      .add("columns", model.columns)
      .add("table", model.schema.empty() ? Value() : Value(describe(model.schema)))
      .add("input_dimension", model.preprocessor.input_dimension())
      .add("preprocess", std::move(steps))
      .append(task_of(model));
}

Preprocessor read_preprocessor(const Record& about, const Safetensors& tensors) {
  std::vector<Step> steps;
  for (const Record& entry : about.get<std::vector<Record>>("preprocess")) {
    Step step{entry.get<std::string>("name"), Step::Kind::unit, {}, {}, {}};
    const auto kind = entry.get<std::string>("kind");
    const std::size_t at = steps.size();
    if (kind == "scale") {
      step.kind = Step::Kind::scale;
      step.shift = tensors.row(step_tensor(at, "shift"));
      step.scale = tensors.row(step_tensor(at, "scale"));
    } else if (kind == "project") {
      step.kind = Step::Kind::project;
      step.shift = tensors.row(step_tensor(at, "shift"));
      step.map = tensors.matrix(step_tensor(at, "map"));
    } else if (kind != "unit") {
      throw std::invalid_argument(fmt::format("the preprocessing step \"{}\" is unknown", kind));
    }
    steps.push_back(std::move(step));
  }
  return {about.get<Index>("input_dimension"), std::move(steps)};
}

void require_consistent(const Model& model) {
  const auto require = [](bool holds, const char* what) {
    if (!holds) throw std::invalid_argument(what);
  };
  require(model.reference.rows() > 0, "it has no reference rows");
  require(model.metric.input_dimension() == model.preprocessor.output_dimension(),
          "its metric does not fit its preprocessing");
  require(model.reference.cols() == model.metric.input_dimension(), "its reference rows do not fit its metric");
  require(model.labels.size() == model.reference.rows() || (model.labels.size() == 0 && model.labels.classes() == 0),
          "it has not one label for each reference row");
  require(std::all_of(model.labels.codes.begin(), model.labels.codes.end(),
                      [&](int code) { return code >= 0 && code < model.labels.classes(); }),
          "a label is not one of its classes");
  require(!model.embedding || model.embedding->output_dimension() == model.preprocessor.input_dimension(),
          "its network does not fit its preprocessing");
  require(model.columns.empty() || static_cast<Index>(model.columns.size()) == model.input_dimension(),
          "its column names do not fit its preprocessing");
  require(model.schema.empty() || model.schema.dimension() == model.input_dimension(),
          "the columns of its table do not fit its preprocessing");
}

Safetensors tensors_of(const Model& model) {
  Safetensors tensors;
  tensors.metadata[metadata_key] = report::to_json(metadata_of(model));
  tensors.put("L", model.metric.map());
  tensors.put("reference", model.reference);
  if (model.labels.size() > 0) tensors.put("labels", model.labels.codes);
  const std::vector<Step>& steps = model.preprocessor.steps();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].kind == Step::Kind::unit) continue;
    tensors.put(step_tensor(i, "shift"), steps[i].shift);
    if (steps[i].kind == Step::Kind::scale) tensors.put(step_tensor(i, "scale"), steps[i].scale);
    if (steps[i].kind == Step::Kind::project) tensors.put(step_tensor(i, "map"), steps[i].map);
  }
  if (model.embedding) {
    model::StoredEmbedding stored = model.embedding->store();
    tensors.metadata[embedding_key] = std::move(stored.description);
    for (auto& [name, tensor] : stored.tensors) tensors.put(embedding_prefix + name, std::move(tensor));
  }
  return tensors;
}

/// `source` stands for the model in messages.
Model model_of(const Safetensors& tensors, const std::string& source, const model::EmbeddingReader& read_embedding) {
  const auto refuse = [&](const std::string& what) {
    throw InputError(Fault{.place = source, .rule = what, .remedy = "give a model file that holdfast fit wrote"});
  };
  const auto text = tensors.metadata.find(metadata_key);
  if (text == tensors.metadata.end()) refuse("is a safetensors file, but not a Holdfast model");
  try {
    const Record about = report::from_json(text->second);
    const auto version = about.get<Index>("format_version");
    if (version > model_format_version) {
      throw InputError(
          Fault{.place = source,
                .rule = fmt::format("has format version {}, from a later Holdfast; this one reads up to version {}",
                                    version, model_format_version),
                .remedy = "update the program, or fit the model again"});
    }
    if (version < 1) throw std::invalid_argument("its format version is below 1");
    Labels labels{{}, about.get<std::vector<std::string>>("classes")};
    if (labels.classes() > 0 || tensors.contains("labels")) labels.codes = tensors.integers("labels");
    Model model{read_preprocessor(about, tensors),
                metric::Metric::from_map(tensors.matrix("L")),
                tensors.matrix("reference"),
                std::move(labels),
                about.get<std::vector<std::string>>("columns"),
                model::training_facts_of(about)};
    model.format_version = version;
    if (const Field* table = about.find("table"); table != nullptr && !table->value.is_nothing()) {
      model.schema = table::schema_of(about.get<Record>("table"));
    }
    if (about.find("task") != nullptr) {
      if (about.get<std::string>("task") != regression_name) throw std::invalid_argument("its task is unknown");
      model.task = model::Task::regression;
      static_cast<void>(model.targets());
    }
    if (const auto description = tensors.metadata.find(embedding_key); description != tensors.metadata.end()) {
      if (!read_embedding) {
        throw InputError(
            Fault{.place = source,
                  .rule = "has a network, and this program was built without the deep module, which reads networks",
                  .remedy = "build it with LibTorch and OpenCV, as README.md says"});
      }
      model.embedding = read_embedding({description->second, tensors.with_prefix(embedding_prefix)});
    }
    require_consistent(model);
    return model;
  } catch (const std::invalid_argument& error) {
    refuse(fmt::format("is damaged: {}", error.what()));
  }
  throw std::logic_error("unreachable");
}

}  // namespace

void save_model(const std::filesystem::path& file, const Model& model) { tensors_of(model).save(file); }

std::string model_bytes(const Model& model) {
  std::ostringstream out;
  tensors_of(model).write(out);
  return std::move(out).str();
}

Model load_model(const std::filesystem::path& file, const model::EmbeddingReader& read_embedding) {
  return model_of(Safetensors::load(file), file.string(), read_embedding);
}

Model model_from_bytes(std::string bytes, const model::EmbeddingReader& read_embedding) {
  const std::string source = "the model's bytes";
  const auto size = static_cast<std::uint64_t>(bytes.size());
  std::istringstream in(std::move(bytes));
  return model_of(Safetensors::read(in, size, source), source, read_embedding);
}

}  // namespace holdfast::io
