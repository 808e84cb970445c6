// All threads of the library run through these functions.
#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast {

/// The number of threads that parallel work uses (default: all processors).
[[nodiscard]] int thread_count();
/// Sets it for this process. Throws InputError unless 1 <= threads <= 1024.
void set_thread_count(int threads);

/// Calls `body(chunk)` for chunk = 0..chunks-1, in parallel. The first exception of any call is rethrown here.
void parallel_chunks(Index chunks, const std::function<void(Index chunk)>& body);

/// The number of items, each of about `operations` floating-point operations, that make a piece worth a thread: some
/// tenths of a millisecond, well above the cost of waking a thread. Small problems run on the caller's thread alone.
[[nodiscard]] inline Index grain_of(Index operations) {
  constexpr Index operations_per_piece = 400'000;
  return std::max<Index>(1, operations_per_piece / std::max<Index>(1, operations));
}

/// Calls `body(begin, end)` over [0, n) in pieces of `grain`. Pieces depend on n and grain only, never on the number
/// of threads.
template <class Body>
void parallel_for(Index n, Index grain, Body&& body) {
  const Index chunks = (n + grain - 1) / grain;
  parallel_chunks(chunks, [&](Index chunk) { body(chunk * grain, std::min(n, (chunk + 1) * grain)); });
}

/// Sum of `partial(begin, end)` over [0, n) in pieces of `grain`. The pieces are added in their order, so the bits do
/// not depend on the number of threads.
template <class Partial>
[[nodiscard]] double parallel_sum(Index n, Index grain, Partial&& partial) {
  const Index chunks = (n + grain - 1) / grain;
  std::vector<double> sums(static_cast<std::size_t>(chunks), 0.0);
  parallel_chunks(chunks, [&](Index chunk) {
    sums[static_cast<std::size_t>(chunk)] = partial(chunk * grain, std::min(n, (chunk + 1) * grain));
  });
  double total = 0.0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace holdfast
