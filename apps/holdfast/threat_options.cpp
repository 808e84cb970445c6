#include "threat_options.hpp"

#include <fmt/format.h>

#include "common.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"
#include "holdfast/io/dataset_file.hpp"
#include "space.hpp"

namespace holdfast::app {
namespace {

using certify::Norm;

constexpr std::string_view ellipsoid_prefix = "ellipsoid:";

certify::Box parse_box(const std::string& text, Index columns) {
  const std::vector<std::string> parts = split_list(text);
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  double limits[2] = {nan, nan};
  for (std::size_t i = 0; parts.size() == 2 && i < 2; ++i) limits[i] = parse_real(parts[i]).value_or(nan);
  if (!(limits[0] < limits[1])) {
    throw InputError(
        fmt::format("--box \"{}\": must be the least and the greatest value of a perturbed row's entries, such "
                    "as 0,1 or 0,inf",
                    text));
  }
  return {RowVector::Constant(columns, limits[0]), RowVector::Constant(columns, limits[1])};
}

}  // namespace

void ThreatOptions::add_to(CLI::App& command) {
  command
      .add_option("--norm", norms_,
                  "norms of the perturbation, comma-separated: l2, l1, linf, and ellipsoid:FILE for sqrt(v^T A v), the "
                  "file holding A or, in one row, its diagonal")
      ->capture_default_str();
  command.add_option("--space", space_, space_help)->capture_default_str();
  command
      .add_option(
          "--box", box_,
          "values that a perturbed row's entries may have, in the units of --space: exact radii and attacks keep "
          "to them; default: any")
      ->type_name("LEAST,GREATEST");
}

std::vector<Norm> ThreatOptions::norms() const {
  std::vector<Norm> norms;
  for (const std::string& part : split_list(norms_)) {
    if (part.starts_with(ellipsoid_prefix) && part.size() > ellipsoid_prefix.size()) {
      if (std::find(norms.begin(), norms.end(), Norm::ellipsoid) != norms.end()) {
        throw InputError("--norm: one ellipsoid at a time");
      }
      norms.push_back(Norm::ellipsoid);
      continue;
    }
    try {
      norms.push_back(certify::parse_norm(part));
    } catch (const InputError&) {
      throw InputError(fmt::format("norm \"{}\": must be l2, l1, linf or ellipsoid:FILE", part));
    }
  }
  if (!box_.empty()) (void)parse_box(box_, 1);
  return norms;
}

certify::Space ThreatOptions::space() const {
  return parse_space(space_);
}

std::filesystem::path ThreatOptions::ellipsoid_file() const {
  for (const std::string& part : split_list(norms_)) {
    if (part.starts_with(ellipsoid_prefix)) return part.substr(ellipsoid_prefix.size());
  }
  throw InputError("give the ellipsoid by --norm ellipsoid:FILE");
}

evaluate::Threat ThreatOptions::threat(Norm norm, Index columns) const {
  evaluate::Threat threat{norm};
  if (!box_.empty()) threat.box = parse_box(box_, columns);
  if (norm != Norm::ellipsoid) return threat;
  const std::filesystem::path file = ellipsoid_file();
  const Matrix a = io::read_dataset(file, {.label = "none"}).x;
  threat.ellipsoid = a.rows() == 1 ? Matrix(a.row(0).asDiagonal()) : a;
  if (threat.ellipsoid->rows() != columns || threat.ellipsoid->cols() != columns) {
    throw InputError(
        fmt::format("{}: holds {} x {} numbers; the perturbed rows have {} columns, so that it must hold {} x "
                    "{}, or 1 x {} for the diagonal",
                    file.string(), a.rows(), a.cols(), columns, columns, columns, columns));
  }
  try {
    certify::require_ellipsoid(*threat.ellipsoid);
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", file.string(), error.what()));
  }
  return threat;
}

}  // namespace holdfast::app
