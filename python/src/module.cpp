// The extension module holdfast._core: the library as the Python package calls it. Private: its callers check types,
// shapes and labels first.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "bindings.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/core/version.hpp"

namespace nb = nanobind;

NB_MODULE(_core, module) {
  using namespace holdfast;
  module.doc() = "The Holdfast library. Private: use the classes and functions of holdfast.";
  module.attr("version") = version;
  // Exceptions derive from ValueError, as scikit-learn's callers expect of wrong input.
  nb::exception<InputError>(module, "InputError", PyExc_ValueError).doc() =
      "The input is wrong; the message says where, what is wrong, and what would be right.";
  module.def("threads", &thread_count, "The number of threads that parallel work uses.");
  module.def("set_threads", &set_thread_count, nb::arg("threads"),
             "Sets the number of threads of this process, from 1 to 1024.");
  python::add_model(module);
  python::add_learners(module);
  python::add_certify(module);
  python::add_evaluate(module);
  python::add_triplets(module);
}
