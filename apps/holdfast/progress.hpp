// Progress on a terminal.
#pragma once

#include <chrono>
#include <string>

#include "common.hpp"
#include "holdfast/core/observer.hpp"

namespace holdfast::app {

/// Shows progress on standard error if that is a terminal, and asks long work to stop after a Ctrl-C.
class ProgressBar {
  using Clock = std::chrono::steady_clock;

 public:
  explicit ProgressBar(const CommonOptions& common);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// An observer that draws; valid while this object is.
  [[nodiscard]] Observer observer();
  /// Since this object was made.
  [[nodiscard]] double seconds() const { return std::chrono::duration<double>(Clock::now() - began_).count(); }
  /// Removes the bar from the screen.
  void clear();
  /// A line that stays on the screen, above the bar; nothing if there is no bar.
  void log(const std::string& line);

 private:
  void draw(const Progress& progress);

  Clock::time_point began_ = Clock::now();
  bool shown_;
  bool drawn_ = false;
  std::string stage_;
  Clock::time_point stage_began_;
  Clock::time_point last_drawn_;
};

}  // namespace holdfast::app
