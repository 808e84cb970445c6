#include "holdfast/deep/trainer.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <sstream>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "deep/checkpoint.hpp"
#include "deep/optimization.hpp"
#include "deep/training_options.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/evaluate/retrieval.hpp"

namespace holdfast::deep {
namespace {

using torch::Tensor;
using Clock = std::chrono::steady_clock;

// Streams of one seed: each random choice has its own.
constexpr std::uint64_t stream_of_validation = 1;
constexpr std::uint64_t seed_of_batches = 2;
constexpr std::uint64_t seed_of_augmentation = 3;
constexpr std::uint64_t seed_of_adversary = 4;
constexpr std::uint64_t seed_of_layers = 5;  // dropout in a TorchScript backbone, for one

std::uint64_t derived(std::uint64_t seed, std::uint64_t purpose) {
  return seed * 1'000'003 + purpose;
}

double seconds_since(Clock::time_point began) {
  return std::chrono::duration<double>(Clock::now() - began).count();
}

/// Training images and those held back, in the order of the images.
struct Split {
  std::vector<Index> training;
  std::vector<Index> validation;
};

Split split(const Labels& labels, double share, std::uint64_t seed) {
  constexpr Index most = 5'000;
  const std::vector<Index> counts = class_counts(labels);
  share = std::min(share, static_cast<double>(most) / static_cast<double>(labels.size()));
  Random random(seed, stream_of_validation);
  const std::vector<Index> order = random.permutation(labels.size());
  std::vector<bool> is_held(static_cast<std::size_t>(labels.size()), false);
  std::vector<Index> wanted;
  for (const Index count : counts) {
    // A class of which training would keep less than two, or validation have one alone, is not split.
    const auto held = static_cast<Index>(share * static_cast<double>(count) + 0.5);
    wanted.push_back(held >= 2 && count - held >= 2 ? held : 0);
  }
  for (const Index image : order) {
    Index& left = wanted[static_cast<std::size_t>(labels.codes[static_cast<std::size_t>(image)])];
    if (left == 0) continue;
    --left;
    is_held[static_cast<std::size_t>(image)] = true;
  }
  Split result;
  for (Index image = 0; image < labels.size(); ++image) {
    (is_held[static_cast<std::size_t>(image)] ? result.validation : result.training).push_back(image);
  }
  return result;
}

std::vector<int> codes_of(const Labels& labels, const std::vector<Index>& images) {
  std::vector<int> codes;
  for (const Index image : images) codes.push_back(labels.codes[static_cast<std::size_t>(image)]);
  return codes;
}

torch::Device device_of(const std::string& name) {
  if (name == "cpu") return torch::kCPU;
  const bool has_cuda = torch::cuda::is_available();
  if (name == "auto") return has_cuda ? torch::kCUDA : torch::kCPU;
  if (name != "cuda") throw InputError(fmt::format("--device {}: must be auto, cpu or cuda", name));
  if (!has_cuda) throw InputError("--device cuda: this LibTorch finds no CUDA device; use --device cpu");
  return torch::kCUDA;
}

/// One training: what its steps share.
class Training {
 public:
  Training(const ImageSet& images, const TrainingOptions& options, const Observer& observer)
      : images_(images),
        options_(with_rate(options)),
        observer_(observer),
        labels_(*images.labels()),
        split_(split(labels_, options.validation, options.seed)),
        training_codes_(codes_of(labels_, split_.training)),
        sampler_(training_codes_, options.sampler),
        device_(device_of(options.device)) {
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
      learned_.insert(learned_.end(), group.params().begin(), group.params().end());
    }
    standing_.report.device = device_.str();
  }

  TrainedNetwork run(const std::function<void(const EpochReport&)>& on_epoch) {
    const bool keeps = !options_.checkpoint.empty();
    const std::string identity = keeps ? identity_of(images_, options_) : std::string();
    if (keeps && options_.resume && std::filesystem::exists(options_.checkpoint)) take_up(identity);
    while (!is_over()) {
      const EpochReport epoch = run_epoch(static_cast<Index>(standing_.report.epochs.size()));
      standing_.report.epochs.push_back(epoch);
      judge(epoch);
      if (keeps) save_standing(options_.checkpoint, identity, current());
      if (on_epoch) on_epoch(epoch);
    }
    if (!standing_.best.empty()) restore_state(*network_, standing_.best);
    network_->to(torch::kCPU);
    network_->eval();
    return {network_, standing_.report};
  }

