#include "holdfast/io/constraint_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "holdfast/core/parse.hpp"
#include "io/byte_source.hpp"
#include "io/text.hpp"

namespace holdfast::io {
namespace {

/// One line of three whole numbers.
struct Line {
  Index number;
  std::array<long long, 3> values;
};

/// A whole number as users write it, "+1" included.
std::optional<long long> whole_number(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  return parse_whole<long long>(text);
}

/// The lines of the file without a header. `form` is what a line should be, for messages.
std::vector<Line> read_lines(ByteSource& source, char delimiter, std::string_view form) {
  LineReader reader(source);
  std::vector<Line> lines;
  std::string_view text;
  bool first = true;
  while (reader.next(text)) {
    if (is_blank(text)) continue;
    const std::vector<std::string> cells = split_list(text, delimiter);
    Line line{reader.number(), {}};
    std::array<bool, 3> whole = {};
    for (std::size_t i = 0; i < std::min<std::size_t>(cells.size(), 3); ++i) {
      const std::optional<long long> value = whole_number(cells[i]);
      whole[i] = value.has_value();
      line.values[i] = value.value_or(0);
    }
    const bool header = std::exchange(first, false) && std::ranges::count(whole, true) == 0;
    if (cells.size() != 3) {
      fail_at(source.name(), line.number, static_cast<Index>(std::min<std::size_t>(cells.size() + 1, 4)),
              fmt::format("the line has {} field{}; it must be {}", cells.size(), cells.size() == 1 ? "" : "s", form));
    }
    if (header) continue;
    if (const auto bad = std::ranges::find(whole, false) - whole.begin(); bad < 3) {
      fail_at(source.name(), line.number, bad + 1,
              fmt::format("{} is not a whole number; the line must be {}",
                          shown(trimmed(cells[static_cast<std::size_t>(bad)])), form));
    }
    lines.push_back(line);
  }
  return lines;
}

char delimiter_of(const std::filesystem::path& file) {
  const std::string name = plain_name(file);
  return name.ends_with(".tsv") || name.ends_with(".tab") ? '\t' : ',';
}

/// The row number in field `at` of a line. Fails if there is no such row.
std::int32_t row_of(const ByteSource& source, const Line& line, std::size_t at, Index rows) {
  const std::string problem = constraints::problem_of_row(line.values[at], rows);
  if (!problem.empty()) fail_at(source.name(), line.number, static_cast<Index>(at) + 1, problem);
  return static_cast<std::int32_t>(line.values[at]);
}

}  // namespace

constraints::PairSet read_pairs(const std::filesystem::path& file, Index rows, constraints::PairKinds wanted) {
  const std::unique_ptr<ByteSource> source = open_file(file);
  const auto lines = read_lines(*source, delimiter_of(file), "first row,second row,label (1 similar, -1 dissimilar)");
  if (lines.empty()) fail(source->name(), "holds no pairs; give lines first row,second row,label");
  constraints::PairSet pairs;
  std::map<std::pair<std::int32_t, std::int32_t>, const Line*> seen;
  for (const Line& line : lines) {
    const linalg::RowPair pair{row_of(*source, line, 0, rows), row_of(*source, line, 1, rows)};
    const std::string problem = constraints::problem_of(pair);
    if (!problem.empty()) fail_at(source->name(), line.number, 2, problem);
    const long long label = line.values[2];
    if (label != 1 && label != -1) {
      fail_at(source->name(), line.number, 3,
              fmt::format("the label {} must be 1 (similar) or -1 (dissimilar)", label));
    }
    const auto [place, is_new] = seen.emplace(std::minmax(pair.first, pair.second), &line);
    if (is_new) {
      (label == 1 ? pairs.similar : pairs.dissimilar).push_back(pair);
    } else if (place->second->values[2] != label) {
      fail_at(source->name(), line.number, 3,
              fmt::format("the pair ({}, {}) has label {} here and {} in line {}; keep one of them", pair.first,
                          pair.second, label, place->second->values[2], place->second->number));
    }
  }
  if (wanted == constraints::PairKinds::both && (pairs.similar.empty() || pairs.dissimilar.empty())) {
    fail(source->name(), fmt::format("all pairs are {}; a metric is learned from pairs of both kinds",
                                     pairs.similar.empty() ? "dissimilar" : "similar"));
  }
  return pairs;
}

constraints::TripletSet read_triplets(const std::filesystem::path& file, Index rows) {
  const std::unique_ptr<ByteSource> source = open_file(file);
  const auto lines = read_lines(*source, delimiter_of(file), "anchor row,target row,impostor row");
  if (lines.empty()) fail(source->name(), "holds no triplets; give lines anchor row,target row,impostor row");
  std::vector<constraints::Triplet> triplets;
  std::map<constraints::Triplet, Index> line_of;
  for (const Line& line : lines) {
    const constraints::Triplet t{row_of(*source, line, 0, rows), row_of(*source, line, 1, rows),
                                 row_of(*source, line, 2, rows)};
    const std::string problem = constraints::problem_of(t);
    if (!problem.empty()) fail_at(source->name(), line.number, 1, problem);
    const auto opposite = line_of.find({t.anchor, t.impostor, t.target});
    if (opposite != line_of.end()) {
      fail_at(source->name(), line.number, 1,
              fmt::format("the triplet ({}, {}, {}) contradicts line {}; keep one of them", t.anchor, t.target,
                          t.impostor, opposite->second));
    }
    line_of.emplace(t, line.number);
    triplets.push_back(t);
  }
  return constraints::from_triplets(std::move(triplets));
}

}  // namespace holdfast::io
