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
#include "holdfast/certify/pair_decision.hpp"
#include "holdfast/certify/poisoning.hpp"
#include "holdfast/certify/retrieval.hpp"
#include "holdfast/certify/threat_columns.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/evaluate/certifier.hpp"
#include "holdfast/model/training_rows.hpp"
#include "interruptible.hpp"
#include "model_holder.hpp"

namespace holdfast::python {
namespace {

/// What an adversary may do to rows of a model, and the columns that it leaves as they are, by name.
struct Threat {
  certify::ThreatModel model;
  std::vector<std::string> frozen;
  std::string note;
};

/// `box`: (lower, upper), 1 x d each; `limits`: the same by column; `ellipsoid`: A, d x d.
Threat threat_of(const ModelHolder& holder, const std::string& norm, const std::string& space,
                 const std::optional<std::pair<Rows, Rows>>& box, const std::vector<certify::ColumnLimit>& limits,
                 const std::optional<Rows>& ellipsoid, const certify::ColumnOptions& columns, bool by_column) {
  certify::ThreatModel threat{.space = certify::parse_space(space)};
  if (ellipsoid) {
    threat.ball = certify::Ellipsoid(view(*ellipsoid));
  } else {
    threat.ball = certify::LpBall{geometry::parse_norm(norm)};
  }
  if (box) threat.box = geometry::Box{view(box->first).row(0), view(box->second).row(0)};
  if (!limits.empty()) threat.box = certify::box_of_columns(holder.model(), threat.space, limits);
  if (!by_column && columns.empty()) return {std::move(threat), {}, {}};
  certify::ThreatColumns found = certify::threat_columns(holder.model(), threat.space, columns);
  std::vector<std::string> frozen = std::move(found.frozen);
  std::string note = std::move(found.note);
  return {certify::with_columns(std::move(threat), std::move(found)), std::move(frozen), std::move(note)};
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

/// One list per kind, each entry its name.
nb::list kind_names(const std::vector<certify::BoundKind>& kinds) {
  nb::list names;
  for (const certify::BoundKind kind : kinds) names.append(certify::name(kind));
  return names;
}

/// The rows of data as a problem, judged leave-one-out if they are the training rows.
certify::CertificationProblem problem_of(const ModelHolder& holder, const certify::CertifiedKnn& knn,
                                         const DatasetView& data, Index k, const Observer& observer) {
  const bool has_labels = data.labels != nullptr;
  return knn.problem(data,
                     {.k = k,
                      .against = has_labels ? certify::CertifyAgainst::labels : certify::CertifyAgainst::predictions,
                      .left_out = model::own_reference_rows(holder.model(), data),
                      .observer = observer});
}

/// How the rows were judged, if that is not as usual.
nb::list notes_of(const certify::CertificationProblem& problem, const std::string& of_threat = {}) {
  nb::list notes;
  if (!of_threat.empty()) notes.append(spelled(of_threat));
  if (!problem.left_out.empty()) notes.append(model::leave_one_out_note);
  return notes;
}

Facts radii(const ModelHolder& holder, const Rows& x, nb::object labels, Index k, const Threat& given_threat,
            const std::string& method, const evaluate::CertifierOptions& search, nb::object progress) {
  const evaluate::Certifier& certifier = evaluate::find_certifier(method);
  const certify::ThreatModel& threat = given_threat.model;
  const std::optional<Labels> given = labels_of(labels);
  const Eigen::Map<const Matrix> rows = view(x);
  const DatasetView data(rows, given ? &*given : nullptr, {}, "X");
  struct Computed {
    certify::CertifiedKnn knn;
    certify::CertificationProblem problem;
    evaluate::Radii radii;
  };
  Computed computed = interruptible(std::move(progress), [&](const Observer& observer) {
    certify::CertifiedKnn knn(holder.predictor(), threat);
    certify::CertificationProblem problem = problem_of(holder, knn, data, k, observer);
    evaluate::CertifierOptions options = search;
    options.observer = observer;
    evaluate::Radii found = evaluate::radii(knn, problem, certifier, options);
    return Computed{std::move(knn), std::move(problem), std::move(found)};
  });
  std::vector<double> sizes;
  std::vector<double> uppers;
  std::vector<certify::BoundKind> kinds;
  for (const certify::Certificate& certificate : computed.radii.certificates) {
    sizes.push_back(certificate.radius);
    uppers.push_back(certificate.upper_end());
    kinds.push_back(certificate.kind);
  }
  nb::dict result;
  result["radius"] = to_array(std::move(sizes));
  result["upper"] = to_array(std::move(uppers));
  result["kind"] = kind_names(kinds);
  result["predicted"] = to_array(std::move(computed.problem.predicted));
  result["label"] = to_array(std::move(computed.problem.classes));
  result["witness"] = witnesses_of(computed.radii, std::move(computed.problem.rows));
  if (!computed.radii.labels.empty()) result["adversarial_label"] = to_array(std::move(computed.radii.labels));
  result["norm"] = threat.norm_name();
  result["method"] = certifier.name;
  result["space"] = computed.knn.space_name();
  result["units"] = computed.knn.units();
  result["frozen"] = nb::cast(given_threat.frozen);
  nb::list flipped;
  for (const certify::Flip& flip : threat.flips) flipped.append(flip.column);
  result["flipped"] = flipped;
  result["notes"] = notes_of(computed.problem, given_threat.note);
  return result;
}

std::vector<std::int64_t> numbers_of(const std::vector<certify::Poisoning>& all, Index certify::Poisoning::*kind) {
  std::vector<std::int64_t> numbers;
  for (const certify::Poisoning& of : all) numbers.push_back(of.*kind);
  return numbers;
}

Facts poisoning(const ModelHolder& holder, const Rows& x, nb::object labels, Index k, nb::object progress) {
  const std::optional<Labels> given = labels_of(labels);
  const Eigen::Map<const Matrix> rows = view(x);
  const DatasetView data(rows, given ? &*given : nullptr, {}, "X");
  struct Computed {
    certify::CertificationProblem problem;
    std::vector<certify::Poisoning> poisoning;
  };
  Computed computed = interruptible(std::move(progress), [&](const Observer& observer) {
    holder.model().require_training_rows("say how many of them must change");
    const certify::CertifiedKnn knn(holder.predictor(), {});
    certify::CertificationProblem problem = problem_of(holder, knn, data, k, observer);
    std::vector<certify::Poisoning> found = certify::poisoning(knn, problem, observer);
    return Computed{std::move(problem), std::move(found)};
  });
  nb::dict result;
  result["insertions"] = to_array(numbers_of(computed.poisoning, &certify::Poisoning::insertions));
  result["deletions"] = to_array(numbers_of(computed.poisoning, &certify::Poisoning::deletions));
  result["relabelings"] = to_array(numbers_of(computed.poisoning, &certify::Poisoning::relabelings));
  result["predicted"] = to_array(std::move(computed.problem.predicted));
  result["label"] = to_array(std::move(computed.problem.classes));
  result["notes"] = notes_of(computed.problem);
  return result;
}

/// `rows`: the first members above the second ones.
Facts pair_radii(const ModelHolder& holder, const Rows& x, double threshold, const std::string& move,
                 const Threat& given_threat, nb::object progress) {
  const certify::ThreatModel& threat = given_threat.model;
  const certify::MovedMembers moved = certify::parse_moved_members(move);
  const Eigen::Map<const Matrix> rows = view(x);
  const DatasetView data(rows, nullptr, {}, "pairs");
  const Index count = rows.rows() / 2;
  std::vector<linalg::RowPair> pairs;
  for (Index i = 0; i < count; ++i)
    pairs.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(count + i)});
  const certify::CertifiedPairs certified(holder.model(), threat);
  struct Computed {
    Matrix rows;
    std::vector<certify::PairCertificate> pairs;
  };
  Computed computed = interruptible(std::move(progress), [&](const Observer& observer) {
    certify::PairProblem problem = certified.problem(data, pairs);
    std::vector<certify::PairCertificate> found =
        certified.radii(problem, {.threshold = threshold, .moved = moved, .observer = observer});
    return Computed{std::move(problem.rows), std::move(found)};
  });
  std::vector<double> radii;
  std::vector<double> distances;
  std::vector<std::int32_t> decisions;
  std::vector<certify::BoundKind> kinds;
  for (Index i = 0; i < count; ++i) {
    const certify::PairCertificate& pair = computed.pairs[static_cast<std::size_t>(i)];
    radii.push_back(pair.radius);
    distances.push_back(pair.distance);
    decisions.push_back(pair.same ? 1 : -1);
    kinds.push_back(pair.kind);
    if (pair.first) computed.rows.row(i) = *pair.first;
    if (pair.second) computed.rows.row(count + i) = *pair.second;
  }
  nb::dict result;
  result["radius"] = to_array(std::move(radii));
  result["distance"] = to_array(std::move(distances));
  result["decision"] = to_array(std::move(decisions));
  result["kind"] = kind_names(kinds);
  result["rows"] = to_array(std::move(computed.rows));
  result["norm"] = threat.norm_name();
  result["space"] = certified.space_name();
  result["units"] = certified.units();
  return result;
}

Facts retrieval_radii(const ModelHolder& holder, const Rows& x, nb::object labels, Index queries,
                      const Threat& given_threat, nb::object progress) {
  const certify::ThreatModel& threat = given_threat.model;
  const std::optional<Labels> given = labels_of(labels);
  const Eigen::Map<const Matrix> rows = view(x);
  const DatasetView data(rows, given ? &*given : nullptr, {}, "X");
  const model::Model& model = holder.model();
  const std::vector<certify::RetrievalCertificate> found =
      interruptible(std::move(progress), [&](const Observer& observer) {
        const Matrix map = certify::perturbation_map(model, threat.space);
        return certify::retrieval_radii(map, threat, certify::retrieval_problem(model, threat, data),
                                        {.queries = queries, .observer = observer});
      });
  std::vector<std::int64_t> nearest;
  std::vector<double> relevant;
  std::vector<double> same_row;
  std::vector<certify::BoundKind> kinds;
  std::vector<certify::BoundKind> same_row_kinds;
  for (const certify::RetrievalCertificate& row : found) {
    nearest.push_back(row.nearest);
    relevant.push_back(row.relevant ? row.relevant->radius : std::numeric_limits<double>::quiet_NaN());
    kinds.push_back(row.relevant ? row.relevant->kind : certify::BoundKind::lower_bound);
    same_row.push_back(row.same_row.radius);
    same_row_kinds.push_back(row.same_row.kind);
  }
  nb::dict result;
  result["radius"] = to_array(std::move(relevant));
  result["kind"] = kind_names(kinds);
  result["nearest"] = to_array(std::move(nearest));
  result["same_row_radius"] = to_array(std::move(same_row));
  result["same_row_kind"] = kind_names(same_row_kinds);
  result["norm"] = threat.norm_name();
  result["space"] = certify::space_name(model, threat.space);
  result["units"] = certify::units(model, threat.space);
  return result;
}

}  // namespace

