// What the subcommands share: options, input and output files, interruption.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/core/dataset.hpp"
#include "holdfast/model/model.hpp"
#include "holdfast/report/text.hpp"

namespace holdfast::app {

/// Options of every command.
struct CommonOptions {
  bool json = false;
  bool quiet = false;
  std::optional<int> threads;  ///< none: all processors
  std::uint64_t seed = 0;
};

/// The user interrupted the work. Nothing was written.
struct Interrupted {
  std::string message;
};

/// A data file with the options that say how to read it.
class DataOptions {
 public:
  /// Adds `file_option` (required), --format, --label, and the option for a label file.
  void add_to(CLI::App& command, const std::string& file_option, const std::string& labels_option);

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  /// Empty if the labels are in the data file.
  [[nodiscard]] const std::filesystem::path& labels_file() const { return labels_file_; }
  [[nodiscard]] const std::string& format() const { return format_; }
  /// Whether image files that cannot be decoded are left out.
  [[nodiscard]] bool skip_bad() const { return skip_bad_; }
  /// Reads training data.
  [[nodiscard]] Dataset read() const;
  /// Reads rows for a model; `labels_needed` is false if the file may have no labels. Then, unless --label says
  /// otherwise, the number of columns tells whether the last one is a label.
  [[nodiscard]] Dataset read_for(const model::Model& model, bool labels_needed) const;
  /// Throws InputError unless all of `outputs` can be written and none is an input: the data, or one of `inputs`. Empty
  /// paths do not count. Called before any long work.
  void require_writable(const std::vector<std::filesystem::path>& outputs,
                        std::vector<std::filesystem::path> inputs = {}) const;

 private:
  [[nodiscard]] Dataset read_as(const std::string& label, Index dimension) const;

  std::filesystem::path file_;
  std::string format_ = "auto";
  std::string label_;
  std::filesystem::path labels_file_;
  bool skip_bad_ = false;
};

/// Reads a model file, networks included if the program is built with the deep module.
[[nodiscard]] model::Model load_model(const std::filesystem::path& file);

/// Tells which options exist. `program` must outlive all texts.
void use_options_of(const CLI::App& program);
/// An OptionSpeller: "--name value", or "-k 3" for a name of one letter. Empty if no command has such an option, or the
/// command that runs takes it without dashes.
[[nodiscard]] std::string spell_option(std::string_view name, std::string_view value);

/// Prints one line to standard error, with options named in backticks as they stand on the command line.
void warn(const std::string& message);

/// Prints one JSON object to standard output.
void print_json(const Record& record);
/// Prints the record as JSON if that is asked for, else as text.
void print(const Record& record, const CommonOptions& common);
/// What fit and tune tell of a model in JSON.
[[nodiscard]] Record fit_report(const model::Model& model, double seconds);

/// Catches the first Ctrl-C from now on, which `interrupted()` then tells; a second one ends the program at once.
void catch_interrupts();
[[nodiscard]] bool interrupted();

using report::figure;

}  // namespace holdfast::app
