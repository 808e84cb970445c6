#include "method_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "common.hpp"
#include "deep_module.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/io/constraint_file.hpp"
#include "numbers.hpp"

namespace holdfast::app {
namespace {

using learners::SupervisionKind;

/// "[3; arml 10]": the default of most methods, then those that differ. Empty if no method has one.
std::string defaults_of(const std::string& option, const std::vector<MethodDescription>& methods) {
  std::vector<std::pair<std::string, std::string>> defaults;  // method, value
  std::map<std::string, int> votes;
  for (const MethodDescription& method : methods) {
    const OptionValue* value = method.defaults.find(option);
    if (value == nullptr || kind_of(*value) == OptionKind::flag || text_of(*value).empty()) continue;
    defaults.emplace_back(method.name, text_of(*value));
    ++votes[text_of(*value)];
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

/// " (lmnn, scml)": the methods that have the option; empty if all have it.
std::string methods_with(const std::string& option, const std::vector<MethodDescription>& methods) {
  std::vector<std::string> names;
  for (const MethodDescription& method : methods) {
    for (const OptionInfo& info : method.options) {
      if (info.name == option) names.push_back(method.name);
    }
  }
  return names.size() == methods.size() ? std::string() : fmt::format(" ({})", fmt::join(names, ", "));
}

CLI::Option* add_option(CLI::App& command, const OptionInfo& info, const std::string& help, OptionSet& given) {
  const std::string flag = fmt::format("--{}", info.name);
  if (info.kind == OptionKind::flag) {
    return command.add_flag_callback(
        flag, [&given, name = info.name] { given.set(name, true); }, help);
  }
  CLI::Option* added = command.add_option_function<std::string>(
      flag, [&given, info](const std::string& text) { given.set(info.name, parse_option(info, text)); }, help);
  if (info.kind == OptionKind::whole_number) added->check(whole_number);
  if (info.kind == OptionKind::number) added->check(real_number);
  return added->type_name(info.placeholder);
}

std::string learners_from(SupervisionKind kind) {
  return fmt::format("{}", fmt::join(learners::methods_that_learn_from(kind), ", "));
}

}  // namespace

void add_options(CLI::App& command, const std::vector<MethodDescription>& methods, const std::string& group,
                 OptionSet& given) {
  for (const MethodDescription& method : methods) {
    for (const OptionInfo& info : method.options) {
      if (command.get_option_no_throw("--" + info.name) != nullptr) continue;
      const std::string help =
          fmt::format("{}{}{}", info.help, defaults_of(info.name, methods), methods_with(info.name, methods));
      add_option(command, info, help, given)->group(group);
    }
  }
}

void MethodChoice::add_to(CLI::App& command) {
  method_argument_ = command.add_option("METHOD", method_, "the method; fit --list describes them");
  command
      .add_option("--preprocess", preprocess_,
                  "steps in order, comma-separated: standardize, minmax, center, unit, pca:50, pca:0.95, whiten, none; "
                  "auto: standardize if the columns differ in scale, else center")
      ->capture_default_str();
  command
      .add_option("--pairs", pairs_,
                  fmt::format("learn from pairs of rows instead of labels: lines first,second,label with rows counted "
                              "from 0 and label 1 (similar) or -1 (dissimilar) ({})",
                              learners_from(SupervisionKind::pairs)))
      ->type_name("FILE");
  command
      .add_option("--sample-pairs", sampled_pairs_,
                  fmt::format("learn from N pairs drawn by label, half of them similar, instead of all pairs ({})",
                              learners_from(SupervisionKind::pairs)))
      ->type_name("N")
      ->check(whole_number);
  command
      .add_option("--triplets", triplets_,
                  fmt::format("learn from triplets of rows instead of labels: lines anchor,target,impostor ({})",
                              learners_from(SupervisionKind::triplets)))
      ->type_name("FILE");
  command
      .add_option("--chunks", chunks_,
                  fmt::format("learn from chunks of rows of one class instead of labels: one line per row with the "
                              "number of its chunk, or -1 ({})",
                              learners_from(SupervisionKind::chunks)))
      ->type_name("FILE");
  command
      .add_option("--quadruplets", quadruplets_,
                  fmt::format("learn from comparisons of two distances instead of labels: lines a,b,c,d for rows a and "
                              "b that are nearer than c and d ({})",
                              learners_from(SupervisionKind::quadruplets)))
      ->type_name("FILE");
  std::vector<MethodDescription> methods;
  for (const learners::Method& method : learners::methods()) {
    const std::span<const OptionInfo> options = method.options->options();
    methods.push_back({std::string(method.name), {options.begin(), options.end()}, method.options->resolve({})});
  }
  add_options(command, methods, "Options of the methods", options_);
}

const learners::Method& MethodChoice::method() const {
  std::vector<std::string> names;
  for (const learners::Method& method : learners::methods()) {
    if (method.name == method_) return method;
    names.emplace_back(method.name);
  }
  for (const auto& [name, summary] : network_methods()) names.push_back(name);
  throw InputError(fmt::format("method \"{}\": must be one of {} (holdfast fit --list describes them)", method_,
                               fmt::join(names, ", ")));
}

void MethodChoice::warn_of_options_without_effect() const {
  for (const std::string& option : method().options->without_effect(options_)) {
    warn(fmt::format("--{} has no effect with the method {}", option, method_));
  }
}

void MethodChoice::warn_of_options_of_labels() const {
  for (const OptionInfo& info : method().options->options()) {
    if (!info.needs_labels || !options_.contains(info.name)) continue;
    if (sampled_pairs_) {
      warn(fmt::format("--{} has no effect with --sample-pairs, which draws the pairs", info.name));
    } else {
      warn(fmt::format("--{} has no effect without labels: what is given instead stays as it is", info.name));
    }
  }
}

Index MethodChoice::supervisions_given() const {
  const std::vector<std::filesystem::path> files = input_files();
  return std::ranges::count_if(files, [](const auto& file) { return !file.empty(); }) + (sampled_pairs_ ? 1 : 0);
}

void MethodChoice::require_labels_alone() const {
  if (supervisions_given() > 0) {
    throw InputError(
        fmt::format("--pairs, --sample-pairs, --triplets, --chunks, --quadruplets: the method {} learns from "
                    "the classes of images",
                    method_));
  }
  if (preprocess_ != default_preprocessing) {
    warn(fmt::format("--preprocess has no effect with the method {}, whose network takes the images as they are",
                     method_));
  }
}

learners::TrainOptions MethodChoice::train_options(const table::EncodedTable& table, std::uint64_t seed) const {
  const Dataset& data = table.data;
  learners::TrainOptions result{method_, preprocess_, options_, seed, {}, table.schema};
  if (supervisions_given() > 1) {
    throw InputError(
        "--pairs, --sample-pairs, --triplets, --chunks and --quadruplets: give one of them; a metric is learned from "
        "one kind of supervision");
  }
  std::vector<std::string> notes;
  if (!pairs_.empty()) result.supervision = io::read_pairs(pairs_, data.rows(), notes);
  if (!triplets_.empty()) result.supervision = io::read_triplets(triplets_, data.rows(), notes);
  if (!chunks_.empty()) result.supervision = io::read_chunks(chunks_, data.rows(), notes);
  if (!quadruplets_.empty()) result.supervision = io::read_quadruplets(quadruplets_, data.rows(), notes);
  for (const std::filesystem::path& file : input_files()) {
    if (!file.empty()) note_all(file, notes);
  }
  if (sampled_pairs_) {
    Random random(seed);
    result.supervision = constraints::sample_pairs(require_labels(data, "draw pairs"), *sampled_pairs_, random);
  }
  if (!std::holds_alternative<std::monostate>(result.supervision)) warn_of_options_of_labels();
  return result;
}

}  // namespace holdfast::app
