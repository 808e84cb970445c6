#include "io/scipy_sparse.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "io/npy.hpp"
#include "io/table.hpp"
#include "io/text.hpp"

namespace holdfast::io {
namespace {

constexpr double most = 9007199254740992.0;  // 2^53: whole numbers up to it are exact

[[noreturn]] void refuse(const ZipArchive& archive, std::string_view problem) {
  fail(archive.name(), fmt::format("{}; write the sparse matrix again with scipy.sparse.save_npz", problem));
}

/// The numbers of an array, all of them whole and from 0 to `limit`.
std::vector<Index> read_places(const ZipArchive& archive, const char* array, Index limit) {
  if (!archive.has(array)) refuse(archive, fmt::format("has no array \"{}\"", array));
  std::vector<Index> places;
  for (const double number : read_npy_numbers(*archive.open(array))) {
    if (!(number >= 0.0 && number <= static_cast<double>(limit) && number == std::floor(number))) {
      refuse(archive, fmt::format("array \"{}\" has the entry {}, which must be a whole number from 0 to {}", array,
                                  number, limit));
    }
    places.push_back(static_cast<Index>(number));
  }
  return places;
}

/// For each of `entries` entries the row (csr) or column (csc) that the beginnings of rows or columns give.
std::vector<Index> expand(const ZipArchive& archive, Index rows, Index entries) {
  const std::vector<Index> begins = read_places(archive, "indptr", entries);
  const bool fits = std::ssize(begins) == rows + 1 && begins.front() == 0 && begins.back() == entries;
  if (!fits || !std::ranges::is_sorted(begins)) {
    refuse(archive, fmt::format("array \"indptr\" must rise from 0 to {} in {} entries", entries, rows + 1));
  }
  std::vector<Index> places;
  for (Index row = 0; row < rows; ++row) {
    const auto at = static_cast<std::size_t>(row);
    places.insert(places.end(), static_cast<std::size_t>(begins[at + 1] - begins[at]), row);
  }
  return places;
}

}  // namespace

bool is_scipy_sparse(const ZipArchive& archive) {
  return archive.has("format") && archive.has("shape") && archive.has("data");
}

Matrix read_scipy_sparse(const ZipArchive& archive) {
  std::vector<std::string> notes;
  const std::vector<std::string> formats = read_npy_labels(*archive.open("format"), notes);
  const std::string& format = formats.front();
  if (format != "csr" && format != "csc" && format != "coo") {
    fail(archive.name(), fmt::format("holds a sparse matrix of the format {}; save X.tocsr()", shown(format)));
  }
  const std::vector<Index> shape = read_places(archive, "shape", static_cast<Index>(most));
  if (shape.size() != 2 || shape[0] == 0 || shape[1] == 0) {
    refuse(archive, "its shape must be two numbers of at least 1");
  }
  require_memory(archive.name(), static_cast<std::uint64_t>(shape[0]), static_cast<std::uint64_t>(shape[1]));
  const std::vector<double> values = read_npy_numbers(*archive.open("data"));
  const auto entries = std::ssize(values);
  const bool by_rows = format == "csr";
  const std::vector<Index> rows = by_rows           ? expand(archive, shape[0], entries)
                                  : format == "csc" ? read_places(archive, "indices", shape[0] - 1)
                                                    : read_places(archive, "row", shape[0] - 1);
  const std::vector<Index> columns = by_rows           ? read_places(archive, "indices", shape[1] - 1)
                                     : format == "csc" ? expand(archive, shape[1], entries)
                                                       : read_places(archive, "col", shape[1] - 1);
  if (rows.size() != values.size() || columns.size() != values.size()) {
    refuse(archive, "its arrays are of different lengths");
  }
  Matrix x = Matrix::Zero(shape[0], shape[1]);
  for (std::size_t i = 0; i < values.size(); ++i) x(rows[i], columns[i]) += values[i];
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(x(rows[i], columns[i]))) continue;
    fail(archive.name(), fmt::format("row {}, column {} (counted from 0) is not finite; every feature must be a finite "
                                     "number",
                                     rows[i], columns[i]));
  }
  return x;
}

}  // namespace holdfast::io
