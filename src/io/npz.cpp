#include "io/npz.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"
#include "io/npy.hpp"
#include "io/scipy_sparse.hpp"
#include "io/text.hpp"
#include "io/zip_archive.hpp"

namespace holdfast::io {
namespace {

/// The names of the two arrays; an empty one is to be found.
struct ArrayNames {
  std::string x;
  std::string y;
};

/// Names that belong together, in lower case.
struct UsualNames {
  std::vector<std::string_view> x;
  std::vector<std::string_view> y;
};

/// In the order of preference. Names of test rows and those that numpy.savez gives by itself are the last resort.
const std::array<UsualNames, 5> usual_names = {
    {{{"x"}, {"y"}},
     {{"data", "features", "images", "embeddings", "samples", "inputs", "vectors"},
      {"labels", "label", "target", "targets", "classes", "class"}},
     {{"x_train", "train_x", "train_data", "train_features", "train_images"},
      {"y_train", "train_y", "train_labels", "train_targets"}},
     {{"x_test", "test_x", "test_data", "test_features", "test_images"},
      {"y_test", "test_y", "test_labels", "test_targets"}},
     {{"arr_0"}, {"arr_1"}}}};

constexpr std::string_view example = "name them with `array=X=NAME,y=NAME`";

[[noreturn]] void refuse_option(const std::string& text, const std::string& rule) {
  throw InputError(
      Fault{.field = "array", .value = shown(text), .rule = rule, .remedy = "give X=NAME, y=NAME, or X=NAME,y=NAME"});
}

ArrayNames parse_names(const std::string& text) {
  ArrayNames names;
  if (text.empty()) return names;
  for (const std::string& part : split_list(text)) {
    const std::size_t equals = part.find('=');
    const std::string key = lower_case(part.substr(0, equals));
    if (equals == std::string::npos || equals + 1 == part.size() || (key != "x" && key != "y")) {
      refuse_option(text, fmt::format("{} names no array as X or y", shown(part)));
    }
    std::string& name = key == "x" ? names.x : names.y;
    if (!name.empty()) refuse_option(text, fmt::format("{} is named twice", key == "x" ? "X" : "y"));
    name = part.substr(equals + 1);
  }
  return names;
}

/// The arrays with their shapes, for a message.
std::string contents(const ZipArchive& archive) {
  if (archive.arrays().empty()) return "it is empty";
  std::vector<std::string> parts;
  for (const std::string& array : archive.arrays()) {
    std::string shape;
    try {
      shape = " " + npy_shape(*archive.open(array));
    } catch (const InputError&) {  // no array, or of a kind that cannot be read
    }
    parts.push_back(shown(array) + shape);
  }
  const std::vector<std::string_view> views(parts.begin(), parts.end());
  return "it has " + join_list(views, "and");
}

/// The one array with such a name: as it stands first, then in any case of letters. Empty if there is none or several.
std::string find_array(const ZipArchive& archive, const std::vector<std::string_view>& usual, std::string_view exact) {
  if (archive.has(exact)) return std::string(exact);
  std::string found;
  for (const std::string& array : archive.arrays()) {
    if (std::ranges::find(usual, lower_case(array)) == usual.end()) continue;
    if (!found.empty()) return {};
    found = array;
  }
  return found;
}

/// Fills in the names that are not given. The array of labels may be missing.
ArrayNames find_arrays(const ZipArchive& archive, ArrayNames names, bool labels_wanted) {
  std::size_t group = 0;
  if (names.x.empty()) {
    for (; group < usual_names.size() && names.x.empty(); ++group) {
      names.x = find_array(archive, usual_names[group].x, group == 0 ? "X" : "");
    }
    if (names.x.empty()) {
      fail(archive.name(),
           fmt::format("which array holds the features is not clear: {}; {}", contents(archive), example));
    }
    --group;
  }
  if (!labels_wanted) return {names.x, {}};
  // Labels of the same group, or of names that fit to any features.
  for (const std::size_t candidate : {group, std::size_t{0}, std::size_t{1}}) {
    if (names.y.empty()) names.y = find_array(archive, usual_names[candidate].y, candidate == 0 ? "y" : "");
  }
  return names;
}

std::unique_ptr<ByteSource> open_array(const ZipArchive& archive, const std::string& array) {
  if (!archive.has(array)) {
    fail(archive.name(), fmt::format("has no array {} ({}); {}", shown(array), contents(archive), example));
  }
  return archive.open(array);
}

/// What was taken, unless it is what everyone expects.
std::optional<std::string> note_of(const ZipArchive& archive, const ArrayNames& names, bool labels_wanted) {
  std::vector<std::string> others;
  for (const std::string& array : archive.arrays()) {
    if (array != names.x && array != names.y) others.push_back(array);
  }
  const bool labels_missing = labels_wanted && names.y.empty() && !others.empty();
  if (names.x == "X" && (names.y == "y" || !labels_missing) && (names.y.empty() || names.y == "y")) return std::nullopt;
  std::string note = fmt::format("array {} is X", shown(names.x));
  if (!names.y.empty()) note += fmt::format(", {} is y", shown(names.y));
  if (!others.empty() && labels_wanted) note += fmt::format("; not read: {}", shown_list(others));
  if (labels_missing) note += " (`array=y=NAME` names labels)";
  return note;
}

}  // namespace

Dataset read_npz(const std::filesystem::path& file, const ReadOptions& options) {
  const ArrayNames given = parse_names(options.array);
  const ZipArchive archive(file);
  Dataset data;
  if (options.array.empty() && is_scipy_sparse(archive)) {
    data.x = read_scipy_sparse(archive);
    data.notes.emplace_back("a sparse matrix of SciPy, stored as a dense one");
    return data;
  }
  const bool labels_wanted = options.own_labels();
  const ArrayNames names = find_arrays(archive, given, labels_wanted);
  data.x = read_npy_matrix(*open_array(archive, names.x), data.notes);
  if (options.array.empty()) {
    if (const std::optional<std::string> note = note_of(archive, names, labels_wanted)) data.notes.push_back(*note);
  }
  if (!labels_wanted || names.y.empty()) return data;
  const std::vector<std::string> labels = read_npy_labels(*open_array(archive, names.y), data.notes, options.missing);
  if (static_cast<Index>(labels.size()) != data.rows()) {
    fail(archive.name(), fmt::format("array {} holds {} labels for the {} rows of {}; give one label per row",
                                     shown(names.y), labels.size(), data.rows(), shown(names.x)));
  }
  data.labels = encode_labels(labels);
  return data;
}

}  // namespace holdfast::io
