// The --adversarial option of fit: what the adversary of aml makes of pairs, for users to look at.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string_view>

#include "holdfast/learners/train.hpp"

namespace holdfast::app {

class AdversarialOutput {
 public:
  /// Adds --adversarial and --adversarial-pairs.
  void add_to(CLI::App& command);

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  /// Throws InputError where the option is given and the method has no adversary.
  void require_method(std::string_view method) const;
  /// Writes the file, where one is asked for: one line a pair, in the data's own units where preprocessing can be
  /// undone.
  void write(const model::Model& model, const learners::TrainOptions& options, const Dataset& data) const;
  void print_summary() const;

 private:
  std::filesystem::path file_;
  Index count_ = 100;
};

}  // namespace holdfast::app
