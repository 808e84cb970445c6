#include "records.hpp"

#include <nanobind/stl/string.h>

#include <exception>

namespace holdfast::python {
namespace {

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
nb::object errors(const char* member) {
  return nb::module_::import_("holdfast._errors").attr(member);
}

void raise(const Fault& fault) {
  const Fault own{.place = fault.place,
                  .field = fault.field.empty() ? "" : nb::cast<std::string>(errors("parameter")(fault.field)),
                  .value = fault.value,
                  .rule = spelled(fault.rule),
                  .remedy = spelled(fault.remedy)};
  const nb::object type = errors("InputError");
  const nb::object error =
      type(message_of(own), nb::arg("place") = own.place, nb::arg("field") = own.field, nb::arg("value") = own.value,
           nb::arg("rule") = own.rule, nb::arg("remedy") = own.remedy);
  PyErr_SetObject(type.ptr(), error.ptr());
}

}  // namespace

Facts to_dict(const Record& record) {
  nb::dict result;
  for (const Field& field : record.fields()) result[field.name.c_str()] = to_python(field.value);
  return nb::borrow<Facts>(result);
}

std::string spelled(const std::string& text) {
  return nb::cast<std::string>(errors("spelled")(text));
}

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
