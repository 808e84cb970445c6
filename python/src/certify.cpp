// Radii of predictions: certificates and attacks.
#include <nanobind/stl/string.h>

#include "arrays.hpp"
#include "bindings.hpp"
#include "holdfast/certify/model_classifier.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/evaluate/radii.hpp"
#include "interruptible.hpp"
#include "model_holder.hpp"
#include "supervision.hpp"

namespace holdfast::python {
namespace {

using certify::Norm;
using certify::Space;

Space space_of(const std::string& name) {
  if (name == certify::name(Space::raw)) return Space::raw;
  if (name == certify::name(Space::preprocessed)) return Space::preprocessed;
  throw InputError("space \"" + name + "\": must be raw or preprocessed");
}

RowVector row_of(nb::handle values) {
  const auto row = nb::cast<Rows>(values);
  if (row.shape(0) != 1) throw std::invalid_argument("one row is wanted");
  return view(row);
}

/// The threat in `columns` dimensions. `box`: (lower, upper), 1 x d each; `ellipsoid`: A, d x d.
evaluate::Threat threat_of(const std::string& norm, nb::handle box, nb::handle ellipsoid) {
  evaluate::Threat threat;
  threat.norm = ellipsoid.is_none() ? certify::parse_norm(norm) : Norm::ellipsoid;
  if (!ellipsoid.is_none()) {
    threat.ellipsoid = view(nb::cast<Rows>(ellipsoid));
    certify::require_ellipsoid(*threat.ellipsoid);
  }
  if (!box.is_none()) {
    const auto limits = nb::cast<nb::tuple>(box);
    threat.box = certify::Box{row_of(limits[0]), row_of(limits[1])};
  }
  return threat;
}

/// Witnesses, n x d: the rows themselves where there is none. None where no row has one.
nb::object witnesses_of(const evaluate::Radii& radii, const Matrix& rows) {
  bool any = false;
  Matrix witnesses = rows;
  for (std::size_t row = 0; row < radii.certificates.size(); ++row) {
    const auto& witness = radii.certificates[row].witness;
    if (!witness) continue;
    any = true;
    witnesses.row(static_cast<Index>(row)) = *witness;
  }
  return any ? nb::cast(to_array(std::move(witnesses))) : nb::none();
}

Facts radii(const ModelHolder& holder, const Rows& x, nb::object labels, Index k, const std::string& norm,
            const std::string& method, const std::string& space, nb::object box, nb::object ellipsoid, Index tries,
            std::uint64_t seed, nb::object progress) {
  evaluate::RadiusOptions options;
  options.method = evaluate::parse_radius_method(method);
  options.threat = threat_of(norm, box, ellipsoid);
  options.tries = tries;
  options.seed = seed;
  const std::optional<Labels> given = labels_of(labels);
  const Eigen::Map<const Matrix> rows = view(x);
  const DatasetView data(rows, given ? &*given : nullptr, {}, "X");
  const Space units = space_of(space);
  struct Computed {
    evaluate::RowsUnderTest rows;
    evaluate::Radii radii;
  };
  Computed computed = interruptible(std::move(progress), [&](const Observer& observer) {
    options.observer = observer;
    evaluate::RowsUnderTest tested = evaluate::rows_under_test(
        holder.model(), data, k, units, observer, given ? evaluate::HeldTo::label : evaluate::HeldTo::prediction);
    evaluate::Radii found = evaluate::radii(tested, options);
    return Computed{std::move(tested), std::move(found)};
  });
  std::vector<double> sizes;
  std::vector<std::int32_t> kinds;
  for (const certify::Certificate& certificate : computed.radii.certificates) {
    sizes.push_back(certificate.radius);
    kinds.push_back(static_cast<std::int32_t>(certificate.kind));
  }
  nb::dict result;
  result["radius"] = to_array(std::move(sizes));
  result["kind"] = to_array(std::move(kinds));
  result["predicted"] = to_array(std::move(computed.rows.predicted));
  result["held_to"] = to_array(std::move(computed.rows.codes));
  result["witness"] = witnesses_of(computed.radii, computed.rows.rows);
  result["adversarial_label"] =
      computed.radii.labels.empty() ? nb::none() : nb::cast(to_array(std::move(computed.radii.labels)));
  result["space"] = std::string(certify::space_name(holder.model(), units));
  result["units"] = certify::units(holder.model(), units);
  return result;
}

}  // namespace

void add_certify(nb::module_& module) {
  module.def("radii", &radii, nb::arg("model"), nb::arg("x").noconvert(), nb::arg("labels").none(), nb::arg("k"),
             nb::arg("norm"), nb::arg("method"), nb::arg("space"), nb::arg("box").none(), nb::arg("ellipsoid").none(),
             nb::arg("tries"), nb::arg("seed"), nb::arg("progress").none(),
             "Radii of the model's predictions of raw rows; of their labels (codes, texts) where these are given.");
}

}  // namespace holdfast::python
