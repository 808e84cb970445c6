#include "holdfast/io/constraint_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"
#include "io/byte_source.hpp"
#include "io/csv_cells.hpp"
#include "io/text.hpp"

namespace holdfast::io {
namespace {

/// One line of up to four whole numbers.
struct Line {
  Index number;
  std::array<long long, 4> values;
};

/// What the fields of a line are, for messages.
struct Form {
  std::string_view text;
  std::size_t fields = 3;
  bool label_last = false;  ///< the last field may be True or False
};

/// A whole number as users write it, "+1" and "1.0" included.
std::optional<long long> whole_number(std::string_view text) { return parse_whole<long long>(canonical_label(text)); }

std::optional<long long> value_of(std::string_view text, bool label) {
  const std::string word = label ? lower_case(text) : std::string();
  if (word == "true" || word == "false") return word == "true" ? 1 : -1;
  return whole_number(text);
}

/// What separates the fields of the first line: the first of these that occurs in it.
char delimiter_of(ByteSource& source) {
  std::string_view line = source.peek(std::size_t{1} << 12);
  line.remove_prefix(std::min(line.find_first_not_of("\r\n"), line.size()));
  line = line.substr(0, line.find_first_of("\r\n"));
  for (const char delimiter : {',', ';', '\t', '|'}) {
    if (line.find(delimiter) != std::string_view::npos) return delimiter;
  }
  return blanks;
}

/// The lines of the file without a header and a column that counts them.
class LinesReader {
 public:
  LinesReader(ByteSource& source, const Form& form, std::vector<std::string>& notes)
      : form_(form), notes_(notes), delimiter_(delimiter_of(source)), lines_(source), cells_(lines_, delimiter_) {}

  std::vector<Line> read() {
    std::vector<Line> lines;
    std::string_view text;
    for (bool first = true; lines_.next(text);) {
      if (is_blank(text) || text.starts_with('#')) continue;
      const std::vector<std::string_view>& cells = cells_.split(text);
      const bool header = std::exchange(first, false) && is_header(cells);
      if (header) skip_index(cells);
      require_fields(cells);
      if (!header) lines.push_back(line_of(cells));
    }
    return lines;
  }

 private:
  [[nodiscard]] bool is_header(const std::vector<std::string_view>& cells) const {
    return std::ranges::none_of(cells, [](std::string_view cell) { return whole_number(cell).has_value(); });
  }

  /// A header without a name for the first column, as pandas writes its index.
  void skip_index(const std::vector<std::string_view>& header) {
    if (header.size() != form_.fields + 1 || !(header[0].empty() || header[0].starts_with("Unnamed:"))) return;
    skipped_ = 1;
    notes_.emplace_back("the first column has no name: it counts the lines and is left out");
  }

  void require_fields(const std::vector<std::string_view>& cells) const {
    const std::size_t fields = skipped_ + form_.fields;
    if (cells.size() == fields) return;
    fail_at(
        lines_.source_name(), lines_.number(), static_cast<Index>(std::min(cells.size(), fields)) + 1,
        fmt::format("the line has {} field{}; it must be {}", cells.size(), cells.size() == 1 ? "" : "s", form_.text));
  }

  [[nodiscard]] Line line_of(const std::vector<std::string_view>& cells) const {
    Line line{lines_.number(), {}};
    for (std::size_t i = 0; i < form_.fields; ++i) {
      const std::string_view cell = cells[skipped_ + i];
      const std::optional<long long> value = value_of(cell, form_.label_last && i + 1 == form_.fields);
      if (!value) {
        fail_at(lines_.source_name(), line.number, static_cast<Index>(skipped_ + i) + 1,
                fmt::format("{} is not a whole number; the line must be {}", shown(cell), form_.text));
      }
      line.values[i] = *value;
    }
    return line;
  }

