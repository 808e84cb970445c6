#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <unordered_map>

#include "holdfast/core/parse.hpp"
#include "holdfast/io/image_file.hpp"
#include "io/csv_cells.hpp"

namespace holdfast::io {
namespace {

namespace fs = std::filesystem;
using Cell = std::string_view;

constexpr std::array<Cell, 17> usual_files = {"file",    "files",         "filename",  "filepath",  "path",   "paths",
                                              "image",   "imagepath",     "imagefile", "imagename", "images", "img",
                                              "imgpath", "imagefilename", "imgname",   "imgfile",   "fname"};
constexpr std::array<Cell, 12> usual_labels = {"label",     "labels",     "labelname",  "class",
                                               "classname", "classlabel", "category",   "categoryname",
                                               "target",    "targets",    "targetname", "species"};

/// "Image_Path" and "image path" are "imagepath".
std::string plain(Cell name) {
  std::string result;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return result;
}

/// The column of the first of these names that occurs.
template <std::size_t n>
std::optional<std::size_t> find_usual(const std::vector<std::string>& header, const std::array<Cell, n>& names) {
  for (const Cell name : names) {
    const auto found = std::ranges::find_if(header, [&](const std::string& cell) { return plain(cell) == name; });
    if (found != header.end()) return static_cast<std::size_t>(found - header.begin());
  }
  return std::nullopt;
}

/// The column that an option names.
std::optional<std::size_t> find_named(const std::vector<std::string>& header, const std::string& name) {
  auto found = std::ranges::find(header, name);
  if (found == header.end()) {
    found = std::ranges::find_if(header, [&](const std::string& cell) { return plain(cell) == plain(name); });
  }
  if (found != header.end()) return static_cast<std::size_t>(found - header.begin());
  const Index position = name.starts_with('#') ? parse_whole<Index>(name.substr(1)).value_or(0) : 0;
  if (position < 1 || position > static_cast<Index>(header.size())) return std::nullopt;
  return static_cast<std::size_t>(position - 1);
}

/// The file that a cell names. Backslashes divide folders where the file is not found otherwise.
fs::path file_of(Cell cell, const fs::path& folder) {
  std::error_code status;
  fs::path file = folder / cell;  // an absolute path stays as it is
  if (cell.find('\\') == Cell::npos || fs::exists(file, status)) return file;
  std::string slashes(cell);
  std::ranges::replace(slashes, '\\', '/');
  return folder / slashes;
}

bool names_a_file(Cell cell, const fs::path& folder) {
  std::error_code status;
  return !cell.empty() && read_number(cell).kind == Number::Kind::not_a_number &&
         fs::is_regular_file(file_of(cell, folder), status);
}

char delimiter_of(Cell line) {
  for (const char delimiter : {',', ';', '\t'}) {
    if (line.find(delimiter) != Cell::npos) return delimiter;
  }
  return ',';
}

struct Columns {
  bool header = true;
  std::optional<std::size_t> file = {};
  std::optional<std::size_t> label = {};
};

/// The column of the files, and whether the first line is a header.
Columns find_files(const std::vector<std::string>& first, const std::string& name, const fs::path& folder) {
  Columns columns;
  columns.file = name.empty() ? find_usual(first, usual_files) : find_named(first, name);
  if (columns.file) {
    columns.header = !name.starts_with('#') || !names_a_file(first[*columns.file], folder);
  } else if (name.empty()) {
    const auto found = std::ranges::find_if(first, [&](const std::string& cell) { return names_a_file(cell, folder); });
    columns.header = found == first.end();
    if (!columns.header) columns.file = static_cast<std::size_t>(found - first.begin());
  }
  return columns;
}

class ManifestReader {
 public:
  ManifestReader(const fs::path& file, const ManifestOptions& options)
      : folder_(file.parent_path()), options_(options), source_(open_file(file)), lines_(*source_) {}