 private:
  static TrainingOptions with_rate(TrainingOptions options) {
    if (options.learning_rate == 0.0) options.learning_rate = options.optimizer == Optimizer::adamw ? 2e-3 : 0.1;
    return options;
  }

  bool is_over() {
    TrainingReport& report = standing_.report;
    const auto done = static_cast<Index>(report.epochs.size());
    if (options_.patience > 0 && report.best_epoch > 0 && done - report.best_epoch >= options_.patience) {
      report.reason = fmt::format("no better Recall@1 for {} epochs", options_.patience);
      return true;
    }
    if (done < options_.epochs) return false;
    report.reason = fmt::format("all {} epochs done", options_.epochs);
    return true;
  }

  void take_up(const std::string& identity) {
    const std::string device = standing_.report.device;
    standing_ = load_standing(options_.checkpoint, identity);
    standing_.report.device = device;
    restore_state(*network_, standing_.network);
    restore_state(*loss_, standing_.loss);
    std::istringstream stream(standing_.optimizer);
    try {
      torch::load(*optimizer_, stream);
    } catch (const c10::Error&) {
      throw InputError(fmt::format("{}: its optimiser's state is damaged; start anew without --resume",
                                   options_.checkpoint.string()));
    }
  }

  const Standing& current() {
    standing_.network = copy_state(*network_);
    standing_.loss = copy_state(*loss_);
    std::ostringstream stream;
    torch::save(*optimizer_, stream);
    standing_.optimizer = std::move(stream).str();
    return standing_;
  }

  EpochReport run_epoch(Index epoch) {
    const Clock::time_point began = Clock::now();
    std::vector<std::vector<Index>> batches = sampler_.epoch(derived(options_.seed, seed_of_batches), epoch);
    const std::size_t count = batches.size();
    Index seen = 0;
    for (std::vector<Index>& batch : batches) {
      for (Index& image : batch) image = split_.training[static_cast<std::size_t>(image)];
      seen += static_cast<Index>(batch.size());
    }
    BackgroundLoader loader(images_, std::move(batches), options_.augmentation,
                            derived(options_.seed, seed_of_augmentation),
                            static_cast<std::uint64_t>(standing_.report.steps));
    // By the epoch, so that a resumed training draws what it would have drawn.
    torch::manual_seed(derived(options_.seed, seed_of_layers) + static_cast<std::uint64_t>(epoch));
    network_->train();
    double sum = 0.0;
    for (std::size_t at = 0; at < count; ++at) {
      const Tensor classes = classes_of(loader.rows(at));
      const double loss = step(loader.next().to(device_), classes.to(device_), epoch);
      sum += loss;
      if (asks_to_stop(observer_,
                       {"train", standing_.report.steps, options_.epochs * sampler_.batches_an_epoch(), loss})) {
        throw Stopped{};
      }
    }
    EpochReport report{epoch + 1, sum / static_cast<double>(count), std::nullopt, 0.0, 0.0};
    report.images_a_second = static_cast<double>(seen) / seconds_since(began);
    if (!split_.validation.empty()) report.recall = validation_recall();
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
    Index& steps = standing_.report.steps;
    const double rate = rate_at(steps, options_.epochs * sampler_.batches_an_epoch(), options_);
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
    if (options_.clip > 0.0) torch::nn::utils::clip_grad_norm_(learned_, options_.clip);
    optimizer_->step();
    const double value = loss.item<double>();
    require_sound(value, embeddings, epoch);
    ++steps;
    return value;
  }

  /// Anchors that make the loss large among the clean images.
  Tensor perturbed_anchors(const Tensor& pixels, const Tensor& classes) {
    network_->eval();  // the statistics of batch norm are those of clean images
    Tensor clean;
    {
      const torch::NoGradGuard no_gradient;
      clean = network_->forward(pixels);
    }
    const std::uint64_t start =
        derived(options_.seed, seed_of_adversary) + static_cast<std::uint64_t>(standing_.report.steps);
    const Tensor perturbed = ascend(pixels, *options_.adversary, start, [&](const Tensor& x) {
      return loss_->forward(network_->forward(x), clean, classes);
    });
    network_->train();
    return perturbed;
  }

