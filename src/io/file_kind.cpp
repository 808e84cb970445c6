#include "io/file_kind.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "io/byte_source.hpp"

namespace holdfast::io {
namespace {

struct Kind {
  std::string_view magic;  ///< the first bytes
  std::string_view what;
  std::string_view remedy;
};

constexpr std::string_view unpack = "unpack it first (of compressed files, gzip alone can be read)";
constexpr std::string_view image =
    "images are read from a folder with one folder per class, or from a manifest (csv with the columns file,label)";
constexpr std::string_view spreadsheet = "save the sheet as csv (UTF-8)";
constexpr std::string_view as_csv = "export the table as csv";

constexpr Kind kinds[] = {
    {"PAR1", "a Parquet file", "convert it with pandas.read_parquet(file).to_csv(\"data.csv\", index=False)"},
    {"ARROW1", "an Arrow file", "convert it with pandas.read_feather(file).to_csv(\"data.csv\", index=False)"},
    {"FEA1", "a Feather file", "convert it with pandas.read_feather(file).to_csv(\"data.csv\", index=False)"},
    {"\x89HDF\r\n\x1a\n", "an HDF5 file", "save its arrays with numpy.savez(\"data.npz\", X=X, y=y)"},
    {"MATLAB 5.0 MAT-file", "a MATLAB file",
     "read it with scipy.io.loadmat and save its arrays with numpy.savez(\"data.npz\", X=X, y=y)"},
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook (.xls)", spreadsheet},
    {"SQLite format 3", "an SQLite database", as_csv},
    {"<stata_dta>", "a Stata file", as_csv},
    {"$FL2@(#)", "an SPSS file", as_csv},
    {"HEADER RECORD*******LIBRARY", "a SAS transport file", as_csv},
    {"RDX2\n", "an R workspace", "write the table in R with write.csv(table, \"data.csv\", row.names = FALSE)"},
    {"RDX3\n", "an R workspace", "write the table in R with write.csv(table, \"data.csv\", row.names = FALSE)"},
    {"version https://git-lfs.github.com/spec/", "a Git LFS pointer, not the data",
     "fetch the data with \"git lfs pull\""},
    {"\3757zXZ", "xz-compressed", unpack},
    {"\x28\xb5\x2f\xfd", "zstd-compressed", unpack},
    {"\x1f\x9d", "compressed by compress (.Z)", unpack},
    {"7z\xbc\xaf\x27\x1c", "a 7z archive", unpack},
    {"Rar!\x1a\x07", "a RAR archive", unpack},
    {"%PDF-", "a PDF document", as_csv},
    {"{\\rtf", "an RTF document", "save it as plain text"},
    {"\x89PNG\r\n", "a PNG image", image},
    {"\xff\xd8\xff", "a JPEG image", image},
    {"GIF8", "a GIF image", image},
};

/// In any case of letters.
bool begins_with(std::string_view text, std::string_view lower) {
  return lower_case(text.substr(0, lower.size())) == lower;
}

std::string_view without_blanks(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

bool is_bzip2(std::string_view begin) {
  return begin.size() > 4 && begin.starts_with("BZh") && begin[3] >= '1' && begin[3] <= '9' &&
         std::string_view(",;|\t \r\n\"").find(begin[4]) == std::string_view::npos;
}

/// Protocols 2 to 5, as Python 3 writes them.
bool is_pickle(std::string_view begin) {
  return begin.size() > 2 && begin[0] == '\x80' && begin[1] >= 2 && begin[1] <= 5;
}

bool is_tar(std::string_view begin) { return begin.size() > 262 && begin.substr(257).starts_with("ustar"); }

/// Text of ASCII characters in two bytes each.
bool is_utf16(std::string_view begin) {
  constexpr std::size_t compared = 16;
  const std::size_t size = std::min(begin.size(), compared) & ~std::size_t{1};
  if (size < 8) return false;
  const auto zeros_at = [&](std::size_t parity) {
    for (std::size_t i = 0; i < size; ++i) {
      const char c = begin[i];
      const bool text = (c >= ' ' && c < '\x7f') || c == '\t' || c == '\r' || c == '\n';
      if (i % 2 == parity ? c != '\0' : !text) return false;
    }
    return true;
  };
  return zeros_at(1) || zeros_at(0);
}

/// A list or an object whose first entry begins as one can.
bool is_json(std::string_view text) {
  if (!text.starts_with('{') && !text.starts_with('[')) return false;
  const std::string_view next = without_blanks(text.substr(1));
  return !next.empty() && std::string_view(text[0] == '{' ? "\"}" : "\"{[]-0123456789").find(next[0]) != next.npos;
}

bool is_arff(std::string_view text) {
  while (text.starts_with('%')) text = without_blanks(text.substr(std::min(text.find('\n'), text.size())));
  return begins_with(text, "@relation");
}

/// Archives: the first entry tells what was packed, if it can be seen.
std::optional<Kind> zip_kind(std::string_view begin, std::string_view name, bool npz_expected) {
  constexpr std::size_t entry_name = 30;
  if (!begin.starts_with("PK\x03\x04")) return std::nullopt;
  const std::string_view entry = begin.substr(std::min(entry_name, begin.size()));
  const auto is_named = [&](std::string_view extension) { return name.ends_with(extension); };
  if (entry.starts_with("[Content_Types].xml") || is_named(".xlsx") || is_named(".xlsm")) {
    return Kind{{}, "an Excel workbook (.xlsx)", spreadsheet};
  }
  if (entry.starts_with("mimetypeapplication/vnd.oasis.opendocument") || is_named(".ods")) {
    return Kind{{}, "an OpenDocument file", spreadsheet};
  }
  if (npz_expected) return std::nullopt;
  if (const std::size_t array = entry.find(".npy"); array < 200) {
    return Kind{{}, "an archive of NumPy arrays", "give `format=npz`, or end its name in .npz"};
  }
  return Kind{
      {}, "a zip archive, as Excel workbooks (.xlsx) are too", "save the sheet as csv (UTF-8), or unpack it first"};
}

std::optional<Kind> binary_kind(std::string_view begin) {
  const auto* const known =
      std::ranges::find_if(kinds, [&](const Kind& kind) { return begin.starts_with(kind.magic); });
  if (known != std::end(kinds)) return *known;
  if (is_bzip2(begin)) return Kind{{}, "bzip2-compressed", unpack};
  if (is_tar(begin)) return Kind{{}, "a tar archive", "unpack it first"};
  if (is_pickle(begin)) {
    return Kind{{}, "a Python pickle", "save its arrays with numpy.savez(\"data.npz\", X=X, y=y)"};
  }
  if (is_utf16(begin)) return Kind{{}, "UTF-16 text", "save it as UTF-8"};
  if (begin.size() > 10 && begin.substr(8).starts_with("{\"__metadata__\"")) {
    return Kind{{}, "a model or tensors (safetensors), not data", "give a data file here"};
  }
  return std::nullopt;
}

std::optional<Kind> text_kind(std::string_view begin) {
  if (begin.starts_with("\xef\xbb\xbf")) begin.remove_prefix(3);
  const std::string_view text = without_blanks(begin);
  for (const std::string_view tag : {"<!doctype html", "<html", "<head", "<body"}) {
    if (begins_with(text, tag)) {
      return Kind{{}, "an HTML page, not data", "download the data file itself (such as the raw file)"};
    }
  }
  if (text.starts_with("<?xml")) return Kind{{}, "an XML document", as_csv};
  if (is_arff(text)) {
    return Kind{{},
                "an ARFF file (Weka)",
                "convert it to csv: the names of the attributes in the first line, then the lines after @data"};
  }
  if (is_json(text)) {
    return Kind{
        {},
        "JSON",
        "convert it with pandas.read_json(file).to_csv(\"data.csv\", index=False) (with lines=True if every line "
        "is an object)"};
  }
  return std::nullopt;
}

}  // namespace

std::string foreign_kind(std::string_view begin, std::string_view name, bool npz_expected) {
  std::optional<Kind> kind = zip_kind(begin, name, npz_expected);
  if (!kind) kind = binary_kind(begin);
  if (!kind) kind = text_kind(begin);
  return kind ? fmt::format("is {}; {}", kind->what, kind->remedy) : std::string();
}

}  // namespace holdfast::io
