#include "holdfast/deep/train.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <sstream>

#include "deep/checkpoint.hpp"
#include "deep/optimization.hpp"
#include "deep/tensors.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/evaluate/retrieval.hpp"
#include "holdfast/evaluate/split.hpp"

namespace holdfast::deep {
namespace {

using torch::Tensor;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point began) { return std::chrono::duration<double>(Clock::now() - began).count(); }

/// Purposes of random numbers: no random choice of a training depends on another.
enum class Purpose : std::uint64_t { batches = 2, augmentation = 3, adversary = 4, layers = 5 };

std::uint64_t seed_of(std::uint64_t seed, Purpose purpose) {
  return seed * 1'000'003 + static_cast<std::uint64_t>(purpose);
}

std::vector<int> codes_of(const Labels& labels, const std::vector<Index>& images) {
  std::vector<int> codes;
  for (const Index image : images) codes.push_back(labels.code(image));
  return codes;
}

/// Holds back this share of each class, at most 5,000 images in all, as the test part. A class is not split if training
/// would keep fewer than two of its images or validation get a single one. Both parts are in the order of the images.
evaluate::Split validation_split(const Labels& labels, double share, Random random) {
  constexpr Index most = 5'000;
  share = std::min(share, static_cast<double>(most) / static_cast<double>(labels.size()));
  std::vector<Index> wanted;  // by class
  for (const Index count : class_counts(labels)) {
    const auto held = static_cast<Index>(share * static_cast<double>(count) + 0.5);
    wanted.push_back(held >= 2 && count - held >= 2 ? held : 0);
  }
  std::vector<bool> is_held(static_cast<std::size_t>(labels.size()), false);
  for (const Index image : random.permutation(labels.size())) {
    Index& left = wanted[static_cast<std::size_t>(labels.code(image))];
    if (left == 0) continue;
    --left;
    is_held[static_cast<std::size_t>(image)] = true;
  }
  evaluate::Split split;
  for (Index image = 0; image < labels.size(); ++image) {
    (is_held[static_cast<std::size_t>(image)] ? split.test : split.train).push_back(image);
  }
  return split;
}

torch::Device device_of(const std::string& name) {
  if (name == "cpu") return torch::kCPU;
  const bool has_cuda = torch::cuda::is_available();
  if (name == "auto") return has_cuda ? torch::kCUDA : torch::kCPU;
  if (has_cuda) return torch::kCUDA;
  throw InputError(Fault{
      .field = "device", .value = name, .rule = "this LibTorch finds no CUDA device", .remedy = "set `device=cpu`"});
}

/// One training: the objects that its steps share.
class Training {
 public:
  Training(const ImageSet& images, const TrainingOptions& options, const Observer& observer)
      : images_(images),
        device_(device_of(options.device)),
        options_(resolved(options)),
        observer_(observer),
        labels_(*images.labels()),
        split_(validation_split(labels_, options.validation, Random(options.seed, 1))),
        sampler_(codes_of(labels_, split_.train), options.sampler) {
    options_.device = device_.str();
    torch::set_num_threads(thread_count());
    torch::manual_seed(options.seed);
    network_ = std::make_shared<Network>(options_.network, images.shape());
    network_->set_statistics(channel_statistics(images));
    loss_ = std::make_shared<MetricLoss>(options_.loss, network_->dimension(), labels_.classes());
    network_->to(device_);
    loss_->to(device_);
    std::vector<Tensor> parameters = network_->parameters();
    for (const Tensor& parameter : loss_->parameters()) parameters.push_back(parameter);
    optimizer_ = optimizer_of(parameters, options_);
    for (const auto& group : optimizer_->param_groups()) {
      parameters_.insert(parameters_.end(), group.params().begin(), group.params().end());
    }
    state_.report.device = device_.str();
  }

  TrainedNetwork run(const std::function<void(const EpochReport&)>& on_epoch) {
    const bool keeps = !options_.checkpoint.empty();
    const Fingerprint fingerprint = keeps ? fingerprint_of(images_, options_) : Fingerprint();
    if (keeps && options_.resume && std::filesystem::exists(options_.checkpoint)) resume(fingerprint);
    while (!is_finished()) {
      const EpochReport epoch = run_epoch(static_cast<Index>(state_.report.epochs.size()));
      state_.report.epochs.push_back(epoch);
      update_best(epoch);
      if (keeps) save_checkpoint(options_.checkpoint, fingerprint, current_state());
      if (on_epoch) on_epoch(epoch);
    }
    if (!state_.best.empty()) restore_state(*network_, state_.best);
    network_->to(torch::kCPU);
    network_->eval();
    return {network_, state_.report};
  }