  Form form_;
  std::vector<std::string>& notes_;
  char delimiter_;
  LineReader lines_;
  Cells cells_;
  std::size_t skipped_ = 0;  // fields at the beginning of a line
};

/// Fails at the first row that does not exist, and names the likely cause.
void require_rows(const ByteSource& source, const std::vector<Line>& lines, std::size_t count, Index rows) {
  long long least = rows;
  for (const Line& line : lines) {
    for (std::size_t at = 0; at < count; ++at) least = std::min(least, line.values[at]);
  }
  for (const Line& line : lines) {
    for (std::size_t at = 0; at < count; ++at) {
      std::string problem = constraints::problem_of_row(line.values[at], rows);
      if (problem.empty()) continue;
      if (least == 1 && line.values[at] == rows)
        problem += " (row 0 never occurs: if the file counts from 1, subtract 1)";
      fail_at(source.name(), line.number, static_cast<Index>(at) + 1, problem);
    }
  }
}

/// Labels 1 and 0 mean 1 and -1 unless -1 occurs too.
void read_zeros_as_dissimilar(std::vector<Line>& lines, std::vector<std::string>& notes) {
  const auto has_label = [&](long long label) {
    return std::ranges::any_of(lines, [&](const Line& line) { return line.values[2] == label; });
  };
  if (!has_label(0) || has_label(-1)) return;
  for (Line& line : lines) line.values[2] = line.values[2] == 0 ? -1 : line.values[2];
  notes.emplace_back("the label 0 stands for dissimilar pairs (-1), as -1 does not occur");
}

std::int32_t row_at(const Line& line, std::size_t at) { return static_cast<std::int32_t>(line.values[at]); }

}  // namespace

constraints::PairSet read_pairs(const std::filesystem::path& file, Index rows, std::vector<std::string>& notes,
                                constraints::PairKinds wanted) {
  const std::unique_ptr<ByteSource> source = open_file(file);
  const Form form{"first row,second row,label (1 similar, -1 dissimilar)", 3, true};
  std::vector<Line> lines = LinesReader(*source, form, notes).read();
  if (lines.empty()) fail(source->name(), "holds no pairs; give lines first row,second row,label");
  require_rows(*source, lines, 2, rows);
  read_zeros_as_dissimilar(lines, notes);
  constraints::PairSet pairs;
  std::map<std::pair<std::int32_t, std::int32_t>, const Line*> seen;
  for (const Line& line : lines) {
    const linalg::RowPair pair{row_at(line, 0), row_at(line, 1)};
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

constraints::TripletSet read_triplets(const std::filesystem::path& file, Index rows, std::vector<std::string>& notes) {
  const std::unique_ptr<ByteSource> source = open_file(file);
  const std::vector<Line> lines = LinesReader(*source, {"anchor row,target row,impostor row"}, notes).read();
  if (lines.empty()) fail(source->name(), "holds no triplets; give lines anchor row,target row,impostor row");
  require_rows(*source, lines, 3, rows);
  std::vector<constraints::Triplet> triplets;
  std::map<constraints::Triplet, Index> line_of;
  for (const Line& line : lines) {
    const constraints::Triplet t{row_at(line, 0), row_at(line, 1), row_at(line, 2)};
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

constraints::ChunkSet read_chunks(const std::filesystem::path& file, Index rows, std::vector<std::string>& notes) {
  const std::unique_ptr<ByteSource> source = open_file(file);
  const std::vector<Line> lines = LinesReader(*source, {"one chunk number (-1: none)", 1}, notes).read();
  if (static_cast<Index>(lines.size()) != rows) {
    fail(source->name(), fmt::format("holds {} chunk numbers for {} rows; give one line per row, -1 for a row in no "
                                     "chunk",
                                     lines.size(), rows));
  }
  constraints::ChunkSet chunks;
  for (const Line& line : lines) {
    const std::string problem = constraints::problem_of_chunk(line.values[0]);
    if (!problem.empty()) fail_at(source->name(), line.number, 1, problem);
    chunks.chunk_of_row.push_back(line.values[0]);
  }
  try {
    constraints::require_usable(chunks, rows);
  } catch (const InputError& error) {
    fail(source->name(), error.what());
  }
  return chunks;
}

constraints::QuadrupletSet read_quadruplets(const std::filesystem::path& file, Index rows,
                                            std::vector<std::string>& notes) {
  const std::unique_ptr<ByteSource> source = open_file(file);
  const Form form{.text = "row a,row b,row c,row d", .fields = 4};
  const std::vector<Line> lines = LinesReader(*source, form, notes).read();
  if (lines.empty()) fail(source->name(), "holds no quadruplets; give lines row a,row b,row c,row d");
  require_rows(*source, lines, 4, rows);
  constraints::QuadrupletSet set;
  for (const Line& line : lines) {
    const constraints::Quadruplet q{row_at(line, 0), row_at(line, 1), row_at(line, 2), row_at(line, 3)};
    const std::string problem = constraints::problem_of(q);
    if (!problem.empty()) fail_at(source->name(), line.number, 1, problem);
    set.quadruplets.push_back(q);
  }
  return set;
}

}  // namespace holdfast::io
