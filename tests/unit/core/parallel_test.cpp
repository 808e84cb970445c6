#include "holdfast/core/parallel.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <stdexcept>

#include "holdfast/core/error.hpp"

namespace holdfast {
namespace {

/// Restores the number of threads at the end of a test.
class Threads {
 public:
  explicit Threads(int threads) : before_(thread_count()) { set_thread_count(threads); }
  ~Threads() { set_thread_count(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

TEST(Parallel, VisitsEachElementOnce) {
  const Threads threads(4);
  std::vector<std::atomic<int>> visits(1000);
  parallel_for(1000, 7, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
  });
  for (const auto& count : visits) EXPECT_EQ(count.load(), 1);
}

// Python's multiprocessing forks, and the child has none of its parent's threads.
TEST(Parallel, AForkedChildHasThreadsOfItsOwn) {
  const Threads threads(4);
  const auto count = [] {
    std::atomic<Index> sum = 0;
    parallel_chunks(100, [&](Index chunk) {
      sum += chunk;
      ::usleep(100);  // long enough for helpers to join
    });
    return sum.load();
  };
  ASSERT_EQ(count(), 4950);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);  // ends a child that waits for threads which are not there
    ::_exit(count() == 4950 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_EQ(count(), 4950);
}

TEST(Parallel, SumHasTheSameBitsForAnyNumberOfThreads) {
  const auto sum = [] {
    return parallel_sum(10000, 33, [](Index begin, Index end) {
      double partial = 0.0;
      for (Index i = begin; i < end; ++i) partial += std::sin(static_cast<double>(i));
      return partial;
    });
  };
  const Threads one(1);
  const double alone = sum();
  for (const int count : {2, 3, 8}) {
    const Threads several(count);
    EXPECT_EQ(sum(), alone);
  }
}

TEST(Parallel, AnExceptionReachesTheCaller) {
  const Threads threads(2);
  EXPECT_THROW(parallel_for(100, 1,
                            [](Index begin, Index) {
                              if (begin == 42) throw std::runtime_error("42");
                            }),
               std::runtime_error);
}

TEST(Parallel, NothingToDoIsNoError) {
  EXPECT_EQ(parallel_sum(0, 8, [](Index, Index) { return 1.0; }), 0.0);
}

TEST(Parallel, AbsurdThreadCountsAreRefused) {
  EXPECT_THROW(set_thread_count(0), InputError);
  EXPECT_THROW(set_thread_count(1000000), InputError);
}

}  // namespace
}  // namespace holdfast
