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
#include "holdfast/io/dataset_file.hpp"
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

/// What a command does with the labels of rows for a model.
enum class LabelUse { required, if_present, unused };

/// A data file with the options that say how to read it.
class DataOptions {
 public:
  /// Adds `file_option` (required), --format, --label, and the option for a label file.
  void add_to(CLI::App& command, const std::string& file_option, const std::string& labels_option);

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  /// What messages call it.
  [[nodiscard]] std::string name() const { return io::source_name(file_); }
  /// Empty if the labels are in the data file.
  [[nodiscard]] const std::filesystem::path& labels_file() const { return options_.labels_file; }
  [[nodiscard]] const std::string& format() const { return format_; }
  [[nodiscard]] const std::string& label() const { return options_.label; }
  /// The column of the files in a manifest of images; empty if it has one of the usual names.
  [[nodiscard]] const std::string& image_column() const { return image_column_; }
  /// Whether image files that cannot be decoded are left out.
  [[nodiscard]] bool skip_bad() const { return skip_bad_; }
  /// Reads training data, and tells the user what the reader decided.
  [[nodiscard]] table::EncodedTable read() const;
  /// Reads rows for a model, whose columns are found by the model's schema; unused labels are not read, and may be
  /// absent or blank.
  [[nodiscard]] Dataset read_for(const model::Model& model, LabelUse use) const;
  /// Throws InputError unless all of `outputs` can be written and none is an input: the data, or one of `inputs`. Empty
  /// paths do not count. Called before any long work.
  void require_writable(const std::vector<std::filesystem::path>& outputs,
                        std::vector<std::filesystem::path> inputs = {}) const;

 private:
  [[nodiscard]] io::ReadOptions read_options() const;
  /// Adds the options that say how a table is written and what its columns are.
  void add_table_options(CLI::App& command);
  /// Tells the user the warnings and notes of the reader.
  void tell_notes_of(const Dataset& data) const;

  std::filesystem::path file_;
  std::string format_ = "auto";
  std::string header_ = "auto";
  std::string delimiter_ = "auto";
  std::string decimal_ = "auto";
  std::string missing_ = "error";
  io::ReadOptions options_;  // but for what the texts above say
  std::string image_column_;
  bool skip_bad_ = false;
};

/// Reads a model file, networks included if the program is built with the deep module.
[[nodiscard]] model::Model load_model(const std::filesystem::path& file);

/// Tells which options exist. `program` must outlive all texts.
void use_options_of(const CLI::App& program);
/// An OptionSpeller: "--name value", or "-k 3" for a name of one letter. Empty if no command has such an option, or the
/// command that runs takes it without dashes.
[[nodiscard]] std::string spell_option(std::string_view name, std::string_view value);

/// Adds the cells of the identifying columns of a row to a line of output.
void add_ids(Record& line, const std::vector<NamedTexts>& ids, std::size_t row);

/// Prints one line to standard error, with options named in backticks as they stand on the command line.
void warn(const std::string& message);

/// Prints one line to standard error, and keeps the message for the field "notes" of the JSON object of this run.
void note(const std::string& message);
/// Prints the notes of the reader of a file likewise.
void note_all(const std::filesystem::path& file, const std::vector<std::string>& messages);

/// Tells the user that the rows are those that the model was trained on, and how they were judged.
void note_leave_one_out(const std::filesystem::path& model);

/// Prints one JSON object to standard output, with the notes so far if there are any.
void print_json(Record record);
/// Prints the record as JSON if that is asked for, else as text.
void print(const Record& record, const CommonOptions& common);
/// How the columns of a table were read: header, label, numbers of columns by type, and those left out. `labelled` rows
/// without a label column have their labels from elsewhere.
[[nodiscard]] Record describe_reading(const table::Schema& schema, bool labelled);
/// What fit and tune tell of a model in JSON.
[[nodiscard]] Record fit_report(const model::Model& model, double seconds);

/// Catches the first Ctrl-C from now on, which `interrupted()` then tells; a second one ends the program at once.
void catch_interrupts();
[[nodiscard]] bool interrupted();

using report::figure;

}  // namespace holdfast::app
