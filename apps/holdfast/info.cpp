// holdfast info: what a model file holds.
#include <fmt/format.h>

#include <memory>

#include "commands.hpp"
#include "holdfast/io/model_file.hpp"

namespace holdfast::app {
namespace {

void run(const std::filesystem::path& file, const CommonOptions& common) {
  const model::Model model = load_model(file);
  const model::TrainingFacts& facts = model.facts;
  const std::vector<Index> counts = class_counts(model.labels);
  if (common.json) {
    nlohmann::ordered_json classes = nlohmann::ordered_json::object();
    for (std::size_t i = 0; i < counts.size(); ++i) classes[model.labels.names[i]] = counts[i];
    print_json({{"method", facts.method},
                {"n", facts.n},
                {"d", facts.d},
                {"output_dimension", model.metric.output_dimension()},
                {"classes", classes},
                {"columns", model.columns},
                {"preprocess", model.preprocessor.specification()},
                {"network", model.embedding ? nlohmann::ordered_json(model.embedding->summary()) : nullptr},
                {"affine", model.is_affine()},
                {"options", options_of(facts)},
                {"n_triplets", facts.n_triplets},
                {"objective", facts.objective},
                {"iterations", facts.iterations},
                {"converged", facts.converged},
                {"reason", facts.reason},
                {"seed", facts.seed},
                {"data_checksum", facts.data_checksum},
                {"program_version", facts.program_version},
                {"format_version", io::model_format_version}});
    return;
  }
  fmt::print("{}\n", file.string());
  fmt::print("method         {}\n", facts.method);
  fmt::print("trained on     {} rows, {} features, {} classes (checksum {})\n", facts.n, facts.d,
             model.labels.classes(), facts.data_checksum);
  if (model.embedding) fmt::print("network        {}\n", model.embedding->summary());
  fmt::print("preprocessing  {} ({})\n", model.preparation(),
             model.is_affine() ? "affine: radii in preprocessed and in raw units"
             : model.embedding ? "radii in units of the embedding only"
                               : "not affine: radii in preprocessed units only");
  fmt::print("metric         L is {} x {}\n", model.metric.output_dimension(), model.metric.input_dimension());
  if (facts.n_triplets > 0) {
    fmt::print("objective      {:.10g} after {} iterations over {} triplets\n", facts.objective, facts.iterations,
               facts.n_triplets);
  }
  fmt::print("ended          {}\n", facts.reason);
  for (const auto& [name, value] : facts.options) fmt::print("  {:<22} {}\n", name, value);
  fmt::print("classes        ");
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (i == 12) {
      fmt::print(", ...");
      break;
    }
    fmt::print("{}{}: {}", i > 0 ? ", " : "", model.labels.names[i], counts[i]);
  }
  fmt::print("\nwritten by     holdfast {}, seed {}\n", facts.program_version, facts.seed);
}

}  // namespace

void add_info(CLI::App& program, const CommonOptions& common) {
  auto file = std::make_shared<std::filesystem::path>();
  CLI::App* sub = program.add_subcommand("info", "what a model file holds");
  sub->add_option("MODEL", *file, "model file")->required();
  sub->callback([=, &common] { run(*file, common); });
}

}  // namespace holdfast::app
