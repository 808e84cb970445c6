// Data sets on disk, in the formats that users have them in.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/core/dataset.hpp"

namespace holdfast::io {

enum class Format { automatic, csv, tsv, libsvm, npy, npz, idx, cifar, cifar100 };

/// The format of that name: auto, csv, tsv, libsvm (also svmlight, svm), npy, npz, idx, cifar, cifar100. Throws
/// InputError that names the choices.
[[nodiscard]] Format parse_format(std::string_view name);

struct ReadOptions {
  /// By default the format follows the file's extension (without .gz).
  Format format = Format::automatic;
  /// csv and tsv: the name of the label column; empty: the last column. "none", for any format: unlabelled rows.
  std::string label;
  /// Labels in a file of their own, one per row. The data file's own labels, if it has any, are then not used; in csv
  /// and tsv all columns are features then.
  std::filesystem::path labels_file;
  /// The number of features expected, or 0. libsvm rows are padded up to it; for every other format a different number
  /// is an error.
  Index dimension = 0;
  /// The names of the features expected, or empty. libsvm: if they are indices, as `read_dataset` names the features of
  /// a libsvm file, the rows count from the same first index.
  std::vector<std::string> feature_names;
  /// npz: the arrays to read, "X=NAME,y=NAME" or one of them; by default X and y, or arrays of usual names.
  std::string array;

  /// Whether the file's own labels are to be read: not with label "none", nor with a file of labels.
  [[nodiscard]] bool own_labels() const { return label != "none" && labels_file.empty(); }
};

/// Reads a data set: n x d, n >= 1, d >= 1, all values finite. Throws InputError, "file:line:column: what is wrong;
/// what would be right" for text and "file: ..." for binary formats, if the file is missing, malformed, truncated,
/// or holds a missing or infinite value. Text is read through a window: memory holds the matrix and little else.
[[nodiscard]] Dataset read_dataset(const std::filesystem::path& file, const ReadOptions& options = {});

/// Reads labels for `rows` rows, one per row: idx of one dimension, npy (integers, floats, texts), or text with one
/// label per line; each also as .gz. A first line of text is a header if it alone is no number, or if it occurs
/// once while others recur and is one line too many; a column before the labels that names rows is left out. What was
/// decided so is added to `notes`. Throws InputError as `read_dataset` does.
[[nodiscard]] std::vector<std::string> read_labels(const std::filesystem::path& file, Index rows,
                                                   std::vector<std::string>& notes);

}  // namespace holdfast::io