  ImageManifest read() {
    Cell line;
    do {
      if (!lines_.next(line)) fail(source_->name(), "is empty; a manifest names one image file per line");
    } while (is_blank(line));
    Cells cells(lines_, delimiter_of(line));
    const std::vector<Cell>& first = cells.split(line);
    names_.assign(first.begin(), first.end());
    settle_columns();
    if (!columns_.header) add(first);
    while (lines_.next(line)) {
      if (is_blank(line)) {
        ++blank_;
      } else {
        add(cells.split(line));
      }
    }
    finish();
    return std::move(manifest_);
  }

 private:
  void settle_columns() {
    columns_ = find_files(names_, options_.files, folder_);
    if (!columns_.file) {
      fail(source_->name(),
           fmt::format("no column holds image files; its columns are {}: name the column with `image-column`",
                       shown_list(names_)));
    }
    if (options_.label != "none") find_label();
    if (!columns_.header) {
      note(fmt::format("has no header; its column {} holds the files{}", *columns_.file + 1,
                       columns_.label ? fmt::format(", column {} the labels", *columns_.label + 1) : ""));
      return;
    }
    if (plain(names_[*columns_.file]) != "file" || (columns_.label && plain(names_[*columns_.label]) != "label")) {
      note(fmt::format("the files are in the column {}{}", shown(names_[*columns_.file]),
                       columns_.label ? fmt::format(", the labels in {}", shown(names_[*columns_.label])) : ""));
    }
    std::vector<std::string> left_out;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (i == *columns_.file || i == columns_.label) continue;
      left_out.push_back(names_[i].empty() ? fmt::format("column {} (without a name)", i + 1) : names_[i]);
    }
    if (!left_out.empty()) note(fmt::format("columns left out: {}", fmt::join(left_out, ", ")));
  }

  void find_label() {
    if (!options_.label.empty()) {
      columns_.label = find_named(names_, options_.label);
      if (!columns_.label) {
        fail(source_->name(),
             fmt::format("has no column {}; its columns are {}", shown(options_.label), shown_list(names_)));
      }
      return;
    }
    if (columns_.header) columns_.label = find_usual(names_, usual_labels);
    if (columns_.label) return;
    // The only other column that has a name, or the only other one without a header.
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (i != *columns_.file && !names_[i].empty()) others.push_back(i);
    }
    if (others.size() == 1) columns_.label = others.front();
    if (others.size() > 1) {
      fail(source_->name(),
           fmt::format("no column is known to hold the labels; its columns are {}: name one of them with `label`, or "
                       "give `label=none`",
                       shown_list(names_)));
    }
  }

  void add(const std::vector<Cell>& row) {
    if (row.size() > 1 && std::ranges::all_of(row, [](Cell cell) { return cell.empty(); })) {
      ++blank_;
      return;
    }
    if (row.size() != names_.size() || row[*columns_.file].empty()) {
      fail_at(source_->name(), lines_.number(), static_cast<Index>(std::min(row.size(), names_.size())),
              fmt::format("the line must hold a file{}, in {} columns as the first line",
                          columns_.label ? " and its label" : "", names_.size()));
    }
    const Cell cell = row[*columns_.file];
    const std::string label(columns_.label ? row[*columns_.label] : Cell());
    if (!is_utf8(label)) {
      fail_at(source_->name(), lines_.number(), static_cast<Index>(*columns_.label) + 1,
              "the label is not valid UTF-8; save the file as UTF-8");
    }
    if (columns_.label && label.empty() && unlabelled_++ == 0) first_unlabelled_ = lines_.number();
    fs::path path = file_of(cell, folder_);
    if (path != folder_ / cell) ++backslashes_;
    count_repetition(path, label);
    manifest_.files.push_back(std::move(path));
    if (columns_.label) manifest_.labels.push_back(label);
  }

