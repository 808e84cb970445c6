#include "method_options.hpp"

#include <fmt/format.h>

#include <map>

#include "common.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/io/constraint_file.hpp"
#include "numbers.hpp"

namespace holdfast::app {
namespace {

using learners::MethodOptions;
using learners::OptionInfo;

/// "[3; arml 10]": the default of most methods, then those that differ. Empty where there is none.
std::string defaults_of(const OptionInfo& info) {
  std::vector<std::pair<std::string, std::string>> defaults;  // method, value
  std::map<std::string, int> votes;
  for (const learners::Method& method : learners::methods()) {
    if (!learners::has_option(method, info.name)) continue;
    const std::string text = learners::text_of(method.resolve({}), info);
    if (text.empty()) continue;
    defaults.emplace_back(method.name, text);
    ++votes[text];
  }
  if (defaults.empty()) return {};
  std::string common = defaults.front().second;
  for (const auto& [text, count] : votes) {
    if (count > votes[common]) common = text;
  }
  std::string list = common;
  for (const auto& [method, text] : defaults) {
    if (text != common) list += fmt::format("; {} {}", method, text);
  }
  return fmt::format(" [{}]", list);
}

/// "lmnn, scml": the methods that an option has an effect on.
std::string methods_with(const OptionInfo& info) {
  std::string names;
  for (const learners::Method& method : learners::methods()) {
    if (learners::has_option(method, info.name)) names += (names.empty() ? "" : ", ") + std::string(method.name);
  }
  return names;
}

void add_option(CLI::App& command, const OptionInfo& info, MethodOptions& options) {
  const std::string name = fmt::format("--{}", info.name);
  const std::string help = fmt::format("{}{} ({})", info.help, defaults_of(info), methods_with(info));
  CLI::Option* added = std::visit(
      [&](const auto place) {
        auto& value = options.*place;
        using Value = typename std::decay_t<decltype(value)>::value_type;
        if constexpr (std::is_same_v<Value, learners::Perturbation>) {
          return command.add_option_function<std::string>(
              name, [&value](const std::string& text) { value = learners::parse_perturbation(text); }, help);
        } else if constexpr (std::is_same_v<Value, Index>) {
          return command.add_option(name, value, help)->check(whole_number);
        } else if constexpr (std::is_same_v<Value, double>) {
          return command.add_option(name, value, help)->check(real_number);
        } else {
          return command.add_option(name, value, help);
        }
      },
      info.place);
  added->type_name(std::string(info.value))->group("Options of the methods");
}

}  // namespace

void MethodChoice::add_to(CLI::App& command) {
  method_argument_ = command.add_option("METHOD", method_, "the method; fit --list describes them");
  command
      .add_option("--preprocess", preprocess_,
                  "steps in order, comma-separated: standardize, minmax, center, unit, pca:50, pca:0.95, whiten, none; "
                  "auto: standardize where the columns differ in scale, else center")
      ->capture_default_str();
  command
      .add_option("--pairs", pairs_,
                  "learn from pairs of rows in place of labels: lines first,second,label with rows counted from 0 and "
                  "label 1 (similar) or -1 (dissimilar) (gmml, aml)")
      ->type_name("FILE");
  command
      .add_option("--sample-pairs", sampled_pairs_,
                  "learn from so many pairs drawn by label, half of them similar, in place of all pairs (gmml, aml)")
      ->type_name("N")
      ->check(whole_number);
  command
      .add_option("--triplets", triplets_,
                  "learn from triplets of rows in place of labels: lines anchor,target,impostor (lmnn, scml, arml)")
      ->type_name("FILE");
  for (const OptionInfo& info : learners::all_options()) add_option(command, info, options_);
}

void MethodChoice::warn_of_options_without_effect() const {
  for (const std::string_view option : learners::options_without_effect(method(), options_)) {
    warn(fmt::format("--{} has no effect with the method {}", option, method_));
  }
}

void MethodChoice::require_labels_alone() const {
  if (!pairs_.empty() || !triplets_.empty() || sampled_pairs_) {
    throw InputError(
        fmt::format("--pairs, --sample-pairs, --triplets: the method {} learns from the classes of images", method_));
  }
  if (preprocess_ != default_preprocessing) {
    warn(fmt::format("--preprocess has no effect with the method {}, whose network takes the images as they are",
                     method_));
  }
}

learners::TrainOptions MethodChoice::train_options(const Dataset& data, std::uint64_t seed) const {
  learners::TrainOptions result{method_, preprocess_, options_, seed, {}};
  if (!pairs_.empty() + !triplets_.empty() + sampled_pairs_.has_value() > 1) {
    throw InputError(
        "--pairs, --sample-pairs and --triplets: give one of them; a metric is learned from one kind of supervision");
  }
  if (!pairs_.empty()) result.supervision = io::read_pairs(pairs_, data.rows());
  if (!triplets_.empty()) result.supervision = io::read_triplets(triplets_, data.rows());
  if (sampled_pairs_) {
    Random random(seed);
    result.supervision = constraints::sample_pairs(require_labels(data, "draw pairs"), *sampled_pairs_, random);
  }
  return result;
}

}  // namespace holdfast::app
