// Radii of predictions: certificates and attacks.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <limits>

#include "arrays.hpp"
#include "bindings.hpp"
#include "conversions.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/evaluate/certifier.hpp"
#include "holdfast/model/training_rows.hpp"
#include "interruptible.hpp"
#include "model_holder.hpp"

namespace holdfast::python {
namespace {

/// `box`: (lower, upper), 1 x d each; `ellipsoid`: A, d x d.
certify::ThreatModel threat_of(const std::string& norm, const std::string& space,
                               const std::optional<std::pair<Rows, Rows>>& box, const std::optional<Rows>& ellipsoid) {
  certify::ThreatModel threat{.space = certify::parse_space(space)};
  if (ellipsoid) {
    threat.ball = certify::Ellipsoid(view(*ellipsoid));
  } else {
    threat.ball = certify::LpBall{geometry::parse_norm(norm)};
  }
  if (box) threat.box = geometry::Box{view(box->first).row(0), view(box->second).row(0)};
  return threat;
}

/// Witnesses, n x d: the rows themselves if they have none. None if no row has one.
nb::object witnesses_of(const evaluate::Radii& radii, Matrix rows) {
  bool any = false;
  for (std::size_t row = 0; row < radii.certificates.size(); ++row) {
    const auto& witness = radii.certificates[row].witness;
    if (!witness) continue;
    any = true;
    rows.row(static_cast<Index>(row)) = *witness;
  }
  return any ? nb::cast(to_array(std::move(rows))) : nb::none();
}

Facts radii(const ModelHolder& holder, const Rows& x, nb::object labels, Index k, const certify::ThreatModel& threat,
            const std::string& method, const evaluate::CertifierOptions& search, nb::object progress) {
  const evaluate::Certifier& certifier = evaluate::find_certifier(method);
  const std::optional<Labels> given = labels_of(labels);
  const Eigen::Map<const Matrix> rows = view(x);
  const DatasetView data(rows, given ? &*given : nullptr, {}, "X");
  struct Computed {
    bool leave_one_out;
    certify::CertifiedKnn knn;
    certify::CertificationProblem problem;
    evaluate::Radii radii;
  };
  Computed computed = interruptible(std::move(progress), [&](const Observer& observer) {
    certify::CertifiedKnn knn(holder.predictor(), threat);
    const auto against = given ? certify::CertifyAgainst::labels : certify::CertifyAgainst::predictions;
    std::vector<Index> own = model::own_reference_rows(holder.model(), data);
    const bool leave_one_out = !own.empty();
    certify::CertificationProblem problem =
        knn.problem(data, {.k = k, .against = against, .left_out = std::move(own), .observer = observer});
    evaluate::CertifierOptions options = search;
    options.observer = observer;
    evaluate::Radii found = evaluate::radii(knn, problem, certifier, options);
    return Computed{leave_one_out, std::move(knn), std::move(problem), std::move(found)};
  });
  std::vector<double> sizes;
  std::vector<double> uppers;
  nb::list kinds;
  for (const certify::Certificate& certificate : computed.radii.certificates) {
    sizes.push_back(certificate.radius);
    const bool is_bound = certificate.kind == certify::BoundKind::lower_bound;
    uppers.push_back(certificate.upper.value_or(is_bound ? std::numeric_limits<double>::infinity() : sizes.back()));
    kinds.append(certify::name(certificate.kind));
  }
  nb::dict result;
  result["radius"] = to_array(std::move(sizes));
  result["upper"] = to_array(std::move(uppers));
  result["kind"] = kinds;
  result["predicted"] = to_array(std::move(computed.problem.predicted));
  result["label"] = to_array(std::move(computed.problem.classes));
  result["witness"] = witnesses_of(computed.radii, std::move(computed.problem.rows));
  if (!computed.radii.labels.empty()) result["adversarial_label"] = to_array(std::move(computed.radii.labels));
  result["norm"] = threat.norm_name();
  result["method"] = certifier.name;
  result["space"] = computed.knn.space_name();
  result["units"] = computed.knn.units();
  nb::list notes;
  if (computed.leave_one_out) notes.append(model::leave_one_out_note);
  result["notes"] = notes;
  return result;
}

}  // namespace

void add_certify(nb::module_& module) {
  nb::class_<certify::ThreatModel>(module, "ThreatModel", "What an adversary may do to a row.")
      .def(nb::new_(&threat_of), "norm"_a, "space"_a, "box"_a.none(), "ellipsoid"_a.none());
  module.def(
      "certifiers",
      [] {
        nb::dict kinds;
        for (const evaluate::Certifier& certifier : evaluate::certifiers()) {
          kinds[nb::cast(certifier.name)] = certify::name(certifier.kind);
        }
        return nb::typed<nb::dict, nb::str, nb::str>(kinds);
      },
      "The kind of radius that each certifier gives, by its name.");
  nb::class_<evaluate::CertifierOptions>(module, "RadiusSearch", "How long exact radii and attacks search.")
      .def(nb::new_([](Index query_budget, std::uint64_t seed, double time_limit, Index max_nodes, double up_to) {
             return evaluate::CertifierOptions{.query_budget = query_budget,
                                               .seed = seed,
                                               .time_limit = time_limit,
                                               .max_nodes = max_nodes,
                                               .up_to = up_to};
           }),
           nb::kw_only(), "query_budget"_a = 0, "seed"_a = 0, "time_limit"_a = evaluate::CertifierOptions{}.time_limit,
           "max_nodes"_a = 0, "up_to"_a = std::numeric_limits<double>::infinity());
  module.def("radii", &radii, "model"_a, "x"_a.noconvert(), "labels"_a.none(), "k"_a, "threat"_a, "method"_a,
             "search"_a, "progress"_a.none(),
             "Radii of the model's predictions of raw rows; of their labels (codes, texts) if these are given.");
}

}  // namespace holdfast::python
