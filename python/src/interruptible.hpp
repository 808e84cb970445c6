// Long calls: without the interpreter's lock, with progress, and stopped by Ctrl-C.
#pragma once

#include <nanobind/nanobind.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/observer.hpp"

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

/// What a step was worth: (step, value), in the order of the steps.
using Trace = std::vector<std::pair<Index, double>>;

/// Passes reports of the library on to a Python callable `progress(stage, step, total, value)` (or to nobody), some ten
/// times a second and at each new stage, and lets Python see its signals meanwhile. An exception of the callable, or of
/// a signal handler such as KeyboardInterrupt, stops the work and is raised again once it has stopped.
class Reporter {
 public:
  explicit Reporter(nb::object callable) : callable_(std::move(callable)) {}

  /// Also notes every value of `stage` in the trace: of a step that is reported several times, the first.
  void trace(std::string_view stage) { traced_ = stage; }
  [[nodiscard]] const Trace& trace() const { return trace_; }

  [[nodiscard]] Observer observer() {
    return [this](const Progress& progress) { return report(progress); };
  }

  void raise_again() {
    if (error_) throw std::move(*error_);
  }

 private:
  using Clock = std::chrono::steady_clock;

  Action report(const Progress& progress) {
    const bool is_traced = !traced_.empty() && progress.stage == traced_;
    if (is_traced && (trace_.empty() || trace_.back().first != progress.step)) {
      trace_.emplace_back(progress.step, progress.value);
    }
    if (error_) return Action::stop;
    const Clock::time_point now = Clock::now();
    const bool is_new = progress.stage != stage_;
    if (!is_new && now - last_ < std::chrono::milliseconds(100) && progress.step != progress.total) {
      return Action::proceed;
    }
    last_ = now;
    if (is_new) stage_ = progress.stage;
    const nb::gil_scoped_acquire lock;
    try {
      if (PyErr_CheckSignals() != 0) nb::raise_python_error();
      if (!callable_.is_none())
        callable_(nb::str(progress.stage.data(), progress.stage.size()), progress.step, progress.total, progress.value);
    } catch (nb::python_error& error) {
      error_.emplace(std::move(error));
      return Action::stop;
    }
    return Action::proceed;
  }

  nb::object callable_;
  std::string_view traced_;
  std::string stage_;  // last reported
  Trace trace_;
  Clock::time_point last_ = Clock::now();
  std::optional<nb::python_error> error_;
};

/// body(observer) without the interpreter's lock. Raises what stopped it.
template <class Body>
auto interruptible(Reporter& reporter, Body&& body) {
  using Result = decltype(body(Observer()));
  std::optional<Result> result;
  unlocked([&] {
    try {
      result.emplace(body(reporter.observer()));
    } catch (const Stopped&) {  // by the reporter alone, which holds the error
    }
  });
  reporter.raise_again();
  return std::move(result).value();
}

template <class Body>
auto interruptible(nb::object progress, Body&& body) {
  Reporter reporter(std::move(progress));
  return interruptible(reporter, std::forward<Body>(body));
}

}  // namespace holdfast::python
