// How a data set on disk is to be read.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "holdfast/core/types.hpp"
#include "holdfast/table/schema.hpp"

namespace holdfast::io {

/// What messages call a file of data: its path, or "standard input" for "-".
[[nodiscard]] std::string source_name(const std::filesystem::path& file);

enum class Format { automatic, csv, tsv, libsvm, npy, npz, idx, cifar, cifar100 };

/// The format of that name: auto, csv, tsv, libsvm (also svmlight, svm), npy, npz, idx, cifar, cifar100. Throws
/// InputError that names the choices.
[[nodiscard]] Format parse_format(std::string_view name);
/// The same, or nothing if there is no such format.
[[nodiscard]] std::optional<Format> find_format(std::string_view name);

/// Whether the first line of a delimited text names the columns.
enum class HeaderChoice { automatic, yes, no };
/// Rows with missing cells are refused, left out (counted in a note), or their cells are filled in.
enum class Missing { error, drop, impute };

/// The choice of that name ("auto", "yes", "no"; "error", "drop", "impute"). Throws InputError that names the choices.
[[nodiscard]] HeaderChoice parse_header(std::string_view name);
[[nodiscard]] Missing parse_missing(std::string_view name);
/// A delimiter or decimal mark: one character, "tab", "blanks", or "auto" for 0. Throws InputError of the field
/// `option`.
[[nodiscard]] char parse_mark(std::string_view text, std::string_view option);

struct ReadOptions {
  /// By default the format follows the file's extension (without .gz).
  Format format = Format::automatic;
  /// csv and tsv: the label column, by name, or "first", "last" or "#N" (position, counted from 1); an exact name wins.
  /// Empty: the last column, or the one that the schema knows. "none", for any format: unlabelled rows.
  std::string label;
  /// Labels in a file of their own, one per row. The data file's own labels, if it has any, are then not used; in csv
  /// and tsv all columns are features then.
  std::filesystem::path labels_file;
  /// The number of features expected, or 0. libsvm rows are padded up to it; for every other format a different number
  /// is an error.
  Index dimension = 0;
  /// npz: the arrays to read, "X=NAME,y=NAME" or one of them; by default X and y, or arrays of usual names.
  std::string array;

  /// The label column is known, but its cells are not read: they may be blank.
  bool skip_labels = false;
  /// Delimited text: a delimiter (' ' for runs of spaces and tabs) and a decimal mark; 0: found out.
  HeaderChoice header = HeaderChoice::automatic;
  char delimiter = '\0';
  char decimal = '\0';
  /// Delimited text: columns left out, the only feature columns taken, columns that identify rows, and columns of
  /// categories ("auto": those of texts; "none": no column), each as table::choose_columns takes them.
  std::string drop;
  std::string columns;
  std::string id;
  std::string categorical = "auto";
  Missing missing = Missing::error;
  /// The schema of the model that the rows are for; null for training rows. It must outlive the call. libsvm: if its
  /// features are named by indices, as `read_dataset` names those of a libsvm file, the rows count from the same first
  /// index.
  const table::Schema* schema = nullptr;

  /// Whether the file's own labels are to be read.
  [[nodiscard]] bool own_labels() const { return label != "none" && labels_file.empty() && !skip_labels; }
};

}  // namespace holdfast::io
