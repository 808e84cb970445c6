// The registry of learners, and `train`.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <array>

#include "arrays.hpp"
#include "bindings.hpp"
#include "conversions.hpp"
#include "holdfast/learners/train.hpp"
#include "interruptible.hpp"
#include "model_holder.hpp"

namespace holdfast::python {
namespace {

/// All methods: names, summaries, the kinds of supervision, and the options, each with its kind, help, choices, parts,
/// search range (None if `tune` does not search it) and default (None if it is absent by default).
FactsList methods() {
  constexpr std::array kind_names{"flag", "integer", "real", "text", "derivables"};  // in the order of OptionKind
  nb::list list;
  for (const learners::Method& method : learners::methods()) {
    const OptionSet defaults = method.options->resolve({});
    nb::dict options;
    for (const OptionInfo& info : method.options->options()) {
      const OptionValue* value = defaults.find(info.name);
      nb::dict option;
      option["kind"] = kind_names[static_cast<std::size_t>(info.kind)];
      option["help"] = info.help;
      option["choices"] = info.choices;
      nb::list parts;
      for (const OptionPart& part : info.parts) parts.append(part.name);
      option["parts"] = parts;
      option["search"] = info.search ? nb::object(nb::make_tuple(info.search->low, info.search->high)) : nb::none();
      option["default"] = value != nullptr ? to_python(*value) : nb::none();
      options[info.name.c_str()] = option;
    }
    nb::list kinds;
    for (const learners::SupervisionKind kind : method.learns_from) kinds.append(learners::name(kind));
    nb::dict entry;
    entry["name"] = method.name;
    entry["summary"] = method.summary;
    entry["learns_from"] = kinds;
    entry["task"] = method.task == model::Task::regression ? "regression" : "classification";
    entry["takes_weights"] = method.takes_weights;
    entry["options"] = options;
    list.append(entry);
  }
  return list;
}

Facts report_of(const learners::FitReport& report, const Trace& trace) {
  Matrix steps(static_cast<Index>(trace.size()), 2);
  for (std::size_t i = 0; i < trace.size(); ++i) {
    steps.row(static_cast<Index>(i)) << static_cast<double>(trace[i].first), trace[i].second;
  }
  Facts result = to_dict(describe(report));
  result["warnings"] = spelled(report.warnings);
  result["trace"] = to_array(std::move(steps));
  return result;
}

nb::typed<nb::tuple, ModelHolder, Facts> train(const std::string& method, const Rows& x, nb::object labels,
                                               nb::object pairs, nb::object triplets, const std::string& preprocess,
                                               const Facts& options, std::vector<std::string> columns,
                                               std::uint64_t seed, nb::object progress, nb::object chunks,
                                               nb::object quadruplets, const std::optional<Row>& weights,
                                               const std::optional<Rows>& start, const std::optional<Rows>& prior,
                                               const std::optional<Rows>& basis) {
  learners::TrainOptions wanted{method, preprocess, options_of(options), seed, {}};
  if (!pairs.is_none()) wanted.supervision = pairs_of(pairs);
  if (!triplets.is_none()) wanted.supervision = triplets_of(triplets);
  if (!chunks.is_none()) wanted.supervision = chunks_of(chunks);
  std::vector<double> shares;
  if (weights) shares.assign(weights->data(), weights->data() + weights->shape(0));
  std::optional<Labels> given = labels_of(labels);
  if (!quadruplets.is_none()) {
    constraints::QuadrupletSet compared = quadruplets_of(quadruplets);
    compared.weights = std::move(shares);
    wanted.supervision = std::move(compared);
  } else if (given) {
    given->weights = std::move(shares);
  }
  if (start) wanted.start = view(*start);
  if (prior) wanted.prior = view(*prior);
  if (basis) wanted.basis = view(*basis);
  const Eigen::Map<const Matrix> rows = view(x);
  const DatasetView data(rows, given ? &*given : nullptr, columns, "X");
  Reporter reporter(std::move(progress));
  reporter.trace(method);
  learners::Trained trained =
      interruptible(reporter, [&](const Observer& observer) { return learners::train(data, wanted, observer); });
  return nb::make_tuple(nb::cast(new ModelHolder(std::move(trained.model)), nb::rv_policy::take_ownership),
                        report_of(trained.report, reporter.trace()));
}

nb::typed<nb::tuple, Codes1, nb::typed<nb::list, nb::str>> encode(const std::vector<std::string>& texts) {
  Labels labels = encode_labels(texts);
  return nb::make_tuple(to_array(std::move(labels.codes)), std::move(labels.names));
}

}  // namespace

void add_learners(nb::module_& module) {
  module.def("encode_labels", &encode, "texts"_a, "(codes, class texts): the library's numbers for label texts.");
  module.def("methods", &methods, "All methods, each with its options and their defaults.");
  module.def(
      "train", &train, "method"_a, "x"_a.noconvert(), "labels"_a.none(), "pairs"_a.none(), "triplets"_a.none(),
      "preprocess"_a, "options"_a, "columns"_a, "seed"_a, "progress"_a.none(), "chunks"_a = nb::none(),
      "quadruplets"_a = nb::none(), "weights"_a.noconvert() = nb::none(), "start"_a.noconvert() = nb::none(),
      "prior"_a.noconvert() = nb::none(), "basis"_a.noconvert() = nb::none(),
      "Fits preprocessing and metric; returns (Model, report). labels: (codes, texts of the classes); options: "
      "values by the library's names. weights: of the rows, n, or of the quadruplets, m. Of raw rows: start: L at the "
      "start, r x d; prior: the metric that the fit stays close to, d x d; basis: the basis vectors, K x d.");
}

}  // namespace holdfast::python