  void count_repetition(const fs::path& path, const std::string& label) {
    const auto [found, is_new] = line_of_.try_emplace(path.lexically_normal().string(), First{lines_.number(), label});
    if (is_new) return;
    if (found->second.label == label) {
      if (repeated_++ == 0) first_repeated_ = lines_.number();
    } else if (contradicting_++ == 0) {
      first_contradiction_ = fmt::format("{} is {} in line {} and {} in line {}", path.string(),
                                         shown(found->second.label), found->second.line, shown(label), lines_.number());
    }
  }

  void finish() {
    if (manifest_.files.empty()) fail(source_->name(), "names no files; give at least one line after the header");
    const bool all_unlabelled = unlabelled_ == static_cast<Index>(manifest_.files.size());
    if (unlabelled_ > 0 && !all_unlabelled) {
      fail_at(source_->name(), first_unlabelled_, static_cast<Index>(*columns_.label) + 1,
              "the line must hold a file and its label: the label is empty; give every file a label (`label=none` if "
              "there are none)");
    }
    if (all_unlabelled) {
      manifest_.labels.clear();
      note("the column of the labels is empty; the images have no labels");
    }
    if (blank_ > 0) note(fmt::format("{} empty line{} passed over", blank_, blank_ == 1 ? "" : "s"));
    if (backslashes_ > 0) note(fmt::format("{} paths are written with backslashes, read as slashes", backslashes_));
    if (repeated_ > 0) {
      note(fmt::format("{} line{} an earlier line; the first is line {}", repeated_,
                       repeated_ == 1 ? " repeats" : "s repeat", first_repeated_));
    }
    if (contradicting_ > 0) {
      manifest_.warnings.push_back(fmt::format("{} line{} another label to a file than an earlier line: {}",
                                               contradicting_, contradicting_ == 1 ? " gives" : "s give",
                                               first_contradiction_));
    }
  }

  void note(std::string text) { manifest_.notes.push_back(std::move(text)); }

  struct First {
    Index line;
    std::string label;
  };

  fs::path folder_;
  const ManifestOptions& options_;
  std::unique_ptr<ByteSource> source_;
  LineReader lines_;
  std::vector<std::string> names_;  // the first line
  Columns columns_;
  ImageManifest manifest_;
  std::unordered_map<std::string, First> line_of_;
  Index blank_ = 0;
  Index backslashes_ = 0;
  Index unlabelled_ = 0;
  Index first_unlabelled_ = 0;
  Index repeated_ = 0;
  Index first_repeated_ = 0;
  Index contradicting_ = 0;
  std::string first_contradiction_;
};

}  // namespace

ImageManifest read_image_manifest(const fs::path& file, const ManifestOptions& options) {
  return ManifestReader(file, options).read();
}

bool is_image_manifest(const fs::path& file, const std::string& files_column) {
  constexpr std::array<Cell, 4> endings = {".csv", ".tsv", ".tab", ".txt"};
  if (std::ranges::none_of(endings, [&](Cell ending) { return plain_name(file).ends_with(ending); })) return false;
  const std::unique_ptr<ByteSource> source = open_file(file);
  // A line of a table may be long, and need not be cut into cells to tell.
  std::string_view begin = source->peek(4096);
  if (begin.starts_with("\xef\xbb\xbf")) begin.remove_prefix(3);
  begin = trimmed(begin.substr(0, begin.find('\n', begin.find_first_not_of(" \t\r\n"))));
  const char delimiter = delimiter_of(begin);
  std::vector<std::string> cells;
  for (const std::string& part : split_list(std::string(begin), delimiter)) {
    Cell cell = trimmed(part);
    if (cell.size() > 1 && cell.starts_with('"') && cell.ends_with('"'))
      cell = trimmed(cell.substr(1, cell.size() - 2));
    cells.emplace_back(cell);
  }
  return find_files(cells, files_column, file.parent_path()).file.has_value();
}

}  // namespace holdfast::io
