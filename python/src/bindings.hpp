// What each file of the bindings adds to the extension module.
#pragma once

#include <nanobind/nanobind.h>

namespace holdfast::python {

void add_model(nanobind::module_& module);
void add_learners(nanobind::module_& module);
void add_certify(nanobind::module_& module);
void add_evaluate(nanobind::module_& module);
void add_triplets(nanobind::module_& module);

}  // namespace holdfast::python
