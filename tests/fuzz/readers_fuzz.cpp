// Feeds bytes to one reader: whatever they are, it returns rows that keep their promises or throws InputError. One
// program per reader; HOLDFAST_FUZZ_READER is its name.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "holdfast/core/error.hpp"
#include "holdfast/io/constraint_file.hpp"
#include "holdfast/io/dataset_file.hpp"
#include "holdfast/io/image_file.hpp"
#include "holdfast/io/model_file.hpp"
#include "holdfast/io/radius_file.hpp"

namespace {

using namespace holdfast;
using Bytes = std::span<const std::uint8_t>;

/// A file in memory with these bytes, by the path that opens it.
std::string file_of(Bytes bytes) {
  static const int file = ::memfd_create("input", 0);
  if (file < 0 || ::ftruncate(file, 0) != 0) std::abort();
  if (::pwrite(file, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) std::abort();
  return "/proc/self/fd/" + std::to_string(file);
}

void require(bool holds) {
  if (!holds) std::abort();
}

void require_whole(const Dataset& data) {
  require(data.rows() > 0 && data.dimension() > 0 && data.x.allFinite());
  require(data.columns.empty() || static_cast<Index>(data.columns.size()) == data.dimension());
  require(!data.labels || data.labels->size() == data.rows());
  for (const NamedTexts& id : data.ids) require(static_cast<Index>(id.texts.size()) == data.rows());
}

/// The length of the input chooses among options, so that the same bytes are read in several ways.
io::ReadOptions options_of(io::Format format, std::size_t size) {
  io::ReadOptions options{.format = format};
  if (size % 3 == 1) options.missing = io::Missing::drop;
  if (size % 3 == 2) options.missing = io::Missing::impute;
  if (size % 5 == 4 || format == io::Format::npy || format == io::Format::idx) options.label = "none";
  if (format == io::Format::csv && size % 7 == 6) options.categorical = "#1";
  if (format == io::Format::csv && size % 11 == 10) options.id = "#1";
  return options;
}

/// Reads the bytes as training rows, and again as rows for a model of them.
void read_rows(io::Format format, Bytes bytes) {
  const std::string file = file_of(bytes);
  io::ReadOptions options = options_of(format, bytes.size());
  const table::EncodedTable rows = io::read_table(file, options);
  require_whole(rows.data);
  if (rows.schema.empty()) return;
  options.schema = &rows.schema;
  options.skip_labels = true;
  require(io::read_dataset(file, options).dimension() == rows.data.dimension());
}

void read(std::string_view reader, Bytes bytes) {
  if (reader == "model") {
    const model::Model model = io::model_from_bytes({bytes.begin(), bytes.end()});
    require(io::model_from_bytes(io::model_bytes(model)) == model);
  } else if (reader == "pairs") {
    std::vector<std::string> notes;
    const constraints::PairSet pairs = io::read_pairs(file_of(bytes), 100, notes);
    for (const auto& [a, b] : pairs.similar) require(a >= 0 && a < 100 && b >= 0 && b < 100 && a != b);
  } else if (reader == "radii") {
    const std::string file = file_of(bytes);
    switch (io::subject_of_radii(file)) {
      case io::RadiusSubject::predictions:
        for (const io::RadiusLine& line : io::read_radii(file, 100)) require(line.row < 100 && line.radius >= 0.0);
        break;
      case io::RadiusSubject::searches:
        for (const io::SearchLine& line : io::read_search_radii(file, 100)) {
          require(line.row < 100 && line.nearest < 100 && line.same_row >= 0.0);
        }
        break;
      case io::RadiusSubject::pairs:
        for (const io::PairLine& line : io::read_pair_radii(file, 100)) {
          require(line.first < 100 && line.second < 100 && line.radius >= 0.0 && line.threshold >= 0.0);
        }
        break;
    }
  } else if (reader == "manifest") {
    const io::ImageManifest manifest =
        io::read_image_manifest(file_of(bytes), {.label = bytes.size() % 3 == 0 ? "none" : ""});
    require(!manifest.files.empty() && (manifest.labels.empty() || manifest.labels.size() == manifest.files.size()));
  } else if (reader == "labels") {
    std::vector<std::string> notes;
    require(!io::read_labels(file_of(bytes), 4, notes).empty());
  } else {
    read_rows(io::parse_format(reader), bytes);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    read(HOLDFAST_FUZZ_READER, {data, size});
  } catch (const InputError&) {
  }
  return 0;
}
