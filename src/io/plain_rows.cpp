#include "io/plain_rows.hpp"

#include <fast_float/fast_float.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "holdfast/core/parallel.hpp"
#include "io/csv_cells.hpp"
#include "io/text.hpp"

namespace holdfast::io {
namespace {

bool is_text(CellUse use) { return use == CellUse::text || use == CellUse::label || use == CellUse::id; }

}  // namespace

PlainRows::PlainRows(const std::vector<CellUse>& uses, const Dialect& dialect)
    : uses_(uses),
      dialect_(dialect),
      values_per_row_(static_cast<std::size_t>(std::ranges::count_if(uses, is_feature))),
      texts_per_row_(static_cast<std::size_t>(std::ranges::count_if(uses, is_text))) {}

void PlainRows::read(std::string_view text, Index number) {
  lines_.clear();
  first_ = number;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(dialect_.line_end), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines_.push_back({line});
  }
  values_.resize(lines_.size() * values_per_row_);
  texts_.resize(lines_.size() * texts_per_row_);
  constexpr Index operations_per_cell = 100;
  parallel_for(std::ssize(lines_), grain_of(operations_per_cell * std::ssize(uses_)), [&](Index begin, Index end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      lines_[i].plain =
          read_row(lines_[i].text, values_.data() + i * values_per_row_, texts_.data() + i * texts_per_row_);
    }
  });
}

bool PlainRows::find(Index number) {
  at_ = static_cast<std::size_t>(number - first_);
  return lines_[at_].plain;
}

std::span<const double> PlainRows::values() const {
  return std::span(values_).subspan(at_ * values_per_row_, values_per_row_);
}

std::span<const std::string_view> PlainRows::texts() const {
  return std::span(texts_).subspan(at_ * texts_per_row_, texts_per_row_);
}

bool PlainRows::read_row(std::string_view line, double* value, std::string_view* text) const {
  if (std::memchr(line.data(), '"', line.size()) != nullptr) return false;
  const char* at = line.data();
  const char* const end = at + line.size();
  const fast_float::parse_options format = number_format(dialect_.decimal);
  const bool by_blanks = dialect_.delimiter == blanks;
  for (std::size_t field = 0; field < uses_.size(); ++field) {
    if (field > 0 && !skip_delimiter(at, end)) return false;
    while (at != end && *at == ' ') ++at;
    const CellUse use = uses_[field];
    if (use == CellUse::number) {
      const auto [stop, status] = fast_float::from_chars_advanced(at, end, *value, format);
      if (status != std::errc() || !std::isfinite(*value)) return false;
      ++value;
      at = stop;
      while (at != end && *at == ' ' && !by_blanks) ++at;
      continue;
    }
    const char* const stop = cell_end(at, end);
    const std::string_view cell = trimmed({at, static_cast<std::size_t>(stop - at)});
    at = stop;
    if (use == CellUse::label && (is_missing_label(cell) || !is_utf8(cell))) return false;
    if (use == CellUse::text) {
      if (read_number(cell).kind == Number::Kind::missing || !is_utf8(cell)) return false;
      ++value;
    }
    if (use != CellUse::skipped) *text++ = cell;
  }
  return at == end;
}

bool PlainRows::skip_delimiter(const char*& at, const char* end) const {
  if (dialect_.delimiter != blanks) return at != end && *at++ == dialect_.delimiter;
  const char* const begin = at;
  while (at != end && (*at == ' ' || *at == '\t')) ++at;
  return at != begin;
}

const char* PlainRows::cell_end(const char* at, const char* end) const {
  if (dialect_.delimiter == blanks) return std::find_if(at, end, [](char c) { return c == ' ' || c == '\t'; });
  const void* stop = std::memchr(at, dialect_.delimiter, static_cast<std::size_t>(end - at));
  return stop == nullptr ? end : static_cast<const char*>(stop);
}

}  // namespace holdfast::io
