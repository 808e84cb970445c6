#include "holdfast/io/read_options.hpp"

#include <map>

#include "holdfast/core/error.hpp"
#include "io/text.hpp"

namespace holdfast::io {
namespace {

const std::map<std::string_view, Format> format_names = {
    {"auto", Format::automatic},  {"csv", Format::csv},     {"tsv", Format::tsv},          {"libsvm", Format::libsvm},
    {"svmlight", Format::libsvm}, {"svm", Format::libsvm},  {"npy", Format::npy},          {"npz", Format::npz},
    {"idx", Format::idx},         {"cifar", Format::cifar}, {"cifar100", Format::cifar100}};

}  // namespace

std::string source_name(const std::filesystem::path& file) { return file == "-" ? "standard input" : file.string(); }

HeaderChoice parse_header(std::string_view name) {
  if (name == "auto") return HeaderChoice::automatic;
  if (name == "yes" || name == "no") return name == "yes" ? HeaderChoice::yes : HeaderChoice::no;
  throw InputError(Fault{.field = "header", .value = shown(name), .rule = "must be auto, yes or no"});
}

Missing parse_missing(std::string_view name) {
  if (name == "error") return Missing::error;
  if (name == "drop" || name == "impute") return name == "drop" ? Missing::drop : Missing::impute;
  throw InputError(Fault{.field = "missing", .value = shown(name), .rule = "must be error, drop or impute"});
}

char parse_mark(std::string_view text, std::string_view option) {
  if (text == "auto") return '\0';
  if (text == "tab" || text == "\\t") return '\t';
  if (text == "blanks" || text == "space") return ' ';
  if (text.size() == 1 && text != "\"" && text != "\n") return text.front();
  throw InputError(
      Fault{.field = std::string(option),
            .value = shown(text),
            .rule = option == "decimal" ? "must be . or , or auto" : "must be one character, tab, blanks or auto"});
}

Format parse_format(std::string_view name) {
  if (const std::optional<Format> known = find_format(name)) return *known;
  throw InputError(Fault{.field = "format",
                         .value = shown(name),
                         .rule = "there is no such format",
                         .remedy = "choose auto, csv, tsv, libsvm, npy, npz, idx, cifar or cifar100"});
}

std::optional<Format> find_format(std::string_view name) {
  const auto known = format_names.find(name);
  return known == format_names.end() ? std::nullopt : std::optional<Format>(known->second);
}

}  // namespace holdfast::io