void add_certify(nb::module_& module) {
  nb::class_<certify::ColumnLimit>(module, "ColumnLimit", "The least and greatest value of a column.")
      .def(nb::new_([](std::string column, double lower, double upper) {
             return certify::ColumnLimit{std::move(column), lower, upper};
           }),
           "column"_a, "lower"_a, "upper"_a);
  nb::class_<certify::ColumnOptions>(module, "ColumnOptions", "The columns that a perturbation may change.")
      .def(nb::new_([](std::vector<std::string> frozen, std::vector<std::string> perturb, std::vector<std::string> flip,
                       std::vector<std::vector<Index>> flip_groups) {
             return certify::ColumnOptions{std::move(frozen), std::move(perturb), std::move(flip),
                                           std::move(flip_groups)};
           }),
           "frozen"_a, "perturb"_a, "flip"_a, "flip_groups"_a);
  nb::class_<Threat>(module, "ThreatModel", "What an adversary may do to a row.")
      .def(nb::new_(&threat_of), "model"_a, "norm"_a, "space"_a, "box"_a.none(), "limits"_a, "ellipsoid"_a.none(),
           "columns"_a, "by_column"_a);
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
  module.def("poisoning", &poisoning, "model"_a, "x"_a.noconvert(), "labels"_a.none(), "k"_a, "progress"_a.none(),
             "Changes of reference rows that change the model's predictions of raw rows, as in radii.");
  module.def("pair_radii", &pair_radii, "model"_a, "x"_a.noconvert(), "threshold"_a, "move"_a, "threat"_a,
             "progress"_a.none(),
             "Radii of decisions on pairs of raw rows: x holds all first members, then all second ones.");
  module.def("retrieval_radii", &retrieval_radii, "model"_a, "x"_a.noconvert(), "labels"_a, "queries"_a, "threat"_a,
             "progress"_a.none(), "Radii of the search of each labelled raw row among the others.");
}

}  // namespace holdfast::python
