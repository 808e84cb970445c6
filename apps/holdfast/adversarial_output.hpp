// The --adversarial option of fit: the pairs that the adversary of aml makes, for users to look at.
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
  /// Throws InputError if the option is given and the method has no adversary.
  void require_method(std::string_view method) const;
  /// Writes the file, if it is asked for: one line per pair, in the data's own units if preprocessing can be undone.
  void write(const model::Model& model, const learners::TrainOptions& options, const Dataset& data) const;

 private:
  std::filesystem::path file_;
  Index count_ = 100;
};

}  // namespace holdfast::app
