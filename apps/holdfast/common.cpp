#include "common.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <csignal>
#include <iostream>
#include <system_error>

#include "deep_module.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/io/atomic_file.hpp"
#include "holdfast/io/dataset_file.hpp"
#include "holdfast/io/model_file.hpp"
#include "holdfast/model/training_rows.hpp"
#include "holdfast/report/json.hpp"

namespace holdfast::app {
namespace {

std::atomic<bool> interrupt_seen{false};
const CLI::App* all_options = nullptr;
std::vector<std::string> notes;

bool is_positional(const CLI::App& command, std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
  const CLI::Option* option = command.get_option_no_throw(name);
  return option != nullptr && option->get_positional();
}

}  // namespace

void DataOptions::add_to(CLI::App& command, const std::string& file_option, const std::string& labels_option) {
  command
      .add_option(file_option, file_, "data file: csv, tsv, libsvm, npy, npz, idx, cifar or cifar100, each also as .gz")
      ->required()
      ->type_name("FILE");
  command
      .add_option("--format", format_,
                  "its format: csv, tsv, libsvm, npy, npz, idx, cifar, cifar100; auto: by extension")
      ->capture_default_str()
      ->type_name("NAME");
  add_table_options(command);
  command
      .add_option(labels_option, options_.labels_file,
                  "labels in a file of their own (idx, npy, or text with one per line)")
      ->type_name("FILE");
  if (!network_methods().empty()) {
    command.add_flag("--skip-bad", skip_bad_,
                     "of folders and manifests of images: leave out files that cannot be decoded");
    command
        .add_option("--image-column", image_column_,
                    "of manifests: the column of the image files, by name or #N; default: file, filename, path, image "
                    "and the like")
        ->type_name("NAME");
  }
}

void DataOptions::add_table_options(CLI::App& command) {
  const auto add = [&](const char* name, std::string& value, const char* help, const char* placeholder) {
    CLI::Option* option = command.add_option(name, value, help)->type_name(placeholder);
    if (!value.empty()) option->capture_default_str();
  };
  add("--label", options_.label,
      "label column: a name, first, last or #N (counted from 1); none: there are no labels; default: the last column, "
      "or the one that the model knows",
      "NAME");
  add("--array", options_.array, "names of the arrays of an npz file; default: X and y, or other usual names",
      "X=NAME,y=NAME");
  add("--header", header_, "whether the first line of a table names the columns: auto, yes or no", "CHOICE");
  add("--delimiter", delimiter_, "what separates the columns: auto, a character, tab or blanks", "C");
  add("--decimal", decimal_, "decimal mark of numbers: auto, . or ,", "C");
  add("--drop", options_.drop, "columns left out: names, #N, #2-5 or name*, comma-separated", "COLS");
  add("--columns", options_.columns, "the only feature columns taken, likewise", "COLS");
  add("--id", options_.id, "columns that are no features and are copied into outputs with a line per row, likewise",
      "COLS");
  add("--categorical", options_.categorical,
      "columns of categories: auto (those of texts), none, or a list; two categories become one column of 0 and 1, "
      "more become one column each",
      "COLS");
  add("--missing", missing_,
      "rows with missing cells: error, drop (leave them out), or impute (median, most frequent category)", "CHOICE");
}

io::ReadOptions DataOptions::read_options() const {
  io::ReadOptions options = options_;
  options.format = io::parse_format(format_);
  options.header = io::parse_header(header_);
  options.delimiter = io::parse_mark(delimiter_, "delimiter");
  options.decimal = io::parse_mark(decimal_, "decimal");
  options.missing = io::parse_missing(missing_);
  return options;
}

void DataOptions::tell_notes_of(const Dataset& data) const {
  for (const std::string& text : data.warnings) {
    warn(fmt::format("{}: {}", file_.string(), text));
    notes.push_back(text);
  }
  note_all(file_, data.notes);
}

table::EncodedTable DataOptions::read() const {
  table::EncodedTable table = io::read_table(file_, read_options());
  tell_notes_of(table.data);
  return table;
}

namespace {

/// The columns that rows for the model have: of its table, or if it kept none d numbers, perhaps with a label.
table::Schema expected_columns(const model::Model& model) {
  if (!model.schema.empty()) return model.schema;
  table::Schema schema;
  schema.header = !model.columns.empty();
  schema.columns.resize(static_cast<std::size_t>(model.input_dimension()));
  for (std::size_t i = 0; i < model.columns.size(); ++i) schema.columns[i].name = model.columns[i];
  schema.columns.push_back({.name = "", .role = table::Role::label});
  return schema;
}

}  // namespace

Dataset DataOptions::read_for(const model::Model& model, LabelUse use) const {
  const ImageLabels labels = options_.label == "none"    ? ImageLabels::none
                             : use == LabelUse::required ? ImageLabels::required
                                                         : ImageLabels::optional;
  if (std::optional<Dataset> images = read_images_for(model, *this, labels)) {
    tell_notes_of(*images);
    return std::move(*images);
  }
  const table::Schema schema = expected_columns(model);
  io::ReadOptions options = read_options();
  const std::string extension = file_.stem().extension().string() + file_.extension().string();
  const bool sparse = options.format == io::Format::libsvm ||
                      (options.format == io::Format::automatic && extension.find("svm") != std::string::npos);
  if (sparse) options.dimension = model.input_dimension();
  options.schema = &schema;
  options.skip_labels = use == LabelUse::unused;
  Dataset data = io::read_dataset(file_, options);
  tell_notes_of(data);
  return data;
}

void DataOptions::require_writable(const std::vector<std::filesystem::path>& outputs,
                                   std::vector<std::filesystem::path> inputs) const {
  inputs.insert(inputs.end(), {file_, options_.labels_file});
  for (const std::filesystem::path& out : outputs) {
    if (out.empty()) continue;
    for (const std::filesystem::path& input : inputs) {
      std::error_code status;
      if (!std::filesystem::equivalent(out, input, status) || status) continue;
      throw InputError(fmt::format("{}: is an input of this command and would be overwritten; give another output file",
                                   out.string()));
    }
    const io::AtomicFile probe(out);  // makes and removes a file beside the target
  }
}

model::Model load_model(const std::filesystem::path& file) { return io::load_model(file, embedding_reader()); }

void use_options_of(const CLI::App& program) { all_options = &program; }

std::string spell_option(std::string_view name, std::string_view value) {
  if (all_options == nullptr) return {};
  for (const CLI::App* command : all_options->get_subcommands()) {
    if (is_positional(*command, std::string(name))) return {};
  }
  for (const char* dashes : {"--", "-"}) {
    std::string spelled = dashes + std::string(name);
    std::ranges::replace(spelled, '_', '-');
    const auto has_it = [&](const CLI::App* command) { return command->get_option_no_throw(spelled) != nullptr; };
    if (std::ranges::none_of(all_options->get_subcommands({}), has_it)) continue;
    return value.empty() ? spelled : spelled + " " + std::string(value);
  }
  return {};
}

void warn(const std::string& message) {
  std::cerr << "holdfast: warning: " << spell_options(message, spell_option) << "\n";
}

void note(const std::string& message) {
  notes.push_back(spell_options(message, spell_option));
  std::cerr << "holdfast: note: " << notes.back() << "\n";
}

void note_all(const std::filesystem::path& file, const std::vector<std::string>& messages) {
  for (const std::string& message : messages) note(fmt::format("{}: {}", io::source_name(file), message));
}

void note_leave_one_out(const std::filesystem::path& model) {
  note(fmt::format("{}: {}", model.string(), model::leave_one_out_note));
}

void print_json(Record record) {
  if (!notes.empty()) record.add("notes", notes);
  std::cout << report::to_json(record, 2) << "\n";
}

void print(const Record& record, const CommonOptions& common) {
  if (common.json) return print_json(record);
  fmt::print("{}", report::to_text(record));
}

void add_ids(Record& line, const std::vector<NamedTexts>& ids, std::size_t row) {
  for (const NamedTexts& id : ids) line.add(line.find(id.name) ? "id " + id.name : id.name, id.texts[row]);
}

Record describe_reading(const table::Schema& schema, bool labelled) {
  using table::ColumnType;
  const auto count = [&](ColumnType type) {
    return std::ranges::count_if(schema.columns, [&](const table::Column& column) {
      return column.role == table::Role::feature && column.type == type;
    });
  };
  std::vector<std::string> left_out;
  std::optional<std::string> label;
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    const table::Column& column = schema.columns[i];
    const std::string name = column.name.empty() ? fmt::format("#{}", i + 1) : column.name;
    if (column.role == table::Role::label) label = name;
    if (column.role == table::Role::left_out || column.role == table::Role::id) left_out.push_back(name);
  }
  Record record;
  record.add("header", schema.header).add("label", label).add("numeric", count(ColumnType::numeric));
  record.add("boolean", count(ColumnType::boolean)).add("categorical", count(ColumnType::categorical));
  record.add("left_out", left_out);
  const std::string labels = label      ? fmt::format("label {}", *label)
                             : labelled ? std::string("labels of their own")
                                        : std::string("no label column");
  record.say(fmt::format(
      "table          {}; {}; {{numeric}} numeric, {{boolean}} boolean, {{categorical}} categorical columns{}",
      schema.header ? "header" : "no header", labels, left_out.empty() ? "" : "; left out: {left_out}"));
  return record;
}

Record fit_report(const model::Model& model, double seconds) {
  Record report = describe(model.facts)
                      .add("classes", model.task == model::Task::regression ? Index{0} : model.labels.classes())
                      .add("seconds", seconds);
  if (!model.schema.empty()) report.add("table", describe_reading(model.schema, model.labels.size() > 0));
  return report;
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupt_seen.store(true); };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return interrupt_seen.load(); }

}  // namespace holdfast::app
