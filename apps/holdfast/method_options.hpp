// The options of the methods on the command line, from their descriptions in the library.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/learners/train.hpp"
#include "holdfast/table/table.hpp"

namespace holdfast::app {

/// The options of a method, as help describes them.
struct MethodDescription {
  std::string name;
  std::vector<OptionInfo> options;
  OptionSet defaults;
};

/// Adds every option of the methods, once, unless the command has it; help says the defaults, and which methods have
/// it. What is given goes to `given`.
void add_options(CLI::App& command, const std::vector<MethodDescription>& methods, const std::string& group,
                 OptionSet& given);

/// What the commands that learn share: method, preprocessing, options and supervision.
class MethodChoice {
  static constexpr const char* default_preprocessing = "auto";

 public:
  /// Adds METHOD, --preprocess, --pairs, --sample-pairs, --triplets, --chunks, --quadruplets and the options of all
  /// methods.
  void add_to(CLI::App& command);

  [[nodiscard]] const CLI::Option& method_argument() const { return *method_argument_; }
  /// The files that are read beside the data: inputs that no output may overwrite.
  [[nodiscard]] std::vector<std::filesystem::path> input_files() const {
    return {pairs_, triplets_, chunks_, quadruplets_};
  }
  /// Warns of options without effect.
  void warn_of_options_without_effect() const;
  /// Warns of given options of finding pairs, triplets or chunks by labels, if labels are not what is learned from.
  void warn_of_options_of_labels() const;
  /// The options for training on `data`; reads the file of supervision, or draws pairs.
  [[nodiscard]] learners::TrainOptions train_options(const table::EncodedTable& table, std::uint64_t seed) const;

  /// For methods that train networks: throws InputError if a file of supervision was given, and warns of --preprocess.
  void require_labels_alone() const;

  [[nodiscard]] const std::string& name() const { return method_; }
  /// Throws InputError that lists all methods, networks included.
  [[nodiscard]] const learners::Method& method() const;
  /// The options that were given. Other groups of options (add_options) may go there too.
  [[nodiscard]] const OptionSet& options() const { return options_; }
  [[nodiscard]] OptionSet& options() { return options_; }

 private:
  /// The kinds of supervision that were given instead of labels.
  [[nodiscard]] Index supervisions_given() const;

  std::string method_;
  std::string preprocess_ = default_preprocessing;
  OptionSet options_;
  std::filesystem::path pairs_;
  std::filesystem::path triplets_;
  std::filesystem::path chunks_;
  std::filesystem::path quadruplets_;
  std::optional<Index> sampled_pairs_;
  CLI::Option* method_argument_ = nullptr;
};

}  // namespace holdfast::app