 private:
  bool is_finished() {
    TrainingReport& report = state_.report;
    const auto done = static_cast<Index>(report.epochs.size());
    if (options_.patience > 0 && report.best_epoch > 0 && done - report.best_epoch >= options_.patience) {
      report.reason = fmt::format("no better Recall@1 for {} epochs", options_.patience);
      report.converged = true;
      return true;
    }
    if (done < options_.epochs) return false;
    report.reason = fmt::format("all {} epochs done", options_.epochs);
    return true;
  }

  void resume(const Fingerprint& fingerprint) {
    state_ = load_checkpoint(options_.checkpoint, fingerprint);
    state_.report.device = options_.device;
    std::istringstream optimizer(state_.optimizer);
    try {
      restore_state(*network_, state_.network);
      restore_state(*loss_, state_.loss);
      torch::load(*optimizer_, optimizer);
    } catch (const std::exception&) {  // c10::Error of a damaged optimizer's state
      throw InputError(Fault{.place = options_.checkpoint.string(),
                             .rule = "is a damaged checkpoint",
                             .remedy = "start anew without `resume`"});
    }
  }

  const TrainingState& current_state() {
    state_.network = copy_of_state(*network_);
    state_.loss = copy_of_state(*loss_);
    std::ostringstream stream;
    torch::save(*optimizer_, stream);
    state_.optimizer = std::move(stream).str();
    return state_;
  }

  EpochReport run_epoch(Index epoch) {
    const Clock::time_point began = Clock::now();
    std::vector<std::vector<Index>> batches = sampler_.epoch(seed_of(options_.seed, Purpose::batches), epoch);
    Index seen = 0;
    for (std::vector<Index>& batch : batches) {
      for (Index& image : batch) image = split_.train[static_cast<std::size_t>(image)];
      seen += static_cast<Index>(batch.size());
    }
    BackgroundLoader loader(images_, std::move(batches), options_.augmentation,
                            seed_of(options_.seed, Purpose::augmentation),
                            static_cast<std::uint64_t>(state_.report.steps));
    // One seed per epoch for layers that draw at random, such as dropout in a TorchScript backbone: a resumed training
    // draws the numbers of an uninterrupted one.
    torch::manual_seed(seed_of(options_.seed, Purpose::layers) + static_cast<std::uint64_t>(epoch));
    network_->train();
    double sum = 0.0;
    for (const std::vector<Index>& batch : loader.batches()) {
      const Tensor classes = torch::tensor(codes_of(labels_, batch), torch::kInt64);
      const double loss = step(loader.next().to(device_), classes.to(device_), epoch);
      sum += loss;
      if (asks_to_stop(observer_, {"train", state_.report.steps, total_steps(), loss})) throw Stopped{};
    }
    EpochReport report{.epoch = epoch + 1, .loss = sum / static_cast<double>(loader.batches().size())};
    report.images_per_second = static_cast<double>(seen) / seconds_since(began);
    if (!split_.test.empty()) report.recall = validation_recall();
    report.seconds = seconds_since(began);
    return report;
  }

  Index total_steps() const { return options_.epochs * sampler_.batches_per_epoch(); }

  double step(const Tensor& pixels, const Tensor& classes, Index epoch) {
    for (auto& group : optimizer_->param_groups()) {
      group.options().set_lr(rate_at(state_.report.steps, total_steps(), options_));
    }
    const Tensor perturbed = options_.adversary ? perturbed_anchors(pixels, classes) : Tensor();
    optimizer_->zero_grad();
    Tensor loss;
    Tensor embeddings;
    {
      const HalfPrecision half(options_.half && device_.is_cuda());
      embeddings = network_->forward(pixels).to(torch::kFloat32);
      const Tensor anchors = options_.adversary ? network_->forward(perturbed).to(torch::kFloat32) : embeddings;
      loss = loss_->forward(anchors, embeddings, classes);
    }
    loss.backward();
    if (options_.clip > 0.0) torch::nn::utils::clip_grad_norm_(parameters_, options_.clip);
    optimizer_->step();
    const double value = loss.item<double>();
    require_healthy(value, embeddings, epoch);
    ++state_.report.steps;
    return value;
  }

