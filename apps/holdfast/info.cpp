// holdfast info: what a model file holds.
#include <fmt/format.h>

#include <memory>

#include "commands.hpp"

namespace holdfast::app {
namespace {

void run(const std::filesystem::path& file, const CommonOptions& common) {
  const model::Model model = load_model(file);
  const Record about = describe(model).add("format_version", model.format_version);
  if (!common.json) fmt::print("{}\n", file.string());
  print(about, common);
}

}  // namespace

void add_info(CLI::App& program, const CommonOptions& common) {
  auto file = std::make_shared<std::filesystem::path>();
  CLI::App* sub = program.add_subcommand("info", "what a model file holds");
  sub->add_option("MODEL", *file, "model file")->required();
  sub->callback([=, &common] { run(*file, common); });
}

}  // namespace holdfast::app
