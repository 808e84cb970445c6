#include "threat_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "common.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"
#include "holdfast/io/box_file.hpp"
#include "holdfast/io/dataset_file.hpp"

namespace holdfast::app {
namespace {

using certify::ThreatModel;

constexpr std::string_view ellipsoid_prefix = "ellipsoid:";

/// The least and the greatest value of all entries; nothing if the text names a file.
std::optional<std::pair<double, double>> parse_limits(const std::string& text) {
  const std::vector<std::string> parts = split_list(text);
  const std::optional<double> least = parse_real(parts.front());
  const std::optional<double> greatest = parse_real(parts.back());
  if (parts.size() == 2 && least && greatest && *least < *greatest) return std::pair{*least, *greatest};
  if (!least && std::filesystem::exists(text)) return std::nullopt;
  throw InputError(
      fmt::format("--box \"{}\": must be the least and the greatest value of a perturbed row's entries, such as 0,1 or "
                  "0,inf, or a csv file with the columns column,lower,upper",
                  text));
}

geometry::Box read_box(const std::filesystem::path& file, const model::Model& model, certify::Space space) {
  geometry::Box box;
  std::vector<certify::ColumnLimit> limits;
  for (io::BoxLine& line : io::read_box(file)) {
    limits.push_back({std::move(line.column), line.lower, line.upper});
    try {
      box = certify::box_of_columns(model, space, limits);
    } catch (const InputError& error) {
      throw InputError(fmt::format("{}:{}: {}", file.string(), line.line, error.what()));
    }
  }
  if (limits.empty()) throw InputError(fmt::format("{}: has no limits", file.string()));
  return box;
}

std::vector<std::string> entries_of(const std::string& list) {
  return list.empty() ? std::vector<std::string>() : std::vector<std::string>{list};
}

certify::Ellipsoid read_ellipsoid(const std::filesystem::path& file) {
  const Matrix a = io::read_dataset(file, {.label = "none"}).x;
  try {
    return certify::Ellipsoid(a.rows() == 1 ? Matrix(a.row(0).asDiagonal()) : a);
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", file.string(), error.what()));
  }
}

}  // namespace

std::vector<CLI::Option*> ThreatOptions::add_to(CLI::App& command) {
  const std::string group = "What is perturbed";
  std::vector<CLI::Option*> options;
  const auto add = [&](const char* name, std::string& value, const std::string& help) {
    options.push_back(command.add_option(name, value, help)->group(group));
    return options.back();
  };
  add("--norm", norms_,
      "norms of the perturbation, comma-separated: l2, l1, linf, and ellipsoid:FILE for sqrt(v^T A v), the file "
      "holding "
      "A or, in one row, its diagonal")
      ->capture_default_str();
  add("--space", space_, space_help)->capture_default_str();
  add("--box", box_,
      "LEAST,GREATEST value of a perturbed row's entries, in the units of --space, or a csv file of them with the "
      "columns "
      "column,lower,upper: exact radii and attacks keep to them; default: any")
      ->type_name("LIMITS|FILE.csv");
  add("--frozen", frozen_,
      "columns that stay as they are: names, #N, #2-5, name*. Columns of categories always do, unless --perturb lists "
      "them")
      ->type_name("COLS");
  add("--perturb", perturb_, "the only columns that change")->type_name("COLS");
  add("--flip", flip_,
      "columns of categories that may take any of their values, together with a perturbation of the others: individual "
      "fairness")
      ->type_name("COLS");
  return options;
}

std::vector<ThreatModel> ThreatOptions::threats() const {
  const certify::Space space = certify::parse_space(space_);
  std::vector<std::string> parts = split_list(norms_);
  const auto is_ellipsoid = [](const std::string& part) {
    return part.starts_with(ellipsoid_prefix) && part.size() > ellipsoid_prefix.size();
  };
  if (std::count_if(parts.begin(), parts.end(), is_ellipsoid) > 1) {
    throw InputError("--norm: one ellipsoid at a time");
  }
  std::vector<ThreatModel> threats;
  for (const std::string& part : parts) {
    if (is_ellipsoid(part)) {
      threats.push_back({.ball = read_ellipsoid(part.substr(ellipsoid_prefix.size())), .space = space});
      continue;
    }
    try {
      threats.push_back({.ball = certify::LpBall{geometry::parse_norm(part)}, .space = space});
    } catch (const InputError&) {
      throw InputError(Fault{
          .field = "norm", .value = fmt::format("\"{}\"", part), .rule = "must be l2, l1, linf or ellipsoid:FILE"});
    }
  }
  if (!box_.empty()) (void)parse_limits(box_);
  return threats;
}

certify::ColumnOptions ThreatOptions::column_options() const {
  return {.frozen = entries_of(frozen_), .perturb = entries_of(perturb_), .flip = entries_of(flip_)};
}

certify::ThreatColumns ThreatOptions::columns(const model::Model& model, certify::Space space) const {
  certify::ThreatColumns columns = certify::threat_columns(model, space, column_options());
  if (!columns.note.empty()) note(columns.note);
  return columns;
}

ThreatModel ThreatOptions::with_box(ThreatModel threat, const model::Model& model) const {
  if (box_.empty()) return threat;
  if (const auto limits = parse_limits(box_)) {
    const Index columns = threat.space == certify::Space::raw ? model.input_dimension() : model.metric.map().cols();
    threat.box = {RowVector::Constant(columns, limits->first), RowVector::Constant(columns, limits->second)};
  } else {
    threat.box = read_box(box_, model, threat.space);
  }
  return threat;
}

ThreatModel ThreatOptions::fitted(ThreatModel threat, const model::Model& model, certify::ThreatColumns columns) const {
  return certify::with_columns(with_box(std::move(threat), model), std::move(columns));
}

ThreatModel ThreatOptions::fitted_to_all(ThreatModel threat, const model::Model& model, const std::string& task) const {
  if (!column_options().empty()) {
    throw InputError(fmt::format("--frozen, --perturb and --flip: {} are certified with all columns free", task));
  }
  return with_box(std::move(threat), model);
}

namespace {

/// The first names, and how many more there are.
std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t most = 12;
  const std::string text =
      fmt::format("{}", fmt::join(names.begin(), names.begin() + std::min(most, names.size()), ", "));
  return names.size() > most ? fmt::format("{} and {} more", text, names.size() - most) : text;
}

}  // namespace

std::string columns_text(const certify::ThreatColumns& columns) {
  std::string text;
  if (!columns.frozen.empty()) text = fmt::format("columns that stay as they are: {}\n", listed(columns.frozen));
  if (columns.flips.empty()) return text;
  std::vector<std::string> names;
  for (const certify::Flip& flip : columns.flips)
    names.push_back(fmt::format("{} ({})", flip.column, flip.values.rows()));
  return text + fmt::format("columns that may take any of their values: {}\n", listed(names));
}

void add_columns(Record& record, const certify::ThreatColumns& columns) {
  if (columns.frozen.empty() && columns.flips.empty()) return;
  Value::List frozen(columns.frozen.begin(), columns.frozen.end());
  Value::List flipped;
  for (const certify::Flip& flip : columns.flips) flipped.emplace_back(flip.column);
  record.add("frozen", frozen).add("flipped", flipped);
}

}  // namespace holdfast::app
