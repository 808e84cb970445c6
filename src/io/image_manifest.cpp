#include <fmt/format.h>

#include <algorithm>

#include "holdfast/io/image_file.hpp"
#include "io/csv_cells.hpp"

namespace holdfast::io {

ImageManifest read_image_manifest(const std::filesystem::path& file) {
  const std::unique_ptr<ByteSource> source = open_file(file);
  LineReader lines(*source);
  Cells cells(lines, ',');
  const std::string form = "a manifest begins with the line \"file,label\", or \"file\" for images without labels";
  std::string_view line;
  if (!lines.next(line)) fail(source->name(), fmt::format("is empty; {}", form));
  const std::vector<std::string_view> header = cells.split(line);
  if (header.empty() || header[0] != "file" || header.size() > 2 || (header.size() == 2 && header[1] != "label")) {
    fail_at(source->name(), 1, 1, fmt::format("the header is {}; {}", shown(line), form));
  }
  const bool has_labels = header.size() == 2;
  ImageManifest manifest;
  while (lines.next(line)) {
    if (is_blank(line)) continue;
    const std::vector<std::string_view>& row = cells.split(line);
    if (row.size() != header.size() || row[0].empty() || (has_labels && row[1].empty())) {
      fail_at(source->name(), lines.number(), static_cast<Index>(std::min<std::size_t>(row.size(), 2)),
              fmt::format("the line must hold {}", has_labels ? "a file and its label" : "a file"));
    }
    manifest.files.push_back(file.parent_path() / row[0]);  // an absolute path stays as it is
    if (has_labels) manifest.labels.emplace_back(row[1]);
  }
  if (manifest.files.empty()) fail(source->name(), "names no files; give at least one line after the header");
  return manifest;
}

bool is_image_manifest(const std::filesystem::path& file) {
  if (file.extension() != ".csv") return false;
  const std::unique_ptr<ByteSource> source = open_file(file);
  const std::string_view begin = source->peek(12);
  return begin.starts_with("file,label") || begin.starts_with("file\n") || begin.starts_with("file\r\n");
}

}  // namespace holdfast::io
