// The program with the deep module.
#include "deep_module.hpp"

#include <fmt/format.h>

#include "holdfast/core/error.hpp"
#include "holdfast/deep/image_attack.hpp"
#include "holdfast/deep/process_memory.hpp"
#include "holdfast/deep/train.hpp"
#include "holdfast/io/model_file.hpp"
#include "method_options.hpp"
#include "progress.hpp"

namespace holdfast::app {
namespace {

/// Reads images and warns of those left out.
deep::ReadImages read_and_warn(const std::filesystem::path& path, const deep::ImageReadOptions& options) {
  deep::ReadImages read = deep::read_images(path, options);
  for (const std::string& warning : read.warnings) warn(fmt::format("{}: {}", path.string(), warning));
  return read;
}

/// The options of a method that help lists: those that the method leaves free, and those of reading images.
std::vector<OptionInfo> options_of(const deep::Method& method) {
  std::vector<OptionInfo> infos;
  for (const OptionInfo& info : deep::training_options().options()) {
    if (!method.fixes(info.name)) infos.push_back(info);
  }
  const std::span<const OptionInfo> reading = deep::image_read_options().options();
  infos.insert(infos.end(), reading.begin(), reading.end());
  return infos;
}

void take_data_options(const DataOptions& data, deep::ImageReadOptions& options) {
  options.format = io::parse_format(data.format());
  options.labels = data.label() != "none";
  options.label_column = data.label();
  options.image_column = data.image_column();
  options.labels_file = data.labels_file();
  options.skip_bad = data.skip_bad();
}

/// Takes the options of reading images out of what is given.
deep::ImageReadOptions take_read_options(OptionSet& given, const DataOptions& data) {
  deep::ImageReadOptions options = deep::image_read_options().apply(given);
  for (const OptionInfo& info : deep::image_read_options().options()) given.erase(info.name);
  take_data_options(data, options);
  return options;
}

deep::TrainedNetwork train(const deep::ImageSet& images, const deep::TrainingOptions& options, ProgressBar& bar) {
  const auto show = [&](const deep::EpochReport& epoch) {
    std::string line = report::to_text(describe(epoch));
    line.pop_back();
    bar.log(line);
  };
  try {
    return deep::train(images, options, bar.observer(), show);
  } catch (const Stopped&) {
    throw Interrupted{options.checkpoint.empty()
                          ? std::string("interrupted; nothing was written (--checkpoint FILE would have kept the "
                                        "epochs done)")
                          : fmt::format("interrupted; no model was written; go on with the same command and --resume "
                                        "(whole epochs are in {})",
                                        options.checkpoint.string())};
  } catch (const deep::TrainingFailed& failure) {
    throw Interrupted{fmt::format("{}; no model was written", spell_options(failure.what(), spell_option))};
  }
}

void print_text(const deep::TrainingReport& report, const model::Model& model, const deep::ReadImages& images) {
  fmt::print("{}: {} images of {}, {} classes\n", images.images.source(), images.images.size(),
             deep::text(images.images.shape()), model.labels.classes());
  fmt::print("network        {}\n", model.embedding->summary());
  fmt::print("training       {} steps on {}; {}\n", report.steps, report.device, report.reason);
  if (const deep::EpochReport& kept = report.best(); kept.recall) {
    fmt::print("kept           epoch {}, recall@1 {:.4f} of the held-back images\n", kept.epoch, *kept.recall);
  }
}

}  // namespace

model::EmbeddingReader embedding_reader() { return deep::read_network; }

std::vector<std::pair<std::string, std::string>> network_methods() {
  std::vector<std::pair<std::string, std::string>> list;
  for (const deep::Method& method : deep::methods) list.emplace_back(method.name, method.summary);
  return list;
}

std::optional<Dataset> read_images_for(const model::Model& model, const DataOptions& data, ImageLabels labels) {
  const auto* embedding = dynamic_cast<const deep::NetworkEmbedding*>(model.embedding.get());
  if (embedding == nullptr || !deep::are_image_files(data.file(), data.image_column())) return std::nullopt;
  const deep::ImageShape& shape = embedding->network()->shape();
  deep::ImageReadOptions options;
  take_data_options(data, options);
  options.labels_required = labels == ImageLabels::required;
  options.size = {shape.height, shape.width};
  options.channels = shape.channels;
  deep::ReadImages read = read_and_warn(data.file(), options);
  Dataset rows = read.images.as_rows();
  rows.row_names = std::move(read.names);
  rows.notes = std::move(read.notes);
  return rows;
}

void add_network_options(CLI::App& command, OptionSet& given) {
  std::vector<MethodDescription> methods;
  std::string names;
  for (const deep::Method& method : deep::methods) {
    OptionSet defaults = deep::training_options().values(deep::training_options_of(method));
    for (const char* option : {"trade-off", "form"}) {
      if (method.fixes(option)) defaults.erase(option);
    }
    names += fmt::format("{}{}", names.empty() ? "" : ", ", method.name);
    methods.push_back({std::string(method.name), options_of(method), std::move(defaults)});
  }
  add_options(command, methods, fmt::format("Options of networks ({})", names), given);
}

void fit_network(const std::string& name, const DataOptions& data, const OptionSet& given,
                 const std::filesystem::path& out, const CommonOptions& common) {
  OptionSet own = given;
  deep::ImageReadOptions read_options = take_read_options(own, data);
  const deep::Method& method = *deep::find_method(name);
  deep::TrainingOptions options = deep::training_options_of(method, own);
  options.seed = common.seed;
  for (const std::string& option : deep::options_without_effect(method, own)) {
    warn(fmt::format("`{}` has no effect with the method {}", option, name));
  }
  deep::validate(options);
  data.require_writable({out}, {options.checkpoint});
  data.require_writable({options.checkpoint});

  deep::keep_freed_memory();
  ProgressBar bar(common);
  read_options.observer = bar.observer();
  const deep::ReadImages images = read_and_warn(data.file(), read_options);
  note_all(data.file(), images.notes);
  const deep::TrainedNetwork trained = train(images.images, options, bar);
  const model::Model model = deep::model_of(trained, name, images.images, options, bar.observer());
  bar.clear();
  io::save_model(out, model);
  const double seconds = bar.seconds();
  const deep::TrainingReport& report = trained.report;
  if (common.json) {
    return print_json(fit_report(model, seconds)
                          .add("epochs", describe_all(report.epochs))
                          .add("kept_epoch", report.best_epoch)
                          .add("device", report.device));
  }
  print_text(report, model, images);
  fmt::print("model          {}  ({:.1f} s)\n", out.string(), seconds);
}

Record attack_images(const model::Model& model, const Dataset& data, std::span<const Index> own_rows,
                     const std::string& threat, Index steps, Index k, std::uint64_t seed, const Observer& observer) {
  deep::ImageThreat parsed = deep::parse_threat(threat);
  parsed.steps = steps;
  return describe(deep::attack_images(model, data.x, model.codes_of(data), parsed, k, seed, observer, own_rows));
}

}  // namespace holdfast::app
