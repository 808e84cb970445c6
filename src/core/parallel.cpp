#include "holdfast/core/parallel.hpp"

#include <fmt/format.h>

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "holdfast/core/error.hpp"

#ifdef HOLDFAST_USE_OPENMP
#include <omp.h>
#endif

namespace holdfast {
namespace {

constexpr int max_threads = 1024;

#ifndef HOLDFAST_USE_OPENMP
std::atomic<int> configured_threads{0};  // 0: all processors
thread_local bool inside_parallel = false;  // parallel work within parallel work runs on its thread
#endif

/// Keeps the first exception of a parallel region, since none may leave one.
class FirstException {
 public:
  template <class Call>
  void guard(Call&& call) {
    try {
      if (!raised_.load(std::memory_order_relaxed)) call();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!exception_) exception_ = std::current_exception();
      raised_.store(true, std::memory_order_relaxed);
    }
  }
  void rethrow() const {
    if (exception_) std::rethrow_exception(exception_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr exception_;
  std::atomic<bool> raised_{false};
};

}  // namespace

int thread_count() {
#ifdef HOLDFAST_USE_OPENMP
  return omp_get_max_threads();
#else
  const int configured = configured_threads.load();
  return configured > 0 ? configured : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
#endif
}

void set_thread_count(int threads) {
  if (threads < 1 || threads > max_threads) {
    throw InputError(fmt::format("threads {}: must be between 1 and {}", threads, max_threads));
  }
#ifdef HOLDFAST_USE_OPENMP
  omp_set_num_threads(threads);
#else
  configured_threads.store(threads);
#endif
}

void parallel_chunks(Index chunks, const std::function<void(Index chunk)>& body) {
  const int threads = static_cast<int>(std::min<Index>(chunks, thread_count()));
  FirstException first;
#ifdef HOLDFAST_USE_OPENMP
  if (threads <= 1 || omp_in_parallel() != 0) {
    for (Index chunk = 0; chunk < chunks; ++chunk) body(chunk);
    return;
  }
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (Index chunk = 0; chunk < chunks; ++chunk) {
    first.guard([&] { body(chunk); });
  }
#else
  // Plain threads: the build for ThreadSanitizer, which does not understand the OpenMP run-time.
  if (threads <= 1 || inside_parallel) {
    for (Index chunk = 0; chunk < chunks; ++chunk) body(chunk);
    return;
  }
  std::atomic<Index> next{0};
  const auto work = [&] {
    inside_parallel = true;
    for (Index chunk = next.fetch_add(1); chunk < chunks; chunk = next.fetch_add(1)) first.guard([&] { body(chunk); });
    inside_parallel = false;
  };
  std::vector<std::thread> pool;
  for (int thread = 1; thread < threads; ++thread) pool.emplace_back(work);
  work();
  for (std::thread& thread : pool) thread.join();
#endif
  first.rethrow();
}

}  // namespace holdfast