  void require_sound(double loss, const Tensor& embeddings, Index epoch) {
    const auto place = [&] { return fmt::format("epoch {}, step {}", epoch + 1, standing_.report.steps + 1); };
    if (!std::isfinite(loss)) {
      throw TrainingFailed(
          fmt::format("training diverged at {}: the loss is {}; try a lower --learning-rate (it was {}), a "
                      "smaller --clip, or a longer --warm-up",
                      place(), loss, options_.learning_rate));
    }
    if (standing_.report.steps % 20 != 0 && standing_.report.steps > 5) return;
    const torch::NoGradGuard no_gradient;
    const Tensor z = embeddings.to(torch::kFloat32);
    const double spread = z.var(0, false).sum().item<double>();
    const double size = z.square().sum(1).mean().item<double>();
    constexpr double collapsed = 1e-6;  // of the variance of embeddings that differ
    if (spread > collapsed * size) return;
    throw TrainingFailed(
        fmt::format("training collapsed at {}: all embeddings are one point (their variance is {:.1e} of "
                    "their size); try a lower --learning-rate, --mining all in place of hard, a larger "
                    "--margin, or some --cross-entropy",
                    place(), size > 0.0 ? spread / size : 0.0));
  }

  double validation_recall() {
    const torch::NoGradGuard no_gradient;
    network_->eval();
    constexpr std::size_t at_once = 256;
    std::vector<std::vector<Index>> batches;
    for (std::size_t first = 0; first < split_.validation.size(); first += at_once) {
      const std::size_t end = std::min(split_.validation.size(), first + at_once);
      batches.emplace_back(split_.validation.begin() + static_cast<std::ptrdiff_t>(first),
                           split_.validation.begin() + static_cast<std::ptrdiff_t>(end));
    }
    const std::size_t count = batches.size();
    BackgroundLoader loader(images_, std::move(batches), {}, 0, 0);
    Matrix embeddings(static_cast<Index>(split_.validation.size()), network_->dimension());
    Index row = 0;
    for (std::size_t at = 0; at < count; ++at) {
      const Tensor z = network_->forward(loader.next().to(device_)).to(torch::kCPU).to(torch::kFloat64).contiguous();
      embeddings.middleRows(row, z.size(0)) = Eigen::Map<const Matrix>(z.data_ptr<double>(), z.size(0), z.size(1));
      row += z.size(0);
    }
    if (!embeddings.allFinite()) {
      throw TrainingFailed(
          "training diverged: embeddings of the held-back images are not finite; try a lower "
          "--learning-rate");
    }
    return evaluate::retrieval(embeddings, codes_of(labels_, split_.validation)).recall_at_1;
  }

  void judge(const EpochReport& epoch) {
    if (!epoch.recall) {
      standing_.report.best_epoch = epoch.epoch;  // the last
      return;
    }
    if (*epoch.recall <= standing_.best_recall) return;
    standing_.best_recall = *epoch.recall;
    standing_.report.best_epoch = epoch.epoch;
    standing_.best = copy_state(*network_);
  }

  const ImageSet& images_;
  TrainingOptions options_;
  const Observer& observer_;
  const Labels& labels_;
  Split split_;
  std::vector<int> training_codes_;
  BalancedSampler sampler_;
  torch::Device device_;
  std::shared_ptr<Network> network_;
  std::shared_ptr<MetricLoss> loss_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  std::vector<Tensor> learned_;
  Standing standing_;
};

}  // namespace

void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the largest that it takes
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
}

TrainedNetwork train(const ImageSet& images, const TrainingOptions& options, const Observer& observer,
                     const std::function<void(const EpochReport&)>& on_epoch) {
  validate(options);
  if (!images.labels()) {
    throw InputError(
        fmt::format("{}: has no labels; training needs the class of each image (--labels FILE, or a folder "
                    "for each class)",
                    images.source()));
  }
  const Index least = std::max<Index>(1, std::min(images.shape().height, images.shape().width) / 2);
  if (options.augmentation.crop > least) {
    throw InputError(fmt::format("--crop {}: must be at most half of the image, {}", options.augmentation.crop, least));
  }
  return Training(images, options, observer).run(on_epoch);
}

}  // namespace holdfast::deep
