#include "deep/training_options.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "deep/names.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"

namespace holdfast::deep {
namespace {

constexpr Names<Optimizer, 2> optimizers = {{{"adamw", Optimizer::adamw}, {"sgd", Optimizer::sgd}}};

void require(bool holds, const char* option, double value, const char* bound) {
  if (!holds) throw InputError(fmt::format("--{} {}: must be {}", option, value, bound));
}

}  // namespace

std::string_view name(Optimizer optimizer) {
  return name_in(optimizers, optimizer);
}
Optimizer parse_optimizer(std::string_view text) {
  return value_in(optimizers, text, "optimizer");
}

void validate(const TrainingOptions& options) {
  validate(options.loss);
  const auto finite = [](double value) { return std::isfinite(value); };
  require(options.epochs >= 1, "epochs", static_cast<double>(options.epochs), "at least 1");
  require(options.learning_rate >= 0.0 && finite(options.learning_rate), "learning-rate", options.learning_rate,
          "above 0, or 0 for the default");
  require(options.weight_decay >= 0.0 && finite(options.weight_decay), "weight-decay", options.weight_decay,
          "0 or more");
  require(options.warm_up >= 0.0 && options.warm_up < 1.0, "warm-up", options.warm_up, "a share of all steps, below 1");
  require(options.clip >= 0.0 && finite(options.clip), "clip", options.clip, "above 0, or 0 for no limit");
  require(options.validation >= 0.0 && options.validation <= 0.5, "validation", options.validation,
          "a share of the images, at most 0.5");
  require(options.patience >= 0, "patience", static_cast<double>(options.patience), "0 or more");
  require(options.augmentation.crop >= 0, "crop", static_cast<double>(options.augmentation.crop), "0 or more");
  if (options.adversary && !options.loss.metric) {
    throw InputError("--adversarial-training: perturbs the anchors of a metric loss; cross-entropy alone has none");
  }
  if (options.resume && options.checkpoint.empty()) {
    throw InputError("--resume: give the file to go on from with --checkpoint");
  }
}

std::string identity_of(const ImageSet& images, const TrainingOptions& options) {
  const MetricLossOptions& loss = options.loss;
  return nlohmann::ordered_json{{"images", images.checksum()},
                                {"seed", options.seed},
                                {"threads", thread_count()},
                                {"backbone", options.network.backbone},
                                {"dimension", options.network.dimension},
                                {"unit length", options.network.unit},
                                {"batch", options.sampler.batch},
                                {"classes-per-batch", options.sampler.classes},
                                {"crop", options.augmentation.crop},
                                {"flip", options.augmentation.flip},
                                {"epochs", options.epochs},
                                {"optimizer", name(options.optimizer)},
                                {"learning-rate", options.learning_rate},
                                {"weight-decay", options.weight_decay},
                                {"warm-up", options.warm_up},
                                {"clip", options.clip},
                                {"validation", options.validation},
                                {"patience", options.patience},
                                {"adversary", options.adversary ? text(*options.adversary) : ""},
                                {"metric", loss.metric},
                                {"trade-off", loss.trade_off},
                                {"geometry", name(loss.geometry)},
                                {"minkowski-order", loss.minkowski_order},
                                {"divergence", name(loss.divergence)},
                                {"renyi-order", loss.renyi_order},
                                {"distribution", name(loss.distribution)},
                                {"temperature", loss.temperature},
                                {"form", name(loss.form.form)},
                                {"mining", name(loss.form.mining)},
                                {"margin", loss.form.margin},
                                {"loss-temperature", loss.form.temperature},
                                {"sharpness", loss.form.alpha},
                                {"negative-sharpness", loss.form.beta},
                                {"base", loss.form.base},
                                {"cross-entropy", loss.cross_entropy}}
      .dump();
}

}  // namespace holdfast::deep
