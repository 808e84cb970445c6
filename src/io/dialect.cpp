#include "io/dialect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>

#include "holdfast/core/error.hpp"
#include "io/csv_cells.hpp"
#include "io/text.hpp"

namespace holdfast::io {
namespace {

constexpr std::size_t usual_sample = std::size_t{1} << 20;
constexpr std::size_t longest_sample = std::size_t{1} << 28;
constexpr std::size_t records_compared = 200;
/// The text is in memory, and is read once per delimiter tried: a large window would cost more than the lines.
constexpr std::size_t sample_window = std::size_t{1} << 14;

/// Text in memory as a source.
class TextSource final : public ByteSource {
 public:
  TextSource(std::string name, std::string_view text) : ByteSource(std::move(name)), text_(text) {}

 protected:
  std::size_t read_more(void* to, std::size_t count) override {
    const std::size_t got = std::min(count, text_.size());
    std::memcpy(to, text_.data(), got);
    text_.remove_prefix(got);
    return got;
  }

 private:
  std::string_view text_;
};

using Records = std::vector<std::vector<std::string>>;

/// Whole lines from the beginning of the source: all of it, or a part that holds some lines.
std::string_view beginning_of(ByteSource& source, char& line_end) {
  for (std::size_t size = usual_sample;; size *= 4) {
    const std::string_view text = source.peek(size);
    line_end = text.find('\n') == std::string_view::npos && text.find('\r') != std::string_view::npos ? '\r' : '\n';
    if (text.size() < size) return text;
    const std::size_t end = text.rfind(line_end);
    const auto lines = std::count(text.begin(), text.end(), line_end);
    if (lines >= 3 || (size >= longest_sample && lines > 0)) return text.substr(0, end + 1);
    if (size >= longest_sample) return text;
  }
}

/// The records of the text up to a limit, without empty ones. Ends early at a record that the cut of the text or a
/// fault leaves incomplete: the reader will say what is wrong with it.
Records records_of(std::string_view text, const Dialect& dialect, std::size_t limit, bool* broken = nullptr) {
  TextSource source({}, text);
  LineReader lines(source, dialect.line_end, sample_window);
  Cells cells(lines, dialect.delimiter);
  Records records;
  std::string_view line;
  try {
    for (Index i = 0; i < dialect.lines_before && lines.next(line); ++i) {
    }
    while (records.size() < limit && lines.next(line)) {
      if (is_blank(line)) continue;
      const std::vector<std::string_view>& found = cells.split(line);
      if (found.size() > 1 && std::ranges::all_of(found, [](std::string_view cell) { return cell.empty(); })) continue;
      records.emplace_back(found.begin(), found.end());
    }
  } catch (const InputError&) {
    if (broken != nullptr) *broken = true;
  }
  return records;
}

/// The number of fields of most records after the first, and how many of those have it. Of few records the first
/// decides.
std::pair<Index, std::size_t> usual_fields(const Records& records) {
  if (records.empty()) return {0, 0};
  constexpr std::size_t few = 3;
  std::map<std::size_t, std::size_t> count_of;
  for (std::size_t i = records.size() > 1 ? 1 : 0; i < records.size(); ++i) ++count_of[records[i].size()];
  const std::size_t first = records.front().size();
  if (records.size() <= few) return {static_cast<Index>(first), count_of[first]};
  const auto most = std::ranges::max_element(count_of, {}, [](const auto& entry) { return entry.second; });
  return {static_cast<Index>(most->first), most->second};
}

bool is_number(std::string_view cell, char decimal) { return read_number(cell, decimal).kind == Number::Kind::finite; }

/// A comma where numbers have their decimal mark and no number has a point there.
char decimal_of(const Records& records, char delimiter) {
  if (delimiter == ',') return '.';
  bool comma = false;
  for (const auto& record : records) {
    for (const std::string& cell : record) {
      const bool as_point = is_number(cell, '.');
      if (as_point && cell.find('.') != std::string::npos) return '.';
      comma = comma || (!as_point && is_number(cell, ','));
    }
  }
  return comma ? ',' : '.';
}

/// How well a delimiter fits, or nothing: the share of cells that are numbers, then the number of fields.
struct Fit {
  double numbers = 0.0;
  Index fields = 0;
  auto operator<=>(const Fit&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 sees a 0 here
};
std::optional<Fit> fit_of(const Records& records, char decimal) {
  const auto [fields, with_them] = usual_fields(records);
  const std::size_t judged = records.size() > 1 ? records.size() - 1 : records.size();
  if (fields < 2 || 10 * with_them < 9 * judged) return std::nullopt;
  const auto first = static_cast<Index>(records.front().size());
  if (records.size() > 2 && first != fields && first != fields - 1) return std::nullopt;
  if (records.size() == 2 && first != fields) return std::nullopt;
  std::size_t cells = 0;
  std::size_t numbers = 0;
  for (const auto& record : records) {
    cells += record.size();
    numbers += static_cast<std::size_t>(
        std::ranges::count_if(record, [&](const std::string& cell) { return is_number(cell, decimal); }));
  }
  return Fit{static_cast<double>(numbers) / static_cast<double>(cells), fields};
}

/// The delimiter that fits best; of equal ones the first of the usual, tab, comma, semicolon, pipe, blanks.
void choose_delimiter(std::string_view text, char usual, const ReadOptions& options, Dialect& dialect) {
  std::optional<Fit> best;
  dialect.delimiter = usual;
  dialect.decimal = options.decimal == '\0' ? '.' : options.decimal;
  for (const char candidate : {usual, '\t', ',', ';', '|', blanks}) {
    Dialect tried = dialect;
    tried.delimiter = candidate;
    const Records records = records_of(text, tried, records_compared);
    if (records.empty()) continue;
    tried.decimal = options.decimal == '\0' ? decimal_of(records, candidate) : options.decimal;
    const std::optional<Fit> fit = fit_of(records, tried.decimal);
    if (!fit || (best && *fit <= *best)) continue;
    best = fit;
    dialect = tried;
  }
}

/// The delimiter of a line "sep=;" as spreadsheets write it, or 0.
char separator_of(std::string_view line) {
  if (line.size() == 6 && line.front() == '"' && line.back() == '"') line = line.substr(1, 4);
  line = line.size() == 5 ? line : std::string_view();
  return line.starts_with("sep=") ? line.back() : '\0';
}

std::string name_of(char delimiter) {
  switch (delimiter) {
    case '\t': return "tabs";
    case ';': return "semicolons";
    case '|': return "pipes";
    case blanks: return "blanks";
    case ',': return "commas";
    default: return fmt::format("\"{}\"", delimiter);
  }
}

}  // namespace

Sample take_sample(ByteSource& source, char usual_delimiter, const ReadOptions& options) {
  Sample sample;
  Dialect& dialect = sample.dialect;
  const std::string_view text = beginning_of(source, dialect.line_end);
  TextSource from(source.name(), text);
  LineReader lines(from, dialect.line_end, sample_window);
  std::string_view line;
  char separator = '\0';
  Index comments = 0;
  std::string last_comment;
  bool record_follows = false;
  while (lines.next(line)) {
    if (lines.number() == 1) separator = separator_of(trimmed(line));
    const bool comment = trimmed(line).starts_with('#');
    record_follows = !is_blank(line) && !comment && !(lines.number() == 1 && separator != '\0');
    if (record_follows) break;
    if (!comment) continue;
    ++comments;
    last_comment = line;
  }
  // If every line begins with "#", the lines are rows.
  if (!record_follows) comments = 0;
  if (separator != '\0')
    sample.notes.push_back(fmt::format("the first line says that {} separate the fields", name_of(separator)));
  if (comments > 0 || separator != '\0') dialect.lines_before = lines.number() - 1;
  if (options.delimiter != '\0' || separator != '\0') {
    dialect.delimiter = options.delimiter != '\0' ? options.delimiter : separator;
    const Records records = records_of(text, dialect, records_compared);
    dialect.decimal = options.decimal == '\0' ? decimal_of(records, dialect.delimiter) : options.decimal;
  } else {
    choose_delimiter(text, usual_delimiter, options, dialect);
    if (dialect.delimiter != usual_delimiter) {
      sample.notes.push_back(fmt::format("the fields are separated by {}", name_of(dialect.delimiter)));
    }
  }
  if (text.find("\xc2\xa0") != std::string_view::npos) {
    sample.notes.emplace_back("no-break spaces (U+00A0) at either end of a cell are ignored");
  }
  if (dialect.decimal != '.' && options.decimal == '\0') sample.notes.emplace_back("numbers have a decimal comma");
  sample.records = records_of(text, dialect, std::string_view::npos, &sample.broken);
  sample.fields = usual_fields(sample.records).first;
  if (comments > 0) {
    const Records names = records_of(last_comment, {dialect.delimiter, dialect.decimal, '\n', 0}, 1);
    if (!names.empty() && static_cast<Index>(names[0].size()) == sample.fields && sample.fields > 1) {
      sample.comment_header = names[0];
      const std::string first = sample.comment_header[0].substr(1);
      sample.comment_header[0] = trimmed(first).empty() ? "#" : std::string(trimmed(first));
    }
    sample.notes.push_back(fmt::format("{} comment line{} before the first row {} passed over{}", comments,
                                       comments == 1 ? "" : "s", comments == 1 ? "is" : "are",
                                       sample.comment_header.empty() ? "" : "; the last one names the columns"));
  }
  return sample;
}

}  // namespace holdfast::io
