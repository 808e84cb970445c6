#include "io/libsvm.hpp"

#include <fast_float/fast_float.h>
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>

#include "io/missing_cells.hpp"
#include "io/table.hpp"
#include "io/text.hpp"

namespace holdfast::io {
namespace {

constexpr std::int32_t row_begin = -1;  // among the indices

/// The first index of the rows that the schema is of, if `column_names` named its features; none if not.
std::optional<std::int32_t> first_index_of(const table::Schema* schema) {
  const std::vector<std::string> columns = schema == nullptr ? std::vector<std::string>() : schema->feature_names();
  if (columns.empty() || (columns[0] != "0" && columns[0] != "1")) return std::nullopt;
  return columns[0] == "0" ? 0 : 1;
}

/// The indices of the features are their names. A model that keeps them knows whether later files count from 0 too.
std::vector<std::string> column_names(std::int32_t first, Index count) {
  std::vector<std::string> names;
  for (Index i = 0; i < count; ++i) names.push_back(fmt::format("{}", first + i));
  return names;
}

class LibsvmReader {
 public:
  LibsvmReader(ByteSource& source, const ReadOptions& options)
      : lines_(source), options_(options), known_first_(first_index_of(options.schema)) {}

  Dataset read() {
    std::string_view line;
    Index blank = 0;
    while (lines_.next(line)) {
      const std::size_t comment = line.find('#');
      if (is_blank(line.substr(0, comment))) {
        if (comment == std::string_view::npos && blank == 0) blank = lines_.number();
        continue;
      }
      if (blank > 0) fail_at(lines_.source_name(), blank, 1, "the line is empty; remove it");
      begin_ = line.data();
      read_row(line.substr(0, comment));
    }
    if (n_rows_ == 0) fail(lines_.source_name(), "holds no rows; it must hold at least one row");
    const std::int32_t first = known_first_.value_or(zero_line_ > 0 ? 0 : 1);
    const Index columns = options_.dimension > 0 ? options_.dimension : largest_ + 1 - first;
    if (columns <= 0) fail(lines_.source_name(), "holds no features, only labels; write features as index:value");
    if (largest_ - first >= columns) {
      fail_at(
          lines_.source_name(), zero_line_, 1,
          fmt::format("index 0 occurs, so that indices count from 0 and index {} is beyond the {} features expected; "
                      "give rows of the same features",
                      largest_, columns));
    }
    Dataset data;
    data.x = take_matrix(first, columns);
    if (options_.own_labels()) data.labels = labels_.take();
    // Names of a model's columns are left to the model, which may have them from another format.
    if (options_.dimension == 0) data.columns = column_names(first, columns);
    if (zero_line_ > 0)
      data.notes.push_back(fmt::format("index 0 occurs (line {}), so indices count from 0", zero_line_));
    if (first == 0 && zero_line_ == 0) data.notes.emplace_back("indices count from 0, as in the training file");
    return data;
  }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

  [[noreturn]] void fail_here(const char* at, std::string_view problem) const {
    fail_at(lines_.source_name(), lines_.number(), at - begin_ + 1, problem);
  }

  static std::string_view token_at(const char* at, const char* end) {
    const char* stop = at;
    while (stop != end && !is_space(*stop)) ++stop;
    return {at, static_cast<std::size_t>(stop - at)};
  }

  void read_row(std::string_view line) {
    const char* at = line.data();
    const char* const end = at + line.size();
    const auto skip_spaces = [&] {
      while (at != end && is_space(*at)) ++at;
    };
    skip_spaces();
    if (n_rows_ == 0) refuse_sizes(line, at);
    const std::string_view first = token_at(at, end);
    if (first.find(':') == std::string_view::npos) {
      if (options_.own_labels()) keep_label(first, at);
      at += first.size();
    } else if (options_.own_labels()) {
      fail_here(at, fmt::format("{} stands where the label belongs; begin every row with its label (`label=none` if "
                                "there are none)",
                                shown(first)));
    }
    put(row_begin, 0.0);
    ++n_rows_;
    previous_ = -1;
    for (skip_spaces(); at != end; skip_spaces()) at = read_entry(at, end);
  }

  /// Files for extreme classification begin with the numbers of their rows, features and labels.
  void refuse_sizes(std::string_view line, const char* at) const {
    const std::string_view text = trimmed(line);
    if (text.find_first_not_of("0123456789 \t") != std::string_view::npos || text.find_first_of(" \t") == text.npos)
      return;
    fail_here(at, fmt::format("{} is a line of sizes, not a row; remove it", shown(text)));
  }

  void keep_label(std::string_view text, const char* at) {
    if (!is_utf8(text)) fail_here(at, "the label is not valid UTF-8; save the file as UTF-8");
    text = settled_label(text, options_.missing,
                         [&](const std::string& problem) { fail_here(at, "the label " + problem); });
    if (text.find(',') != std::string_view::npos) {
      fail_here(at, fmt::format("{} lists several labels; give every row one label", shown(text)));
    }
    // Texts repeat from row to row, so that most need not be made canonical again.
    if (text != last_label_) {
      last_label_ = text;
      last_canonical_ = canonical_label(text);
    }
    labels_.add(last_canonical_);
  }

