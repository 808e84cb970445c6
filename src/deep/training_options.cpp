#include "holdfast/deep/training_options.hpp"

#include <fmt/format.h>

#include <utility>

#include "holdfast/core/error.hpp"

namespace holdfast::deep {
namespace {

using Options = TrainingOptions;

/// Number of gradient steps of adversarial training unless `attack-steps` is given.
constexpr Index default_attack_steps = 5;

std::vector<Option<Options>> options_of_steps() {
  return {
      {count("epochs", "passes over the training images", at_least(1.0)), &Options::epochs},
      {word("optimizer", "adamw or sgd (momentum 0.9)"),
       &Options::optimizer,
       {{"adamw", Optimizer::adamw}, {"sgd", Optimizer::sgd}}},
      {number("learning-rate", "largest rate; 0: 0.002 for adamw, 0.1 for sgd",
              at_least(0.0, "must be above 0, or 0 for the default")),
       &Options::learning_rate},
      {number("weight-decay", "of matrices and kernels", at_least(0.0)), &Options::weight_decay},
      {number("warm-up", "share of the steps in which the rate rises; then it falls along a cosine",
              {[](double x) { return x >= 0.0 && x < 1.0; }, "must be a share of all steps, below 1"}),
       &Options::warm_up},
      {number("clip", "largest norm of a gradient; 0: no limit", at_least(0.0, "must be above 0, or 0 for no limit")),
       &Options::clip},
      {number("validation", "share of the images held back to judge each epoch (at most 5,000); 0: none",
              between(0.0, 0.5, "must be a share of the images, at most 0.5")),
       &Options::validation},
      {count("patience", "epochs without a better Recall@1 of these after which training stops; 0: never"),
       &Options::patience, [](const Options& o) { return o.validation > 0.0; }}};
}

std::vector<Option<Options>> options_of_adversary() {
  const auto has_adversary = [](const Options& o) { return o.adversary.has_value(); };
  OptionInfo steps = count("attack-steps", fmt::format("gradient steps per perturbation of adversarial training [{}]",
                                                       default_attack_steps));
  steps.kind = OptionKind::whole_number;
  return {{word("adversarial-training", "train on anchors perturbed within linf:EPS or l2:EPS, pixels from 0 to 1",
                "NORM:EPS"),
           [](const Options& o) { return o.adversary ? std::optional<OptionValue>(text(*o.adversary)) : std::nullopt; },
           [](Options& o, const OptionValue& value) {
             o.adversary = parse_threat(std::get<std::string>(value));
             o.adversary->steps = default_attack_steps;
           },
           has_adversary},
          {std::move(steps),
           [](const Options& o) { return o.adversary ? std::optional<OptionValue>(o.adversary->steps) : std::nullopt; },
           [](Options& o, const OptionValue& value) {
             if (o.adversary) o.adversary->steps = std::get<Index>(value);
           },
           has_adversary}};
}

/// The descriptor of an option that does not shape the result of a training.
OptionInfo of_running(OptionInfo info) {
  info.in_fingerprint = false;
  return info;
}

std::vector<Option<Options>> options_of_running() {
  OptionInfo device = of_running(word("device", "cpu, cuda, or auto: cuda if there is one"));
  device.choices = {"auto", "cpu", "cuda"};
  return {{std::move(device), &Options::device},
          negated(flag("single-precision",
                       "on cuda: float32 throughout, instead of bfloat16 for operations that are safe with it"),
                  &Options::half, [](const Options& o) { return o.device != "cpu"; }),
          {of_running(word("checkpoint", "file written after every epoch", "FILE")), &Options::checkpoint},
          {of_running(flag("resume",
                           "continue from the checkpoint if it exists; the result is that of an "
                           "uninterrupted training")),
           &Options::resume}};
}

}  // namespace

const OptionTable<Options>& training_options() {
  static const OptionTable<Options> table = OptionTable<Options>{}
                                                .nest(&Options::loss, metric_loss_options())
                                                .nest(&Options::network, network_options())
                                                .nest(&Options::sampler, sampler_options())
                                                .nest(&Options::augmentation, augmentation_options())
                                                .add(options_of_steps())
                                                .add(options_of_adversary())
                                                .add(options_of_running());
  return table;
}

TrainingOptions training_options_of(const Method& method, const OptionSet& given) {
  TrainingOptions options;
  MetricLossOptions& loss = options.loss;
  if (!method.form.empty()) loss.form = find_loss(method.form);
  if (!method.geometry.empty()) {
    loss.trade_off = 1.0;
    loss.geometry = find_geometry(method.geometry);
  }
  if (method.form.empty()) {
    loss.metric = false;
    loss.cross_entropy = 1.0;
  }
  OptionSet free;
  for (const auto& [name, value] : given) {
    if (!method.fixes(name)) free.set(name, value);
  }
  return training_options().apply(free, std::move(options));
}

std::vector<std::string> options_without_effect(const Method& method, const OptionSet& given) {
  const TrainingOptions options = training_options_of(method, given);
  std::vector<std::string> names = training_options().without_effect(given, options);
  for (const auto& [name, value] : given) {
    if (method.fixes(name)) names.push_back(name);
  }
  return names;
}

TrainingOptions resolved(TrainingOptions options) {
  if (options.learning_rate == 0.0) options.learning_rate = options.optimizer == Optimizer::adamw ? 2e-3 : 0.1;
  return options;
}

void validate(const Options& options) {
  training_options().validate(options);
  validate(options.loss);
  if (options.adversary && !options.loss.metric) {
    throw InputError(Fault{.field = "adversarial-training",
                           .rule = "perturbs the anchors of a metric loss; cross-entropy alone has none"});
  }
  if (options.resume && options.checkpoint.empty()) {
    throw InputError(
        Fault{.field = "resume", .rule = "needs a checkpoint to resume from", .remedy = "give `checkpoint`"});
  }
}

}  // namespace holdfast::deep
