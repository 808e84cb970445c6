#include "holdfast/core/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <unordered_map>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"

namespace holdfast {
namespace {

std::optional<double> as_number(std::string_view text) {
  return parse_real(text.starts_with('+') ? text.substr(1) : text);
}

void sort_label_names(std::vector<std::string>& names) {
  std::vector<std::pair<double, std::string>> numbered;
  for (const std::string& name : names) {
    const std::optional<double> value = as_number(name);
    if (!value) {
      std::sort(names.begin(), names.end());
      return;
    }
    numbered.emplace_back(*value, name);
  }
  std::sort(numbered.begin(), numbered.end());
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = numbered[i].second;
}

/// FNV-1a over bytes; numbers are taken as whole words, with a shift more, as they are the bulk.
class Checksum {
 public:
  void add(const void* bytes, std::size_t count) {
    const auto* p = static_cast<const unsigned char*>(bytes);
    for (std::size_t i = 0; i < count; ++i) hash_ = (hash_ ^ p[i]) * 0x100000001b3ULL;
  }
  void add(double value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    hash_ = (hash_ ^ bits) * 0x100000001b3ULL;
    hash_ ^= hash_ >> 29;
  }
  [[nodiscard]] std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

}  // namespace

Labels encode_labels(std::span<const std::string> texts) {
  Labels labels;
  std::unordered_map<std::string, int> code_of;
  for (const std::string& text : texts) {
    if (code_of.emplace(text, 0).second) labels.names.push_back(text);
  }
  sort_label_names(labels.names);
  for (std::size_t code = 0; code < labels.names.size(); ++code) code_of[labels.names[code]] = static_cast<int>(code);
  labels.codes.reserve(texts.size());
  for (const std::string& text : texts) labels.codes.push_back(code_of[text]);
  return labels;
}

Labels encode_labels(std::span<const int> values) {
  Labels labels;
  std::vector<int> classes(values.begin(), values.end());
  std::ranges::sort(classes);
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  for (const int value : classes) labels.names.push_back(std::to_string(value));
  labels.codes.reserve(values.size());
  for (const int value : values) {
    labels.codes.push_back(static_cast<int>(std::lower_bound(classes.begin(), classes.end(), value) - classes.begin()));
  }
  return labels;
}

int find_label(std::span<const std::string> names, const std::string& text) {
  const auto same = std::ranges::find(names, text);
  if (same != names.end()) return static_cast<int>(same - names.begin());
  const std::optional<double> value = as_number(text);
  if (!value) return -1;
  const auto equal = std::ranges::find(names, value, [](const std::string& name) { return as_number(name); });
  return equal == names.end() ? -1 : static_cast<int>(equal - names.begin());
}

Vector numeric_labels(const Labels& labels, std::string_view method) {
  std::vector<double> values;
  for (const std::string& name : labels.names) {
    const double value = as_number(name).value_or(std::numeric_limits<double>::quiet_NaN());
    if (!std::isfinite(value)) {
      throw InputError(Fault{
          .rule = fmt::format("the label \"{}\" is not a finite number, and {} learns from numbers", name, method),
          .remedy = "check that the label column is the right one (`label=NAME`)"});
    }
    values.push_back(value);
  }
  Vector numbers(labels.size());
  for (Index row = 0; row < labels.size(); ++row) numbers[row] = values[static_cast<std::size_t>(labels.code(row))];
  return numbers;
}

std::vector<std::vector<Index>> class_rows(std::span<const int> codes) {
  std::vector<std::vector<Index>> rows;
  for (std::size_t row = 0; row < codes.size(); ++row) {
    const auto code = static_cast<std::size_t>(codes[row]);
    if (code >= rows.size()) rows.resize(code + 1);
    rows[code].push_back(static_cast<Index>(row));
  }
  return rows;
}

std::vector<Index> class_counts(const Labels& labels) {
  std::vector<Index> counts(labels.names.size(), 0);
  for (const int code : labels.codes) ++counts[static_cast<std::size_t>(code)];
  return counts;
}

std::vector<Index> stratified_order(const Labels& labels, Random& random) {
  std::vector<Index> order = random.permutation(labels.size());
  std::ranges::stable_sort(order, {}, [&](Index row) { return labels.code(row); });
  return order;
}

Matrix select_rows(const MatrixView& x, std::span<const Index> rows) {
  Matrix selected(static_cast<Index>(rows.size()), x.cols());
  for (std::size_t i = 0; i < rows.size(); ++i) selected.row(static_cast<Index>(i)) = x.row(rows[i]);
  return selected;
}

Dataset select_rows(const Dataset& data, std::span<const Index> rows) {
  Dataset selected{select_rows(MatrixView(data.x), rows), std::nullopt, data.columns, data.source};
  if (data.labels) {
    Labels labels{{}, data.labels->names};
    for (const Index row : rows) labels.codes.push_back(data.labels->code(row));
    if (!data.labels->weights.empty()) {
      for (const Index row : rows) labels.weights.push_back(data.labels->weights[static_cast<std::size_t>(row)]);
    }
    selected.labels = std::move(labels);
  }
  if (!data.row_names.empty()) {
    for (const Index row : rows) selected.row_names.push_back(data.row_names[static_cast<std::size_t>(row)]);
  }
  for (const NamedTexts& id : data.ids) {
    NamedTexts& kept = selected.ids.emplace_back(NamedTexts{id.name, {}});
    for (const Index row : rows) kept.texts.push_back(id.texts[static_cast<std::size_t>(row)]);
  }
  return selected;
}

void require_finite(const DatasetView& data) {
  if (data.x.allFinite()) return;
  Index row = 0;
  while (data.x.row(row).allFinite()) ++row;
  Index column = 0;
  while (std::isfinite(data.x(row, column))) ++column;
  const std::string name = data.columns.empty() ? fmt::format("{}", column)
                                                : fmt::format("\"{}\"", data.columns[static_cast<std::size_t>(column)]);
  throw InputError(Fault{.place = fmt::format("{}: row {}, column {}", data.source, row, name),
                         .rule = fmt::format("{} is not a finite number", data.x(row, column)),
                         .remedy = "leave the row out or fill the value in (rows and columns are counted from 0)"});
}

const Labels& require_labels(const DatasetView& data, std::string_view purpose) {
  if (!data.labels) {
    throw InputError(Fault{.place = std::string(data.source),
                           .rule = fmt::format("has no labels, which are needed to {}", purpose),
                           .remedy = "name the label column (`label=NAME`) or give a label file (`labels=FILE`)"});
  }
  return *data.labels;
}

std::string checksum(const DatasetView& data) {
  Checksum hash;
  const Index shape[2] = {data.x.rows(), data.x.cols()};
  hash.add(shape, sizeof shape);
  for (const double value : data.x.reshaped<Eigen::RowMajor>()) hash.add(value);
  if (data.labels) {
    for (Index row = 0; row < data.labels->size(); ++row) {
      const std::string& text = data.labels->text(row);
      hash.add(text.c_str(), text.size() + 1);
    }
  }
  return fmt::format("{:016x}", hash.value());
}

}  // namespace holdfast