  /// Reads one index:value and returns its end.
  const char* read_entry(const char* at, const char* end) {
    std::int32_t index = 0;
    const auto [colon, index_status] = std::from_chars(at, end, index);
    if (index_status != std::errc() || colon == end || *colon != ':') explain_entry(at, end);
    if (index <= previous_) fail_order(at, index);
    if (known_first_ == 1 && index == 0) {
      fail_here(at, "index 0 occurs, but indices count from 1 in the training file; write both files in one way");
    }
    if (index == 0 && zero_line_ == 0) zero_line_ = lines_.number();
    if (options_.dimension > 0 && index - known_first_.value_or(1) >= options_.dimension) {
      fail_here(at, fmt::format("index {} is beyond the {} features expected; give rows of the same features", index,
                                options_.dimension));
    }
    double value = 0.0;
    const auto [stop, status] = fast_float::from_chars(colon + 1, end, value);
    if (status != std::errc() || !std::isfinite(value) || (stop != end && !is_space(*stop))) {
      const std::string_view token = token_at(at, end);
      const std::string_view text = token.substr(static_cast<std::size_t>(colon + 1 - at));
      const Number number = read_number(text);
      if (number.kind != Number::Kind::finite) {
        if (text.empty()) fail_here(at, fmt::format("index {} has no value; write it as index:value", index));
        const bool settled_later = options_.missing != Missing::error || options_.schema != nullptr;
        if (number.kind != Number::Kind::missing || !settled_later) {
          fail_here(colon + 1, explain(number, text, missing_remedy));
        }
      }
      value = number.kind == Number::Kind::missing ? std::numeric_limits<double>::quiet_NaN() : number.value;
    }
    const char* const token_end = stop != end && !is_space(*stop) ? at + token_at(at, end).size() : stop;
    previous_ = index;
    if (index > largest_) largest_ = index;
    put(index, value);
    return token_end;
  }

  void put(std::int32_t index, double value) {
    indices_.push_back(index);
    values_.push_back(value);
  }

  /// Frees the entries as it fills the matrix.
  Matrix take_matrix(std::int32_t first, Index columns) {
    // A metric over d features holds d x d numbers, so that no metric could be learned from more.
    constexpr Index most_features = Index{1} << 18;
    require_memory(lines_.source_name(), static_cast<std::uint64_t>(n_rows_), static_cast<std::uint64_t>(columns));
    if (columns > most_features) {
      fail(lines_.source_name(), fmt::format("index {} occurs, but at most {} features can be read; give rows of fewer "
                                             "features",
                                             largest_, most_features));
    }
    Matrix matrix = Matrix::Zero(n_rows_, columns);
    Index row = -1;
    for (; !indices_.empty(); indices_.pop_front(), values_.pop_front()) {
      const std::int32_t index = indices_.front();
      if (index == row_begin) {
        ++row;
      } else {
        matrix(row, index - first) = values_.front();
      }
    }
    return matrix;
  }

  [[noreturn]] void fail_order(const char* at, std::int32_t index) const {
    if (index < 0) fail_here(at, fmt::format("index {} is negative; indices begin at 0 or 1", index));
    if (index == previous_) fail_here(at, fmt::format("index {} occurs twice in the row; give each index once", index));
    fail_here(at, fmt::format("index {} follows {}; indices must rise within a row", index, previous_));
  }

  /// Says what is wrong with a token that is no index:value.
  [[noreturn]] void explain_entry(const char* at, const char* end) const {
    const std::string_view token = token_at(at, end);
    if (token.starts_with("qid:")) {
      fail_here(at,
                fmt::format("{} names a query of learning to rank, whose labels are ranks; remove it if the labels are "
                            "classes",
                            shown(token)));
    }
    const std::size_t colon = token.find(':');
    if (colon == std::string_view::npos) {
      fail_here(at, fmt::format("{} has no colon; write every feature as index:value", shown(token)));
    }
    const std::string_view index = token.substr(0, colon);
    if (!index.empty() && index.find_first_not_of("0123456789") == std::string_view::npos) {
      fail_here(at, fmt::format("index {} is too large; indices must not exceed {}", shown(index),
                                std::numeric_limits<std::int32_t>::max()));
    }
    fail_here(at, fmt::format("{} is not an index; write every feature as index:value, with a whole number as index",
                              shown(index)));
  }

  LineReader lines_;
  const ReadOptions& options_;
  std::optional<std::int32_t> known_first_;  // index of the first feature in the training file
  // The entries that are given; row_begin marks the beginning of a row. A deque grows without moving them.
  std::deque<std::int32_t> indices_;
  std::deque<double> values_;
  Index n_rows_ = 0;
  LabelCollector labels_;
  std::string last_label_;
  std::string last_canonical_;
  const char* begin_ = nullptr;  // of the line
  std::int32_t previous_ = -1;   // index in the row
  Index largest_ = -1;
  Index zero_line_ = 0;  // where index 0 occurs first
};

}  // namespace

Dataset read_libsvm(ByteSource& source, const ReadOptions& options) { return LibsvmReader(source, options).read(); }

}  // namespace holdfast::io
