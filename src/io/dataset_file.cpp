#include "holdfast/io/dataset_file.hpp"

#include <fmt/format.h>

#include <map>
#include <optional>

#include "holdfast/core/error.hpp"
#include "holdfast/io/image_file.hpp"
#include "io/byte_source.hpp"
#include "io/cifar.hpp"
#include "io/csv.hpp"
#include "io/idx.hpp"
#include "io/libsvm.hpp"
#include "io/missing_cells.hpp"
#include "io/npy.hpp"
#include "io/npz.hpp"
#include "io/table.hpp"
#include "io/text.hpp"
#include "io/text_labels.hpp"

namespace holdfast::io {
namespace {

/// MNIST's files are called train-images-idx3-ubyte or, elsewhere, train-images.idx3-ubyte.
bool has_idx_name(std::string_view name) {
  const std::size_t at = name.rfind("idx");
  if (at == std::string_view::npos || at == 0 || (name[at - 1] != '.' && name[at - 1] != '-')) return false;
  std::string_view rest = name.substr(at + 3);
  if (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') rest.remove_prefix(1);
  return rest.empty() || rest == "-ubyte";
}

/// The format that the file's name tells, or automatic if it tells none.
Format format_of_name(const std::filesystem::path& file) {
  const std::string name = plain_name(file);
  if (is_stream(file)) return Format::csv;
  const std::string_view extension = std::string_view(name).substr(name.rfind('.') + 1);
  if (extension.size() < name.size()) {
    if (extension == "tab") return Format::tsv;
    if (extension == "bin") return Format::cifar;
    if (const std::optional<Format> known = find_format(extension)) return *known;
  }
  return has_idx_name(name) ? Format::idx : Format::automatic;
}

/// Names that many tables have and that tell no delimiter, which is found out.
bool has_table_name(const std::filesystem::path& file) {
  const std::string name = plain_name(file);
  return name.ends_with(".txt") || name.ends_with(".data") || name.ends_with(".dat");
}

Dataset read_as(Format format, const std::filesystem::path& file, const ReadOptions& options) {
  if (format == Format::npz) return read_npz(file, options);
  const std::unique_ptr<ByteSource> source = open_file(file);
  Dataset data;
  switch (format) {
    case Format::libsvm: return read_libsvm(*source, options);
    case Format::npy: data.x = read_npy_matrix(*source, data.notes); return data;
    case Format::idx: data.x = read_idx_matrix(*source); return data;
    default:
      const PackedImages images = read_cifar(*source, format, options.own_labels());
      const Index pixels = images.channels * images.height * images.width;
      require_memory(source->name(), static_cast<std::uint64_t>(images.size()), static_cast<std::uint64_t>(pixels));
      using Bytes = Eigen::Matrix<std::uint8_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
      data.x = Eigen::Map<const Bytes>(images.pixels.data(), images.size(), pixels).cast<double>();
      data.labels = images.labels;
      return data;
  }
}

/// Joins classes whose texts differ only in form, such as 1, 1.0 and +1; but 007 is not 7.
void merge_forms(Labels& labels, std::vector<std::string>& notes) {
  std::map<std::string, std::vector<std::string>> forms;
  const auto form_of = [](const std::string& name) {
    const std::size_t digit = name.find_first_not_of("+-");
    const bool padded = digit != std::string::npos && name[digit] == '0' && digit + 1 < name.size() &&
                        name[digit + 1] >= '0' && name[digit + 1] <= '9';
    return padded ? name : canonical_label(name);
  };
  for (const std::string& name : labels.names) forms[form_of(name)].push_back(name);
  if (forms.size() == labels.names.size()) return;
  std::vector<std::string> merged;
  for (const int code : labels.codes) merged.push_back(form_of(labels.name(code)));
  labels = encode_labels(merged);
  for (const auto& [form, names] : forms) {
    if (names.size() > 1) notes.push_back(fmt::format("the labels {} are one class, {}", shown_list(names), form));
  }
}

Labels read_labels_of(Index rows, const std::string& name, const std::filesystem::path& file,
                      std::vector<std::string>& notes, Missing missing = Missing::error) {
  const std::size_t had = notes.size();
  const std::vector<std::string> labels = read_labels(file, rows, notes, missing);
  for (std::size_t i = had; i < notes.size(); ++i) notes[i] = fmt::format("{}: {}", file.string(), notes[i]);
  if (static_cast<Index>(labels.size()) != rows) {
    fail(file.string(), fmt::format("holds {} label{} for the {} rows of {}; give one label per row", labels.size(),
                                    labels.size() == 1 ? "" : "s", rows, name));
  }
  return encode_labels(labels);
}

table::EncodedTable read_delimited(ByteSource& source, char usual_delimiter, const ReadOptions& options) {
  table::Table table = read_csv(source, usual_delimiter, options);
  if (!options.labels_file.empty()) {
    table.labels = read_labels_of(table.cells.rows(), table.source, options.labels_file, table.notes, options.missing);
    if (options.missing == Missing::drop) drop_incomplete_rows(table);
  }
  if (options.schema != nullptr) return {table::encode(std::move(table), *options.schema), *options.schema};
  return table::encode(std::move(table), options.missing == Missing::impute);
}

}  // namespace

Dataset read_dataset(const std::filesystem::path& file, const ReadOptions& options) {
  return read_table(file, options).data;
}

table::EncodedTable read_table(const std::filesystem::path& file, const ReadOptions& options) {
  const std::string name = source_name(file);
  Format format = options.format == Format::automatic ? format_of_name(file) : options.format;
  if (format == Format::automatic && has_table_name(file)) format = Format::csv;
  const bool names_column = !options.label.empty() && options.label != "none";
  if (names_column && !options.labels_file.empty()) {
    fail(name, fmt::format("the labels are to come from column {} and from {}; give one of `label` and `labels`",
                           shown(options.label), options.labels_file.string()));
  }
  if (format == Format::automatic) {
    static_cast<void>(open_file(file));  // a missing file or a folder is the greater fault, and is named first
    fail(
        name,
        "its name does not tell its format; give `format` (csv, tsv, libsvm, npy, npz, idx, cifar or cifar100), or use "
        "one of the extensions .csv, .tsv, .libsvm, .npy, .npz, .idx, .bin (each also with .gz)");
  }
  if (!options.array.empty() && format != Format::npz) {
    fail(name, "is no npz archive, which `array` names the arrays of; leave `array` out");
  }
  const bool delimited = format == Format::csv || format == Format::tsv;
  if (names_column && !delimited) {
    fail(name,
         fmt::format("no column can be named {}, as only csv and tsv files have column names; leave `label` out, or "
                     "give a file of labels with `labels`",
                     shown(options.label)));
  }
  table::EncodedTable table;
  if (delimited) {
    table = read_delimited(*open_file(file), format == Format::csv ? ',' : '\t', options);
  } else {
    table.data = read_as(format, file, options);
    table.data.source = name;
  }
  Dataset& data = table.data;
  if (options.dimension > 0 && data.dimension() != options.dimension) {
    fail(name, fmt::format("has {} feature{}, but {} are expected; give rows of the same features (`label` names the "
                           "column that is no feature)",
                           data.dimension(), data.dimension() == 1 ? "" : "s", options.dimension));
  }
  if (!delimited) {
    if (!options.labels_file.empty()) {
      data.labels = read_labels_of(data.rows(), name, options.labels_file, data.notes, options.missing);
    }
    settle_missing_values(table, options);
  }
  if (data.labels) merge_forms(*data.labels, data.notes);
  data.source = name;
  return table;
}

bool is_packed_images(const std::filesystem::path& file, Format format) {
  if (format == Format::automatic) format = format_of_name(file);
  return format == Format::idx || format == Format::cifar || format == Format::cifar100;
}

PackedImages read_packed_images(const std::filesystem::path& file, const ReadOptions& options) {
  const Format format = options.format == Format::automatic ? format_of_name(file) : options.format;
  const std::unique_ptr<ByteSource> source = open_file(file);
  if (!is_packed_images(file, format)) {
    fail(source->name(),
         "holds no images; give an idx or CIFAR file, a folder with one folder of images per class, or a manifest (csv "
         "with the columns file,label)");
  }
  PackedImages images =
      format == Format::idx ? read_idx_images(*source) : read_cifar(*source, format, options.own_labels());
  if (!options.labels_file.empty()) {
    std::vector<std::string> notes;
    images.labels = read_labels_of(images.size(), file.string(), options.labels_file, notes);
  }
  return images;
}

std::vector<std::string> read_labels(const std::filesystem::path& file, Index rows, std::vector<std::string>& notes,
                                     Missing missing) {
  const std::unique_ptr<ByteSource> source = open_file(file);
  switch (format_of_name(file)) {
    case Format::csv: return read_text_labels(*source, ',', rows, notes, missing);
    case Format::tsv: return read_text_labels(*source, '\t', rows, notes, missing);
    case Format::npy: return read_npy_labels(*source, notes, missing);
    case Format::idx: return read_idx_labels(*source);
    case Format::npz:
    case Format::libsvm:
      fail(source->name(),
           "holds a whole data set; a file of labels must be idx, npy, csv or text with one label per line");
    default:
      // A name such as "labels" tells nothing; the first bytes do.
      if (begins_as_npy(*source)) return read_npy_labels(*source, notes, missing);
      if (begins_as_idx(*source)) return read_idx_labels(*source);
      return read_text_labels(*source, no_delimiter, rows, notes, missing);
  }
}

}  // namespace holdfast::io
