#include "threat_options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"
#include "holdfast/io/dataset_file.hpp"

namespace holdfast::app {
namespace {

using certify::ThreatModel;

constexpr std::string_view ellipsoid_prefix = "ellipsoid:";

geometry::Box parse_box(const std::string& text, Index columns) {
  const std::vector<std::string> parts = split_list(text);
  const std::optional<double> least = parse_real(parts.front());
  const std::optional<double> greatest = parse_real(parts.back());
  if (parts.size() != 2 || !least || !greatest || !(*least < *greatest)) {
    throw InputError(
        fmt::format("--box \"{}\": must be the least and the greatest value of a perturbed row's entries, such "
                    "as 0,1 or 0,inf",
                    text));
  }
  return {RowVector::Constant(columns, *least), RowVector::Constant(columns, *greatest)};
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
  if (!box_.empty()) (void)parse_box(box_, 1);
  return threats;
}

ThreatModel ThreatOptions::fitted(ThreatModel threat, const model::Model& model) const {
  const bool raw = threat.space == certify::Space::raw;
  if (!box_.empty()) threat.box = parse_box(box_, raw ? model.input_dimension() : model.metric.map().cols());
  return threat;
}

}  // namespace holdfast::app
