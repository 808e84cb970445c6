#include "holdfast/core/parallel.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"

namespace holdfast {
namespace {

constexpr int max_threads = 1024;

/// All processors, or $OMP_NUM_THREADS, which other numerical programs heed too.
int default_thread_count() {
  if (const char* text = std::getenv("OMP_NUM_THREADS")) {
    // OpenMP takes a list, one number per nested level; the first one is for us.
    const std::optional<int> threads = parse_whole<int>(split_list(text).front());
    if (threads && *threads >= 1 && *threads <= max_threads) return *threads;
  }
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, max_threads);
}

std::atomic<int>& configured_threads() {
  static std::atomic<int> threads{default_thread_count()};
  return threads;
}

thread_local bool inside_parallel = false;  // parallel work within parallel work stays on its thread

/// One call of parallel_chunks: whoever is free takes the next chunk.
class Job {
 public:
  Job(Index chunks, const std::function<void(Index)>& body) : chunks_(chunks), body_(body) {}

  /// Takes chunks until there are none left. After an exception the remaining chunks are dropped.
  void work() {
    inside_parallel = true;
    for (Index chunk = next_.fetch_add(1); chunk < chunks_; chunk = next_.fetch_add(1)) {
      try {
        body_(chunk);
      } catch (...) {
        next_.store(chunks_);
        const std::lock_guard lock(mutex_);
        if (!exception_) exception_ = std::current_exception();
      }
    }
    inside_parallel = false;
  }

  void rethrow() const {
    if (exception_) std::rethrow_exception(exception_);
  }

 private:
  Index chunks_;
  const std::function<void(Index)>& body_;
  std::atomic<Index> next_{0};
  std::mutex mutex_;
  std::exception_ptr exception_;
};

/// Threads that wait for a job. A caller waits only for those that took a chunk, never for one that has not woken yet:
/// on a busy machine a barrier over all threads, as OpenMP has it, costs a time slice for each small loop.
class Pool {
 public:
  static Pool& instance() {
    static Holder holder;
    return *current;
  }

  ~Pool() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  /// Works on the job with up to `helpers` threads beside the caller. False if the pool is busy with another job.
  bool run(Job& job, int helpers) {
    std::unique_lock running(running_, std::try_to_lock);
    if (!running) return false;
    {
      const std::lock_guard lock(mutex_);
      while (static_cast<int>(threads_.size()) < helpers) threads_.emplace_back([this] { serve(); });
      job_ = &job;
      places_ = helpers;
    }
    for (int i = 0; i < helpers; ++i) wake_.notify_one();
    job.work();
    std::unique_lock lock(mutex_);
    job_ = nullptr;
    done_.wait(lock, [this] { return working_ == 0; });
    return true;
  }

 private:
  /// Keeps the process's pool. A child that is forked has none of its parent's threads, and gets a pool of its own;
  /// what it inherited is left as it is, as its locks may have been held.
  struct Holder {
    Holder() {
      current = new Pool;
      ::pthread_atfork(nullptr, nullptr, [] { current = new Pool; });
    }
    ~Holder() { delete current; }
  };
  static inline Pool* current = nullptr;

  void serve() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return ending_ || (job_ != nullptr && places_ > 0); });
      if (ending_) return;
      Job& job = *job_;
      --places_;
      ++working_;
      lock.unlock();
      job.work();
      lock.lock();
      if (--working_ == 0) done_.notify_one();
    }
  }

  std::mutex running_;  // held by the caller whose job it is
  std::mutex mutex_;    // guards what follows
  std::condition_variable wake_;
  std::condition_variable done_;
  Job* job_ = nullptr;
  int places_ = 0;   // helpers that may still join the job
  int working_ = 0;  // helpers that have joined it
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

int thread_count() { return configured_threads().load(); }

void set_thread_count(int threads) {
  if (threads < 1 || threads > max_threads) {
    throw InputError(Fault{.field = "threads",
                           .value = fmt::format("{}", threads),
                           .rule = fmt::format("must be between 1 and {}", max_threads)});
  }
  configured_threads().store(threads);
}

void parallel_chunks(Index chunks, const std::function<void(Index chunk)>& body) {
  const int helpers = static_cast<int>(std::min<Index>(chunks, thread_count())) - 1;
  if (helpers >= 1 && !inside_parallel) {
    Job job(chunks, body);
    if (Pool::instance().run(job, helpers)) {
      job.rethrow();
      return;
    }
  }
  for (Index chunk = 0; chunk < chunks; ++chunk) body(chunk);
}

}  // namespace holdfast
