// Samples with their labels and their source.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/core/random.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// Class labels of any type, encoded 0..c-1. `names[code]` is the text of a class.
struct Labels {
  std::vector<int> codes;          ///< n codes, one per sample
  std::vector<std::string> names;  ///< c class texts, without repetition
  /// How much each sample counts in what is learned, n weights of at least 0; empty: all the same.
  std::vector<double> weights = {};

  [[nodiscard]] Index size() const { return static_cast<Index>(codes.size()); }
  [[nodiscard]] Index classes() const { return static_cast<Index>(names.size()); }
  /// The code of a sample.
  [[nodiscard]] int code(Index row) const { return codes[static_cast<std::size_t>(row)]; }
  /// The text of a class.
  [[nodiscard]] const std::string& name(int code) const { return names[static_cast<std::size_t>(code)]; }
  /// The label of a sample as a text.
  [[nodiscard]] const std::string& text(Index row) const { return name(code(row)); }
  bool operator==(const Labels&) const = default;
};

/// Encodes label texts. Codes follow the sorted texts: by value if all are numbers, else by bytes. The encoding so
/// does not depend on the order of the rows.
[[nodiscard]] Labels encode_labels(std::span<const std::string> texts);
/// Encodes whole numbers; codes follow their order.
[[nodiscard]] Labels encode_labels(std::span<const int> values);

/// The code of a label text among class names, or -1: the same text, else the same number ("+1" is "1", as formats
/// write labels differently).
[[nodiscard]] int find_label(std::span<const std::string> names, const std::string& text);

/// The labels as numbers, n entries, for methods that learn quantities. Throws InputError that names the first label
/// that is no finite number; `method` says who needs one.
[[nodiscard]] Vector numeric_labels(const Labels& labels, std::string_view method);

/// The number of samples of each class, c entries.
[[nodiscard]] std::vector<Index> class_counts(const Labels& labels);

/// The rows of each class in ascending order: entry c lists the rows whose code is c, for codes from 0.
[[nodiscard]] std::vector<std::vector<Index>> class_rows(std::span<const int> codes);

/// The samples in a random order within classes, one class after the other: every k-th of them, from each of the first
/// k on, is a stratified fold.
[[nodiscard]] std::vector<Index> stratified_order(const Labels& labels, Random& random);

/// A named column of texts, one per sample.
struct NamedTexts {
  std::string name;
  std::vector<std::string> texts;
};

/// A table of samples: X is n x d, one sample per row, all values finite.
struct Dataset {
  Matrix x;
  std::optional<Labels> labels;             ///< absent for unlabelled data
  std::vector<std::string> columns;         ///< d feature names, or empty if the file has none
  std::string source;                       ///< the file it came from, for messages
  std::vector<std::string> row_names = {};  ///< n names, such as the files of images; empty: row numbers
  std::vector<NamedTexts> ids = {};         ///< columns that identify samples, for outputs; each of n texts
  std::vector<std::string> warnings = {};   ///< what its user is likely to want otherwise, one sentence each
  std::vector<std::string> notes = {};      ///< decisions of the reader that its user should know of, one sentence each

  [[nodiscard]] Index rows() const { return x.rows(); }
  [[nodiscard]] Index dimension() const { return x.cols(); }
};

/// A view of a table: functions take views, so that rows in foreign memory (an array of another language, a block of a
/// matrix) need no copy. A Dataset converts to a view. A view must not outlive its table.
struct DatasetView {
  DatasetView(const Dataset& data)  // NOLINT(google-explicit-constructor): a data set can be looked at
      : x(data.x), labels(data.labels ? &*data.labels : nullptr), columns(data.columns), source(data.source) {}
  DatasetView(const MatrixView& rows, const Labels* their_labels = nullptr, std::span<const std::string> names = {},
              std::string_view from = "the data")
      : x(rows), labels(their_labels), columns(names), source(from) {}

  MatrixView x;                          ///< n x d
  const Labels* labels;                  ///< null for unlabelled data
  std::span<const std::string> columns;  ///< d feature names, or empty
  std::string_view source;               ///< name of the table in messages

  [[nodiscard]] Index rows() const { return x.rows(); }
  [[nodiscard]] Index dimension() const { return x.cols(); }
};

/// The given rows of a data set, in the given order. Class names stay those of the whole set, so codes stay comparable.
[[nodiscard]] Dataset select_rows(const Dataset& data, std::span<const Index> rows);
/// The given rows of a matrix, in the given order.
[[nodiscard]] Matrix select_rows(const MatrixView& x, std::span<const Index> rows);

/// Throws InputError that names row and column of the first value that is NaN or infinite. Readers of files check their
/// values themselves; this check is for rows from elsewhere.
void require_finite(const DatasetView& data);

/// Throws InputError unless `data` is labelled; `purpose` completes "needs labels to ...".
const Labels& require_labels(const DatasetView& data, std::string_view purpose);

/// A 64-bit checksum over shape, values and label texts that identifies the training data in a model file.
[[nodiscard]] std::string checksum(const DatasetView& data);

}  // namespace holdfast
