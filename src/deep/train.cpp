#include "holdfast/deep/train.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <chrono>
#include <cmath>
#include <sstream>

#include "deep/checkpoint.hpp"
#include "deep/optimization.hpp"
#include "deep/validation_split.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/evaluate/retrieval.hpp"

namespace holdfast::deep {
namespace {

using torch::Tensor;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point began) {
  return std::chrono::duration<double>(Clock::now() - began).count();
}

/// Seeds by purpose, so that no random choice of a training depends on another.
class Seeds {
 public:
  explicit Seeds(std::uint64_t seed) : seed_(seed) {}

  [[nodiscard]] Random validation() const { return Random(seed_, 1); }
  [[nodiscard]] std::uint64_t batches() const { return derived(2); }
  [[nodiscard]] std::uint64_t augmentation() const { return derived(3); }
  [[nodiscard]] std::uint64_t adversary(Index step) const { return derived(4) + static_cast<std::uint64_t>(step); }
  /// Of layers that draw at random, such as dropout in a TorchScript backbone.
  [[nodiscard]] std::uint64_t layers(Index epoch) const { return derived(5) + static_cast<std::uint64_t>(epoch); }

 private:
  [[nodiscard]] std::uint64_t derived(std::uint64_t purpose) const { return seed_ * 1'000'003 + purpose; }
  std::uint64_t seed_;
};

std::vector<int> codes_of(const Labels& labels, const std::vector<Index>& images) {
  std::vector<int> codes;
  for (const Index image : images) codes.push_back(labels.codes[static_cast<std::size_t>(image)]);
  return codes;
}

torch::Device device_of(const std::string& name) {
  if (name == "cpu") return torch::kCPU;
  const bool has_cuda = torch::cuda::is_available();
  if (name == "auto") return has_cuda ? torch::kCUDA : torch::kCPU;
  if (has_cuda) return torch::kCUDA;
  throw InputError(Fault{
      .field = "device", .value = name, .rule = "this LibTorch finds no CUDA device", .remedy = "set `device=cpu`"});
}

TrainingOptions on_device(TrainingOptions options, const torch::Device& device) {
  options.device = device.str();
  return options;
}

/// One training: the objects that its steps share.
class Training {
 public:
  Training(const ImageSet& images, const TrainingOptions& options, const Observer& observer)
      : images_(images),
        device_(device_of(options.device)),
        options_(on_device(resolved(options), device_)),
        seeds_(options.seed),
        observer_(observer),
        labels_(*images.labels()),
        split_(validation_split(labels_, options.validation, seeds_.validation())),
        sampler_(codes_of(labels_, split_.train), options.sampler) {
    torch::set_num_threads(thread_count());
    torch::manual_seed(options.seed);
    network_ = std::make_shared<Network>(options_.network, images.shape());
    const ChannelStatistics statistics = channel_statistics(images);
    network_->set_statistics(statistics.means, statistics.deviations);
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
    const std::string device = state_.report.device;
    state_ = load_checkpoint(options_.checkpoint, fingerprint);
    state_.report.device = device;
    restore_state(*network_, state_.network);
    restore_state(*loss_, state_.loss);
    std::istringstream stream(state_.optimizer);
    try {
      torch::load(*optimizer_, stream);
    } catch (const c10::Error&) {
      throw InputError(Fault{.place = options_.checkpoint.string(),
                             .rule = "the optimizer's state is damaged",
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
    std::vector<std::vector<Index>> batches = sampler_.epoch(seeds_.batches(), epoch);
    const std::size_t count = batches.size();
    Index seen = 0;
    for (std::vector<Index>& batch : batches) {
      for (Index& image : batch) image = split_.train[static_cast<std::size_t>(image)];
      seen += static_cast<Index>(batch.size());
    }
    BackgroundLoader loader(images_, std::move(batches), options_.augmentation, seeds_.augmentation(),
                            static_cast<std::uint64_t>(state_.report.steps));
    // One seed per epoch, so that a resumed training draws the numbers of an uninterrupted one.
    torch::manual_seed(seeds_.layers(epoch));
    network_->train();
    double sum = 0.0;
    for (std::size_t at = 0; at < count; ++at) {
      const Tensor classes = classes_of(loader.rows(at));
      const double loss = step(loader.next().to(device_), classes.to(device_), epoch);
      sum += loss;
      if (asks_to_stop(observer_,
                       {"train", state_.report.steps, options_.epochs * sampler_.batches_per_epoch(), loss})) {
        throw Stopped{};
      }
    }
    EpochReport report{epoch + 1, sum / static_cast<double>(count), std::nullopt, 0.0, 0.0};
    report.images_per_second = static_cast<double>(seen) / seconds_since(began);
    if (!split_.test.empty()) report.recall = validation_recall();
    report.seconds = seconds_since(began);
    return report;
  }

  Tensor classes_of(const std::vector<Index>& images) const {
    Tensor classes = torch::empty({static_cast<std::int64_t>(images.size())}, torch::kInt64);
    auto* to = classes.data_ptr<std::int64_t>();
    for (const Index image : images) *to++ = labels_.codes[static_cast<std::size_t>(image)];
    return classes;
  }

  double step(const Tensor& pixels, const Tensor& classes, Index epoch) {
    Index& steps = state_.report.steps;
    const double rate = rate_at(steps, options_.epochs * sampler_.batches_per_epoch(), options_);
    for (auto& group : optimizer_->param_groups()) group.options().set_lr(rate);
    Tensor loss;
    Tensor embeddings;
    if (options_.adversary) {
      const Tensor perturbed = perturbed_anchors(pixels, classes);
      optimizer_->zero_grad();
      const HalfPrecision half(options_.half && device_.is_cuda());
      embeddings = network_->forward(pixels);
      loss = loss_->forward(network_->forward(perturbed).to(torch::kFloat32), embeddings.to(torch::kFloat32), classes);
    } else {
      optimizer_->zero_grad();
      const HalfPrecision half(options_.half && device_.is_cuda());
      embeddings = network_->forward(pixels);
      loss = loss_->forward(embeddings.to(torch::kFloat32), classes);
    }
    loss.backward();
    if (options_.clip > 0.0) torch::nn::utils::clip_grad_norm_(parameters_, options_.clip);
    optimizer_->step();
    const double value = loss.item<double>();
    require_healthy(value, embeddings, epoch);
    ++steps;
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
        ascend(pixels, *options_.adversary, seeds_.adversary(state_.report.steps),
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
    const Tensor z = embeddings.to(torch::kFloat32);
    const double spread = z.var(0, false).sum().item<double>();
    const double size = z.square().sum(1).mean().item<double>();
    constexpr double collapsed = 1e-6;  // of the variance of embeddings that differ
    if (spread > collapsed * size) return;
    throw TrainingFailed(
        fmt::format("training collapsed at {}: all embeddings are one point (their variance is {:.1e} of their mean "
                    "squared length); try a lower `learning-rate`, `mining=all` instead of `mining=hard`, a larger "
                    "`margin`, or some `cross-entropy`",
                    place(), size > 0.0 ? spread / size : 0.0));
  }

  double validation_recall() {
    const torch::NoGradGuard no_gradient;
    network_->eval();
    constexpr std::size_t at_once = 256;
    std::vector<std::vector<Index>> batches;
    for (std::size_t first = 0; first < split_.test.size(); first += at_once) {
      const std::size_t end = std::min(split_.test.size(), first + at_once);
      batches.emplace_back(split_.test.begin() + static_cast<std::ptrdiff_t>(first),
                           split_.test.begin() + static_cast<std::ptrdiff_t>(end));
    }
    const std::size_t count = batches.size();
    BackgroundLoader loader(images_, std::move(batches), {}, 0, 0);
    Matrix embeddings(static_cast<Index>(split_.test.size()), network_->dimension());
    Index row = 0;
    for (std::size_t at = 0; at < count; ++at) {
      const Tensor z = network_->forward(loader.next().to(device_)).to(torch::kCPU).to(torch::kFloat64).contiguous();
      embeddings.middleRows(row, z.size(0)) = Eigen::Map<const Matrix>(z.data_ptr<double>(), z.size(0), z.size(1));
      row += z.size(0);
    }
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
  Seeds seeds_;
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
