// holdfast transform: rows mapped by L, for use elsewhere.
#include <fmt/format.h>

#include <memory>

#include "commands.hpp"
#include "holdfast/io/model_file.hpp"
#include "holdfast/io/npy.hpp"

namespace holdfast::app {
namespace {

struct TransformCommand {
  std::filesystem::path model;
  DataOptions data;
  std::filesystem::path out;
};

void run(const TransformCommand& command, const CommonOptions& common) {
  command.data.require_writable({command.out}, {command.model});
  const model::Model model = load_model(command.model);
  const Matrix mapped = model.transform(command.data.read_for(model, LabelUse::unused));
  io::write_npy(command.out, mapped);
  Record result;
  result.add("n", mapped.rows()).add("dimension", mapped.cols()).add("out", command.out.string());
  if (model.is_affine()) {
    const RowVector offset = model.offset();
    result.add("offset", std::vector<double>(offset.begin(), offset.end()));
  }
  result.say(
      fmt::format("{{n}} rows of {{dimension}} entries ({}; their Euclidean distance is the learned one) in {{out}}",
                  model.is_affine() ? "raw rows times (L W)^T, without the offset"
                  : model.embedding ? "embedded by the network, then mapped by L"
                                    : "preprocessed, then mapped by L"));
  print(result, common);
}

}  // namespace

void add_transform(CLI::App& program, const CommonOptions& common) {
  auto command = std::make_shared<TransformCommand>();
  CLI::App* sub = program.add_subcommand("transform", "rows mapped by L: their Euclidean distance is the learned one");
  sub->add_option("MODEL", command->model, "model file")->required();
  command->data.add_to(*sub, "--data", "--labels");
  sub->add_option("--out", command->out, "NumPy file to write (float64)")->required()->type_name("FILE.npy");
  sub->callback([=, &common] { run(*command, common); });
}

}  // namespace holdfast::app
