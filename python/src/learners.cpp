// The registry of learners, and `train`.
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "arrays.hpp"
#include "bindings.hpp"
#include "holdfast/learners/train.hpp"
#include "interruptible.hpp"
#include "model_holder.hpp"
#include "supervision.hpp"

namespace holdfast::python {
namespace {

using learners::MethodOptions;
using learners::OptionInfo;

void set(MethodOptions& options, const OptionInfo& info, nb::handle value) {
  std::visit(
      [&](const auto place) {
        using Value = typename std::decay_t<decltype(options.*place)>::value_type;
        if constexpr (std::is_same_v<Value, learners::Perturbation>) {
          options.*place = learners::parse_perturbation(nb::cast<std::string>(value));
        } else {
          options.*place = nb::cast<Value>(value);
        }
      },
      info.place);
}

/// Method names with their summaries, and the options that have an effect on each, with their defaults as texts.
FactsList methods() {
  nb::list list;
  for (const learners::Method& method : learners::methods()) {
    const MethodOptions defaults = method.resolve({});
    nb::dict options;
    for (const std::string_view name : method.options) {
      const std::string text = learners::text_of(defaults, learners::option(name));
      options[nb::str(name.data(), name.size())] = text;
    }
    nb::dict entry;
    entry["name"] = std::string(method.name);
    entry["summary"] = std::string(method.summary);
    entry["learns_from_pairs"] = method.learns_from_pairs;
    entry["learns_from_triplets"] = method.learns_from_triplets;
    entry["options"] = options;
    list.append(entry);
  }
  return list;
}

Facts report_of(const learners::FitReport& report, const Trace& trace) {
  nb::dict derived;
  for (const auto& [name, value] : report.derived) derived[name.c_str()] = value;
  Matrix steps(static_cast<Index>(trace.size()), 2);
  for (std::size_t i = 0; i < trace.size(); ++i) {
    steps.row(static_cast<Index>(i)) << static_cast<double>(trace[i].first), trace[i].second;
  }
  nb::dict result;
  result["reason"] = std::string(report.reason_text());
  result["converged"] = report.converged();
  result["iterations"] = report.iterations;
  result["evaluations"] = report.evaluations;
  result["objective"] = report.objective;
  result["objective_at_start"] = report.objective_at_start;
  result["n_triplets"] = report.n_triplets;
  result["derived"] = derived;
  result["warnings"] = report.warnings;
  result["trace"] = to_array(std::move(steps));
  return result;
}

nb::typed<nb::tuple, ModelHolder, Facts> train(const std::string& method, const Rows& x, nb::object labels,
                                               nb::object pairs, nb::object triplets, const std::string& preprocess,
                                               const Facts& options, std::vector<std::string> columns,
                                               std::uint64_t seed, nb::object progress) {
  learners::TrainOptions wanted{method, preprocess, options_of(options), seed, {}};
  if (!pairs.is_none()) wanted.supervision = pairs_of(pairs);
  if (!triplets.is_none()) wanted.supervision = triplets_of(triplets);
  const std::optional<Labels> given = labels_of(labels);
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

learners::MethodOptions options_of(const nb::dict& options) {
  MethodOptions result;
  for (const auto& [name, value] : options) set(result, learners::option(nb::cast<std::string>(name)), value);
  return result;
}

void add_learners(nb::module_& module) {
  module.def("encode_labels", &encode, nb::arg("texts"),
             "(codes, class texts): the library's numbers for label texts.");
  module.def("methods", &methods, "All methods, each with its options and their defaults.");
  module.def("train", &train, nb::arg("method"), nb::arg("x").noconvert(), nb::arg("labels").none(),
             nb::arg("pairs").none(), nb::arg("triplets").none(), nb::arg("preprocess"), nb::arg("options"),
             nb::arg("columns"), nb::arg("seed"), nb::arg("progress").none(),
             "Fits preprocessing and metric; returns (Model, report). labels: (codes, texts of the classes); options: "
             "names of the command line.");
}

}  // namespace holdfast::python
