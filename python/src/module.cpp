// The extension module holdfast._core: the library as the Python package calls it. Private: its callers check types,
// shapes and labels first.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <cstddef>
#include <cstdlib>

#include "bindings.hpp"
#include "conversions.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/core/version.hpp"
#include "holdfast/linalg/products.hpp"
#include "interruptible.hpp"

namespace nb = nanobind;

namespace {

/// Lets the GNU C library see that large blocks come and go, so that it keeps some freed memory instead of asking the
/// system for it anew: iterations over a small table take up and free a megabyte each. It learns the same by itself
/// from the first large array that a program frees.
void show_a_large_block() {
  constexpr std::size_t size = 16 << 20;
  void* volatile block = std::malloc(size);  // NOLINT: volatile, or the pair is optimised away
  std::free(block);
}

}  // namespace

NB_MODULE(_core, module) {
  using namespace holdfast;
  show_a_large_block();
  {
    const python::OneBlasThread gives_threads_back;
    linalg::use_one_blas_thread();  // else the first product would, and not in every case within such a scope
  }
  module.doc() = "The Holdfast library. Private: use the classes and functions of holdfast.";
  module.attr("version") = version;
  python::translate_input_errors();
  module.def("threads", &thread_count, "The number of threads that parallel work uses.");
  module.def("set_threads", &set_thread_count, nb::arg("threads"),
             "Sets the number of threads of this process, from 1 to 1024.");
  python::add_model(module);
  python::add_learners(module);
  python::add_certify(module);
  python::add_evaluate(module);
  python::add_triplets(module);
}
