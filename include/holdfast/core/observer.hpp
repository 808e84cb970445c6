// Progress reports of long work, and its interruption. The library itself never prints.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "holdfast/core/types.hpp"

namespace holdfast {

/// One report of long work.
struct Progress {
  std::string_view stage;                ///< the current work, such as "lmnn" or "neighbours"
  Index step = 0;                        ///< steps done
  Index total = 0;                       ///< largest number of steps; 0 if unknown
  double value = 0.0;                    ///< the objective; 0 if the work has none
  std::optional<double> certified = {};  ///< certified accuracy so far, by learners that measure it
};

enum class Action { proceed, stop };

/// Called from the thread that called the library. Returning Action::stop ends the work cleanly at its next check.
using Observer = std::function<Action(const Progress&)>;

/// Thrown by work that its observer stopped before it had a result. Not an error, so not a std::exception.
struct Stopped {};

/// Reports to an observer that may be empty.
[[nodiscard]] inline bool asks_to_stop(const Observer& observer, const Progress& progress) {
  return observer && observer(progress) == Action::stop;
}

}  // namespace holdfast
