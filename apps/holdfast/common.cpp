#include "common.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <csignal>
#include <iostream>
#include <system_error>

#include "deep_module.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/io/atomic_file.hpp"
#include "holdfast/io/dataset_file.hpp"
#include "holdfast/io/model_file.hpp"
#include "holdfast/report/json.hpp"

namespace holdfast::app {
namespace {

std::atomic<bool> interrupt_seen{false};
const CLI::App* all_options = nullptr;

bool is_positional(const CLI::App& command, std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
  const CLI::Option* option = command.get_option_no_throw(name);
  return option != nullptr && option->get_positional();
}

}  // namespace

void DataOptions::add_to(CLI::App& command, const std::string& file_option, const std::string& labels_option) {
  command
      .add_option(file_option, file_, "data file: csv, tsv, libsvm, npy, npz, idx, cifar or cifar100, each also as .gz")
      ->required()
      ->type_name("FILE");
  command
      .add_option("--format", format_,
                  "its format: csv, tsv, libsvm, npy, npz, idx, cifar, cifar100; auto: by extension")
      ->capture_default_str()
      ->type_name("NAME");
  command.add_option("--label", label_, "label column by name; default: the last column; none: there are no labels")
      ->type_name("NAME");
  command
      .add_option(labels_option, labels_file_, "labels in a file of their own (idx, npy, or text with one per line)")
      ->type_name("FILE");
  if (!network_methods().empty()) {
    command.add_flag("--skip-bad", skip_bad_,
                     "of folders and manifests of images: leave out files that cannot be decoded");
  }
}

Dataset DataOptions::read_as(const std::string& label, Index dimension) const {
  return io::read_dataset(
      file_,
      {.format = io::parse_format(format_), .label = label, .labels_file = labels_file_, .dimension = dimension});
}

Dataset DataOptions::read() const { return read_as(label_, 0); }

Dataset DataOptions::read_for(const model::Model& model, bool labels_needed) const {
  const Index wanted = model.input_dimension();
  const ImageLabels labels = label_ == "none" ? ImageLabels::none
                             : labels_needed  ? ImageLabels::required
                                              : ImageLabels::optional;
  if (std::optional<Dataset> images = read_images_for(model, file_, labels, skip_bad_)) return std::move(*images);
  const io::Format format = io::parse_format(format_);
  const std::string extension = file_.stem().extension().string() + file_.extension().string();
  const bool sparse =
      format == io::Format::libsvm || (format == io::Format::automatic && (extension.find("svm") != std::string::npos));
  Dataset data = read_as(label_, sparse ? wanted : 0);
  if (!labels_needed && label_.empty() && labels_file_.empty() && data.dimension() == wanted - 1) {
    return read_as("none", sparse ? wanted : 0);
  }
  return data;
}

void DataOptions::require_writable(const std::vector<std::filesystem::path>& outputs,
                                   std::vector<std::filesystem::path> inputs) const {
  inputs.insert(inputs.end(), {file_, labels_file_});
  for (const std::filesystem::path& out : outputs) {
    if (out.empty()) continue;
    for (const std::filesystem::path& input : inputs) {
      std::error_code status;
      if (!std::filesystem::equivalent(out, input, status) || status) continue;
      throw InputError(fmt::format("{}: is an input of this command and would be overwritten; give another output file",
                                   out.string()));
    }
    const io::AtomicFile probe(out);  // makes and removes a file beside the target
  }
}

model::Model load_model(const std::filesystem::path& file) { return io::load_model(file, embedding_reader()); }

void use_options_of(const CLI::App& program) { all_options = &program; }

std::string spell_option(std::string_view name, std::string_view value) {
  if (all_options == nullptr) return {};
  for (const CLI::App* command : all_options->get_subcommands()) {
    if (is_positional(*command, std::string(name))) return {};
  }
  for (const char* dashes : {"--", "-"}) {
    const std::string spelled = dashes + std::string(name);
    const auto has_it = [&](const CLI::App* command) { return command->get_option_no_throw(spelled) != nullptr; };
    if (std::ranges::none_of(all_options->get_subcommands({}), has_it)) continue;
    return value.empty() ? spelled : spelled + " " + std::string(value);
  }
  return {};
}

void warn(const std::string& message) {
  std::cerr << "holdfast: warning: " << spell_options(message, spell_option) << "\n";
}

void print_json(const Record& record) { std::cout << report::to_json(record, 2) << "\n"; }

void print(const Record& record, const CommonOptions& common) {
  if (common.json) return print_json(record);
  fmt::print("{}", report::to_text(record));
}

Record fit_report(const model::Model& model, double seconds) {
  return describe(model.facts).add("classes", model.labels.classes()).add("seconds", seconds);
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupt_seen.store(true); };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return interrupt_seen.load(); }

}  // namespace holdfast::app
