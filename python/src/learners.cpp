// The registry of learners, and `train`.
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "arrays.hpp"
#include "bindings.hpp"
#include "holdfast/learners/train.hpp"
#include "interruptible.hpp"
#include "model_holder.hpp"
#include "records.hpp"
#include "supervision.hpp"

namespace holdfast::python {
namespace {

nb::object as_object(const std::optional<double>& number) {
  return number ? nb::cast(*number) : nb::none();
}

/// bool, int, float or str; of derivables a tuple with (number or None, factor) for each part.
nb::object as_object(const OptionValue& value) {
  const auto* numbers = std::get_if<Derivables>(&value);
  if (numbers == nullptr) {
    return std::visit(
        [](const auto& alternative) -> nb::object {
          if constexpr (std::is_same_v<std::decay_t<decltype(alternative)>, Derivables>) {
            return nb::none();
          } else {
            return nb::cast(alternative);
          }
        },
        value);
  }
  nb::list parts;
  for (const Derivable& number : *numbers) parts.append(nb::make_tuple(as_object(number.value), number.factor));
  return nb::tuple(parts);
}

OptionValue value_of(OptionKind kind, nb::handle object) {
  switch (kind) {
    case OptionKind::flag:
      return nb::cast<bool>(object);
    case OptionKind::whole_number:
      return nb::cast<Index>(object);
    case OptionKind::number:
      return nb::cast<double>(object);
    case OptionKind::text:
      return nb::cast<std::string>(object);
    case OptionKind::derivables:
      break;
  }
  Derivables numbers;
  for (const nb::handle part : object) {
    const nb::handle number = part[0];
    numbers.push_back(number.is_none() ? Derivable::times(nb::cast<double>(part[1]))
                                       : Derivable(nb::cast<double>(number)));
  }
  return numbers;
}

std::string name_of(OptionKind kind) {
  switch (kind) {
    case OptionKind::flag:
      return "flag";
    case OptionKind::whole_number:
      return "integer";
    case OptionKind::number:
      return "real";
    case OptionKind::text:
      return "text";
    case OptionKind::derivables:
      break;
  }
  return "derivables";
}

/// All methods: names, summaries, the kinds of supervision, and the options, each with its kind, help, choices, parts,
/// search range (None if `tune` does not search it) and default (None if it is absent by default).
FactsList methods() {
  nb::list list;
  for (const learners::Method& method : learners::methods()) {
    const OptionSet defaults = method.options->resolve({});
    nb::dict options;
    for (const OptionInfo& info : method.options->options()) {
      const OptionValue* value = defaults.find(info.name);
      nb::dict option;
      option["kind"] = name_of(info.kind);
      option["help"] = info.help;
      option["choices"] = info.choices;
      nb::list parts;
      for (const OptionPart& part : info.parts) parts.append(part.name);
      option["parts"] = parts;
      option["search"] = info.search ? nb::object(nb::make_tuple(info.search->low, info.search->high)) : nb::none();
      option["default"] = value != nullptr ? as_object(*value) : nb::none();
      options[info.name.c_str()] = option;
    }
    nb::list kinds;
    for (const learners::SupervisionKind kind : method.learns_from) kinds.append(std::string(learners::name(kind)));
    nb::dict entry;
    entry["name"] = std::string(method.name);
    entry["summary"] = std::string(method.summary);
    entry["learns_from"] = kinds;
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
                                               std::uint64_t seed, nb::object progress) {
  learners::TrainOptions wanted{method, preprocess, options_of(method, options), seed, {}};
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

OptionSet options_of(const std::string& method, const nb::dict& options) {
  const OptionList& table = *learners::find_method(method).options;
  OptionSet result;
  for (const auto& [key, value] : options) {
    const auto name = nb::cast<std::string>(key);
    const OptionInfo* info = table.find(name);
    if (info == nullptr) throw std::invalid_argument(method + " has no option " + name);
    result.set(name, value_of(info->kind, value));
  }
  return result;
}

Facts dict_of(const OptionSet& options) {
  nb::dict result;
  for (const auto& [name, value] : options) result[name.c_str()] = as_object(value);
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
             "values by the library's names.");
}

}  // namespace holdfast::python
