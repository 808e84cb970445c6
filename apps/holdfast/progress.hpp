// Progress on a terminal.
#pragma once

#include <chrono>
#include <string>

#include "common.hpp"
#include "holdfast/core/observer.hpp"

namespace holdfast::app {

/// Shows progress on standard error if that is a terminal, and asks long work to stop after a Ctrl-C.
class ProgressBar {
 public:
  explicit ProgressBar(const CommonOptions& common);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// An observer that draws; valid while this object is.
  [[nodiscard]] Observer observer();
  /// Removes the bar from the screen.
  void clear();
  /// A line that stays on the screen, above the bar; nothing if there is no bar.
  void log(const std::string& line);

 private:
  using Clock = std::chrono::steady_clock;

  void draw(const Progress& progress);

  bool shown_;
  bool drawn_ = false;
  std::string stage_;
  Clock::time_point stage_began_;
  Clock::time_point last_drawn_;
};

}  // namespace holdfast::app
