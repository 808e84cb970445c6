// Work of the library without the interpreter's lock.
#pragma once

#include <nanobind/nanobind.h>

#include <utility>

extern "C" {
int openblas_get_num_threads();
void openblas_set_num_threads(int threads);
}

namespace holdfast::python {

namespace nb = nanobind;

/// Keeps OpenBLAS to one thread, as the library needs it, and gives its threads back with the end of the last call:
/// NumPy may share the same OpenBLAS, as Debian's does. Made and destroyed under the interpreter's lock, which guards
/// the count of calls.
class OneBlasThread {
 public:
  OneBlasThread() {
    if (calls_++ > 0) return;
    threads_before_ = openblas_get_num_threads();
    openblas_set_num_threads(1);
  }
  ~OneBlasThread() {
    if (--calls_ == 0) openblas_set_num_threads(threads_before_);
  }
  OneBlasThread(const OneBlasThread&) = delete;
  OneBlasThread& operator=(const OneBlasThread&) = delete;

 private:
  inline static int calls_ = 0;
  inline static int threads_before_ = 1;
};

/// body() without the interpreter's lock.
template <class Body>
auto unlocked(Body&& body) {
  const OneBlasThread one_blas_thread;
  const nb::gil_scoped_release lock_released;
  return std::forward<Body>(body)();
}

}  // namespace holdfast::python
