#include "conversions.hpp"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <exception>

namespace holdfast::python {
namespace {

std::vector<linalg::RowPair> row_pairs(nb::handle pairs) {
  const auto rows = nb::cast<RowNumbers>(pairs);
  std::vector<linalg::RowPair> list;
  list.reserve(rows.shape(0));
  for (std::size_t i = 0; i < rows.shape(0); ++i) list.push_back({rows(i, 0), rows(i, 1)});
  return list;
}

/// One number of derivables in Python: (the number or None, the factor of the derived one or None).
using Part = std::pair<std::optional<double>, std::optional<double>>;

OptionValue value_of(nb::handle object) {
  return std::visit(
      [](auto given) -> OptionValue {
        if constexpr (std::is_same_v<decltype(given), std::vector<Part>>) {
          Derivables numbers;
          for (const auto& [number, factor] : given) {
            numbers.push_back(Derivable());
            numbers.back().value = number;
            numbers.back().factor = factor;
          }
          return numbers;
        } else {
          return given;
        }
      },
      nb::cast<std::variant<bool, Index, double, std::string, std::vector<Part>>>(object));
}

nb::object to_python(const Value& value) {
  return std::visit(
      [](const auto& held) -> nb::object {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::monostate>) {
          return nb::none();
        } else if constexpr (std::is_same_v<Held, Record>) {
          return to_dict(held);
        } else if constexpr (std::is_same_v<Held, Value::List>) {
          nb::list list;
          for (const Value& item : held) list.append(to_python(item));
          return list;
        } else {
          return nb::cast(held);
        }
      },
      value.variant());
}

/// A member of holdfast._errors.
nb::object errors(const char* member) { return nb::module_::import_("holdfast._errors").attr(member); }

void raise(const Fault& fault) {
  const Fault own{.place = fault.place,
                  .field = fault.field.empty() ? "" : nb::cast<std::string>(errors("parameter")(fault.field)),
                  .value = fault.value,
                  .rule = spelled(fault.rule),
                  .remedy = spelled(fault.remedy)};
  const nb::object type = errors("InputError");
  const nb::object error = type(message_of(own), "place"_a = own.place, "field"_a = own.field, "value"_a = own.value,
                                "rule"_a = own.rule, "remedy"_a = own.remedy);
  PyErr_SetObject(type.ptr(), error.ptr());
}

}  // namespace

std::optional<Labels> labels_of(nb::handle labels) {
  if (labels.is_none()) return std::nullopt;
  const auto parts = nb::cast<nb::tuple>(labels);
  const auto codes = nb::cast<Codes>(parts[0]);
  return Labels{{codes.data(), codes.data() + codes.shape(0)}, nb::cast<std::vector<std::string>>(parts[1])};
}

constraints::PairSet pairs_of(nb::handle pairs) {
  const auto parts = nb::cast<nb::tuple>(pairs);
  return {row_pairs(parts[0]), row_pairs(parts[1])};
}

std::vector<constraints::Triplet> triplet_list(nb::handle triplets) {
  const auto rows = nb::cast<RowNumbers>(triplets);
  std::vector<constraints::Triplet> list;
  list.reserve(rows.shape(0));
  for (std::size_t i = 0; i < rows.shape(0); ++i) list.push_back({rows(i, 0), rows(i, 1), rows(i, 2)});
  return list;
}

constraints::TripletSet triplets_of(nb::handle triplets) { return constraints::from_triplets(triplet_list(triplets)); }

constraints::ChunkSet chunks_of(nb::handle chunks) {
  const auto numbers = nb::cast<Numbers>(chunks);
  return {{numbers.data(), numbers.data() + numbers.shape(0)}};
}

constraints::QuadrupletSet quadruplets_of(nb::handle quadruplets) {
  const auto rows = nb::cast<RowNumbers>(quadruplets);
  constraints::QuadrupletSet set;
  for (std::size_t i = 0; i < rows.shape(0); ++i)
    set.quadruplets.push_back({rows(i, 0), rows(i, 1), rows(i, 2), rows(i, 3)});
  return set;
}

OptionSet options_of(const nb::dict& options) {
  OptionSet result;
  for (const auto& [name, value] : options) result.set(nb::cast<std::string>(name), value_of(value));
  return result;
}

Facts dict_of(const OptionSet& options) {
  nb::dict result;
  for (const auto& [name, value] : options) result[name.c_str()] = to_python(value);
  return result;
}

nb::object to_python(const OptionValue& value) {
  return std::visit(
      [](const auto& held) -> nb::object {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, Derivables>) {
          std::vector<Part> parts;
          for (const Derivable& number : held) parts.emplace_back(number.value, number.factor);
          return nb::tuple(nb::cast(parts));
        } else {
          return nb::cast(held);
        }
      },
      value);
}

Facts to_dict(const Record& record) {
  nb::dict result;
  for (const Field& field : record.fields()) result[field.name.c_str()] = to_python(field.value);
  return nb::borrow<Facts>(result);
}

std::string spelled(const std::string& text) { return nb::cast<std::string>(errors("spelled")(text)); }

std::vector<std::string> spelled(const std::vector<std::string>& texts) {
  std::vector<std::string> result;
  for (const std::string& text : texts) result.push_back(spelled(text));
  return result;
}

void translate_input_errors() {
  nb::register_exception_translator([](const std::exception_ptr& thrown, void*) {
    try {
      std::rethrow_exception(thrown);
    } catch (const InputError& error) {
      raise(error.fault());
    }
  });
}

}  // namespace holdfast::python
