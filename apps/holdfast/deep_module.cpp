// The program with the deep module.
#include "deep_module.hpp"

#include <fmt/format.h>

#include <chrono>

#include "fit_report.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/deep/methods.hpp"
#include "holdfast/io/model_file.hpp"
#include "numbers.hpp"
#include "progress.hpp"

namespace holdfast::app {
namespace {

constexpr const char* group =
    "Options of networks (hybrid, triplet, contrastive, nt-xent, soft-neighbour, "
    "multi-similarity, proxy-anchor, cross-entropy)";

void warn_of_skipped(const deep::ReadImages& images) {
  for (const std::string& skipped : images.skipped) warn(fmt::format("left out: {}", skipped));
}

}  // namespace

struct NetworkFit::Options {
  deep::TrainingOptions training;
  // Those whose default is the method's.
  std::optional<double> trade_off, loss_temperature, sharpness, negative_sharpness, cross_entropy;
  std::string geometry, divergence, distribution, form, mining, optimizer = "adamw", image_size, adversary;
  Index attack_steps = 5;
  Index channels = 0;
  bool any_length = false;
  bool single = false;
  std::vector<const CLI::Option*> all;
};

NetworkFit::NetworkFit() : options_(std::make_unique<Options>()) {}
NetworkFit::~NetworkFit() = default;

model::EmbeddingReader embedding_reader() {
  return deep::read_network;
}

std::vector<std::pair<std::string, std::string>> network_methods() {
  std::vector<std::pair<std::string, std::string>> list;
  for (const deep::Method& method : deep::methods()) list.emplace_back(method.name, method.summary);
  return list;
}

bool is_network_method(const std::string& method) {
  return deep::find_method(method) != nullptr;
}

std::optional<Dataset> read_images_for(const model::Model& model, const std::filesystem::path& path, ImageLabels labels,
                                       bool skip_bad) {
  const auto* embedding = dynamic_cast<const deep::NetworkEmbedding*>(model.embedding.get());
  if (embedding == nullptr || !deep::is_folder_or_manifest(path)) return std::nullopt;
  const deep::ImageShape& shape = embedding->network()->shape();
  deep::ImageReadOptions options;
  options.labels = labels != ImageLabels::none;
  options.labels_required = labels == ImageLabels::required;
  options.skip_bad = skip_bad;
  options.size = {shape.height, shape.width};
  options.channels = shape.channels;
  deep::ReadImages read = deep::read_images(path, options);
  warn_of_skipped(read);
  Dataset rows = read.images.as_rows();
  rows.row_names = std::move(read.names);
  return rows;
}

void NetworkFit::add_to(CLI::App& command) {
  Options& o = *options_;
  deep::TrainingOptions& t = o.training;
  const auto add = [&](CLI::Option* option, const char* type) {
    o.all.push_back(option->type_name(type)->group(group));
    return option;
  };
  const auto number = [&](const char* name, auto& place, const char* help) {
    add(command.add_option(name, place, help), "X")->check(real_number)->capture_default_str();
  };
  const auto count = [&](const char* name, Index& place, const char* help) {
    add(command.add_option(name, place, help), "N")->check(whole_number)->capture_default_str();
  };
  const auto word = [&](const char* name, auto& place, const char* help, const char* type = "NAME") {
    add(command.add_option(name, place, help), type);
  };
  const auto flag = [&](const char* name, bool& place, const char* help) {
    o.all.push_back(command.add_flag(name, place, help)->group(group));
  };
  number("--trade-off", o.trade_off, "hybrid: from 0 (divergence of distributions alone) to 1 (distance alone) [0.5]");
  word("--geometry", o.geometry, "euclidean, squared-euclidean, cosine, minkowski, mahalanobis (of a learned L)");
  number("--minkowski-order", t.loss.minkowski_order, "p of minkowski");
  word("--divergence", o.divergence,
       "hybrid: js, sqrt-js, kl, jeffreys, squared-hellinger, hellinger, bhattacharyya, renyi [js]");
  number("--renyi-order", t.loss.renyi_order, "of renyi");
  word("--distribution", o.distribution,
       "hybrid: softmax of the embedding / temperature, or of a linear head to the classes: embedding, head "
       "[embedding]");
  number("--temperature", t.loss.temperature, "of the distribution from the embedding");
  word("--form", o.form,
       "hybrid: triplet, contrastive, soft-neighbour, n-pair, multi-similarity, proxy-anchor [triplet]");
  word("--mining", o.mining, "of triplets: all, hard (farthest positive, nearest negative), semi-hard [all]");
  number("--loss-temperature", o.loss_temperature, "of soft-neighbour, n-pair and nt-xent [0.1]");
  number("--sharpness", o.sharpness, "alpha of multi-similarity [2] and proxy-anchor [32]");
  number("--negative-sharpness", o.negative_sharpness, "beta of multi-similarity [50]");
  number("--cross-entropy", o.cross_entropy, "weight of the cross-entropy of a linear head, added to the loss [0]");
  word("--backbone", t.network.backbone,
       "small-conv, resnet18, resnet18-small, or a TorchScript file (pretrained networks) [small-conv]", "NAME|FILE");
  count("--dimension", t.network.dimension, "entries of an embedding; 0: what the backbone gives");
  flag("--any-length", o.any_length, "embeddings of any length; without it they have unit length");
  count("--classes-per-batch", t.sampler.classes,
        "P of the P x K images of a batch; 0: all, with 4 images or more each");
  count("--crop", t.augmentation.crop, "training images are shifted by up to so many pixels");
  flag("--flip", t.augmentation.flip, "half of the training images are mirrored");
  count("--epochs", t.epochs, "times that training goes through the images");
  word("--optimizer", o.optimizer, "adamw or sgd (momentum 0.9) [adamw]");
  number("--learning-rate", t.learning_rate, "largest rate; 0: 0.002 for adamw, 0.1 for sgd");
  number("--weight-decay", t.weight_decay, "of matrices and kernels");
  number("--warm-up", t.warm_up, "share of the steps in which the rate rises; then it falls along a cosine");
  number("--clip", t.clip, "largest norm of a gradient; 0: no limit");
  number("--validation", t.validation, "share of the images held back to judge each epoch (at most 5,000); 0: none");
  count("--patience", t.patience, "epochs without a better Recall@1 of these after which training stops; 0: never");
  word("--adversarial-training", o.adversary,
       "train on anchors perturbed within linf:EPS or l2:EPS, pixels from 0 to 1", "NORM:EPS");
  count("--attack-steps", o.attack_steps, "gradients for each perturbation of adversarial training");
  word("--device", t.device, "cpu, cuda, or auto: cuda where there is one [auto]");
  flag("--single-precision", o.single, "on cuda: float32 throughout, in place of bfloat16 for what bears it");
  word("--checkpoint", t.checkpoint, "file written after every epoch", "FILE");
  flag("--resume", t.resume,
       "go on from the checkpoint where it exists; the result is that of a training never stopped");
  word("--image-size", o.image_size, "of folders and manifests: the size to which all images are brought", "HxW");
  count("--channels", o.channels, "of folders and manifests: 1 (grey) or 3 (colour); 0: what the images have");
}

void NetworkFit::warn_unless_used(const std::string& method) const {
  for (const CLI::Option* option : options_->all) {
    if (option->count() > 0) warn(fmt::format("{} has no effect with the method {}", option->get_name(), method));
  }
}

namespace {

/// Warns of options given that the loss does not use.
template <class Options>
void warn_of_unused(const std::string& method, const Options& o, const OptionSet& shared,
                    const deep::MetricLossOptions& loss) {
  using deep::Form;
  const auto unless = [&](bool used, bool given, const char* name) {
    if (given && !used) warn(fmt::format("--{} has no effect with the method {}", name, method));
  };
  const bool hybrid = method == "hybrid";
  const Form form = loss.form.form;
  const bool divergence = loss.metric && loss.trade_off < 1.0;
  unless(hybrid, o.trade_off.has_value(), "trade-off");
  unless(hybrid, !o.form.empty(), "form");
  unless(loss.metric && loss.trade_off > 0.0, !o.geometry.empty(), "geometry");
  unless(divergence, !o.divergence.empty(), "divergence");
  unless(divergence, !o.distribution.empty(), "distribution");
  unless(loss.metric && form == Form::triplet, !o.mining.empty(), "mining");
  unless(loss.metric && (form == Form::triplet || form == Form::contrastive || form == Form::proxy_anchor),
         shared.contains("margin"), "margin");
  unless(loss.metric && (form == Form::soft_neighbour || form == Form::n_pair), o.loss_temperature.has_value(),
         "loss-temperature");
  unless(loss.metric && (form == Form::multi_similarity || form == Form::proxy_anchor), o.sharpness.has_value(),
         "sharpness");
  unless(loss.metric && form == Form::multi_similarity, o.negative_sharpness.has_value(), "negative-sharpness");
  for (const auto& [name, value] : shared) unless(name == "margin" || name == "batch", true, name.c_str());
}

/// The loss of a method with the options given.
template <class Options>
deep::MetricLossOptions loss_of(const deep::Method& method, const Options& o, const OptionSet& shared) {
  deep::MetricLossOptions loss = method.loss;
  loss.minkowski_order = o.training.loss.minkowski_order;
  loss.renyi_order = o.training.loss.renyi_order;
  loss.temperature = o.training.loss.temperature;
  const bool hybrid = method.name == "hybrid";
  if (hybrid && o.trade_off) loss.trade_off = *o.trade_off;
  if (hybrid && !o.form.empty()) {
    loss.form.form = deep::parse_form(o.form);
    if (loss.form.form == deep::Form::proxy_anchor) loss.form = deep::find_method("proxy-anchor")->loss.form;
    if (loss.form.form == deep::Form::contrastive) loss.form = deep::find_method("contrastive")->loss.form;
  }
  if (!o.geometry.empty()) loss.geometry = deep::parse_geometry(o.geometry);
  if (!o.divergence.empty()) loss.divergence = deep::parse_divergence(o.divergence);
  if (!o.distribution.empty()) loss.distribution = deep::parse_distribution(o.distribution);
  if (!o.mining.empty()) loss.form.mining = deep::parse_mining(o.mining);
  if (o.loss_temperature) loss.form.temperature = *o.loss_temperature;
  if (o.sharpness) loss.form.alpha = *o.sharpness;
  if (o.negative_sharpness) loss.form.beta = *o.negative_sharpness;
  if (o.cross_entropy) loss.cross_entropy = *o.cross_entropy;
  if (const OptionValue* margin = shared.find("margin")) loss.form.margin = std::get<double>(*margin);
  return loss;
}

std::string line_of(const deep::EpochReport& epoch) {
  return fmt::format("epoch {:>3}  loss {:.4f}{}  {:.0f} images/s, {:.1f} s", epoch.epoch, epoch.loss,
                     epoch.recall ? fmt::format("  recall@1 {:.4f}", *epoch.recall) : std::string(),
                     epoch.images_a_second, epoch.seconds);
}

}  // namespace

void NetworkFit::run(const std::string& name, const DataOptions& data, const OptionSet& shared,
                     const std::filesystem::path& out, const CommonOptions& common) {
  Options& o = *options_;
  const deep::Method& method = *deep::find_method(name);
  deep::TrainingOptions& t = o.training;
  t.loss = loss_of(method, o, shared);
  warn_of_unused(name, o, shared, t.loss);
  t.optimizer = deep::parse_optimizer(o.optimizer);
  t.network.unit = !o.any_length;
  t.half = !o.single;
  t.seed = common.seed;
  if (const OptionValue* batch = shared.find("batch")) t.sampler.batch = std::get<Index>(*batch);
  if (!o.adversary.empty()) {
    t.adversary = deep::parse_threat(o.adversary);
    t.adversary->steps = o.attack_steps;
  }
  deep::validate(t);
  require_writable(out, {data.file(), data.labels_file(), t.checkpoint});
  if (!t.checkpoint.empty()) require_writable(t.checkpoint, {data.file(), data.labels_file()});

  deep::keep_freed_memory();
  const auto began = std::chrono::steady_clock::now();
  ProgressBar bar(common);
  deep::ImageReadOptions read;
  read.format = io::parse_format(data.format());
  read.labels_file = data.labels_file();
  read.channels = o.channels;
  if (!o.image_size.empty()) read.size = deep::parse_image_size(o.image_size);
  read.skip_bad = data.skip_bad();
  read.observer = bar.observer();
  const deep::ReadImages images = deep::read_images(data.file(), read);
  warn_of_skipped(images);
  const auto show = [&](const deep::EpochReport& epoch) { bar.log(line_of(epoch)); };
  deep::TrainedNetwork trained;
  try {
    trained = deep::train(images.images, t, bar.observer(), show);
  } catch (const Stopped&) {
    throw Interrupted{
        t.checkpoint.empty()
            ? std::string("interrupted; nothing was written (--checkpoint FILE would have kept the epochs done)")
            : fmt::format("interrupted; no model was written; go on with the same command and --resume "
                          "(whole epochs are in {})",
                          t.checkpoint.string())};
  } catch (const deep::TrainingFailed& failure) {
    throw Interrupted{fmt::format("{}; no model was written", failure.what())};
  }
  const model::Model model = deep::model_of(trained, name, images.images, t, bar.observer());
  bar.clear();
  io::save_model(out, model);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const deep::TrainingReport& report = trained.report;
  if (common.json) {
    Value::List epochs;
    for (const deep::EpochReport& epoch : report.epochs) {
      epochs.emplace_back(Record()
                              .add("epoch", epoch.epoch)
                              .add("loss", epoch.loss)
                              .add("recall_at_1", epoch.recall)
                              .add("images_per_second", epoch.images_a_second));
    }
    print_as_json(fit_report(model, seconds)
                      .add("epochs", std::move(epochs))
                      .add("kept_epoch", report.best_epoch)
                      .add("device", report.device));
    return;
  }
  fmt::print("{}: {} images of {}, {} classes\n", data.file().string(), images.images.size(),
             deep::text(images.images.shape()), model.labels.classes());
  fmt::print("network        {}\n", model.embedding->summary());
  fmt::print("training       {} steps on {}; {}\n", report.steps, report.device, report.reason);
  const deep::EpochReport& kept = report.epochs.at(static_cast<std::size_t>(report.best_epoch - 1));
  if (kept.recall)
    fmt::print("kept           epoch {}, recall@1 {:.4f} of the held-back images\n", kept.epoch, *kept.recall);
  fmt::print("model          {}  ({:.1f} s)\n", out.string(), seconds);
}

Record attack_images(const model::Model& model, const Dataset& data, const std::string& threat, Index steps, Index k,
                     std::uint64_t seed, const Observer& observer) {
  deep::ImageThreat parsed = deep::parse_threat(threat);
  parsed.steps = steps;
  const deep::AttackedAccuracy result =
      deep::attack_embeddings(model, data.x, model.codes_of(data), parsed, k, seed, observer);
  Record record;
  record.add("threat", deep::text(parsed)).add("images", result.images);
  record.add("nearest_accuracy", result.clean, {.label = "1-NN accuracy", .format = ".4f"});
  record.add("nearest_accuracy_attacked", result.attacked, {.label = "1-NN accuracy, attacked", .format = ".4f"});
  record.add("accuracy", result.clean_knn, {.label = "accuracy", .format = ".4f"});
  record.add("accuracy_attacked", result.attacked_knn, {.label = "accuracy, attacked", .format = ".4f"});
  return record
      .say("images perturbed within {threat}, pixels from 0 to 1, found by gradients (an upper bound of what holds):")
      .say("  accuracy, k = 1: {nearest_accuracy}, attacked {nearest_accuracy_attacked}")
      .say(fmt::format("  accuracy, k = {}: {{accuracy}}, attacked {{accuracy_attacked}}", k));
}

}  // namespace holdfast::app