  /// Perturbed anchors whose loss among the clean images is large.
  Tensor perturbed_anchors(const Tensor& pixels, const Tensor& classes) {
    network_->eval();  // the statistics of batch norm are those of clean images
    Tensor clean;
    {
      const torch::NoGradGuard no_gradient;
      clean = network_->forward(pixels);
    }
    const Tensor perturbed =
        ascend(pixels, *options_.adversary,
               seed_of(options_.seed, Purpose::adversary) + static_cast<std::uint64_t>(state_.report.steps),
               [&](const Tensor& x, Index) { return loss_->forward(network_->forward(x), clean, classes); });
    network_->train();
    return perturbed;
  }

  void require_healthy(double loss, const Tensor& embeddings, Index epoch) {
    const auto place = [&] { return fmt::format("epoch {}, step {}", epoch + 1, state_.report.steps + 1); };
    if (!std::isfinite(loss)) {
      throw TrainingFailed(
          fmt::format("training diverged at {}: the loss is {}; try a lower `learning-rate` (it was {}), a smaller "
                      "`clip`, or a longer `warm-up`",
                      place(), loss, options_.learning_rate));
    }
    if (state_.report.steps % 20 != 0 && state_.report.steps > 5) return;
    const torch::NoGradGuard no_gradient;
    const double spread = embeddings.var(0, false).sum().item<double>();
    const double size = embeddings.square().sum(1).mean().item<double>();
    constexpr double collapsed = 1e-6;  // of the variance of embeddings that differ
    if (spread > collapsed * size) return;
    throw TrainingFailed(
        fmt::format("training collapsed at {}: all embeddings are one point (their variance is {:.1e} of their mean "
                    "squared length); try a lower `learning-rate`, `mining=all` instead of `mining=hard`, a larger "
                    "`margin`, or some `cross-entropy`",
                    place(), size > 0.0 ? spread / size : 0.0));
  }

  /// Nothing if no two of the held-back images are of one class.
  std::optional<double> validation_recall() {
    const Matrix embeddings = matrix_of(embed(*network_, images_, split_.test, device_));
    if (!embeddings.allFinite()) {
      throw TrainingFailed(
          "training diverged: embeddings of the held-back images are not finite; try a lower `learning-rate`");
    }
    return evaluate::retrieval(embeddings, codes_of(labels_, split_.test)).recall_at_1;
  }

  void update_best(const EpochReport& epoch) {
    if (!epoch.recall) {
      state_.report.best_epoch = epoch.epoch;  // the last
      return;
    }
    if (*epoch.recall <= state_.best_recall) return;
    state_.best_recall = *epoch.recall;
    state_.report.best_epoch = epoch.epoch;
    state_.best = copy_of_state(*network_);
  }

  const ImageSet& images_;
  torch::Device device_;
  TrainingOptions options_;
  const Observer& observer_;
  const Labels& labels_;
  evaluate::Split split_;
  BalancedSampler sampler_;
  std::shared_ptr<Network> network_;
  std::shared_ptr<MetricLoss> loss_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  std::vector<Tensor> parameters_;
  TrainingState state_;
};

}  // namespace

Record describe(const EpochReport& epoch) {
  Record record;
  record.add("epoch", epoch.epoch).add("loss", epoch.loss);
  record.add("recall_at_1", epoch.recall).add("images_per_second", epoch.images_per_second);
  std::string recall = epoch.recall ? fmt::format("  recall@1 {:.4f}", *epoch.recall) : std::string();
  return record.say(fmt::format("epoch {:>3}  loss {:.4f}{}  {:.0f} images/s, {:.1f} s", epoch.epoch, epoch.loss,
                                recall, epoch.images_per_second, epoch.seconds));
}

TrainedNetwork train(const ImageSet& images, const TrainingOptions& options, const Observer& observer,
                     const std::function<void(const EpochReport&)>& on_epoch) {
  validate(options);
  if (!images.labels()) {
    throw InputError(
        Fault{.place = images.source(),
              .rule = "has no labels; training needs the class of each image",
              .remedy = "give their file with `labels=FILE`, or a folder with one folder of images per class"});
  }
  const Index most = std::max<Index>(1, std::min(images.shape().height, images.shape().width) / 2);
  if (options.augmentation.crop > most) {
    throw InputError(Fault{.field = "crop",
                           .value = std::to_string(options.augmentation.crop),
                           .rule = fmt::format("must be at most half of the image, {}", most)});
  }
  return Training(images, options, observer).run(on_epoch);
}

}  // namespace holdfast::deep
