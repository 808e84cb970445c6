#include "progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

namespace holdfast::app {
namespace {

std::string duration(double seconds) {
  if (seconds < 60.0) return fmt::format("{:.0f} s", seconds);
  return fmt::format("{:.0f} min {:02.0f} s", std::floor(seconds / 60.0), std::fmod(seconds, 60.0));
}

}  // namespace

ProgressBar::ProgressBar(const CommonOptions& common) : shown_(!common.quiet && isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() { clear(); }

Observer ProgressBar::observer() {
  return [this](const Progress& progress) {
    if (shown_) draw(progress);
    return interrupted() ? Action::stop : Action::proceed;
  };
}

void ProgressBar::clear() {
  if (drawn_) std::cerr << "\r\033[K" << std::flush;
  drawn_ = false;
}

void ProgressBar::log(const std::string& line) {
  clear();
  if (shown_) std::cerr << line << "\n";
}

void ProgressBar::draw(const Progress& progress) {
  const Clock::time_point now = Clock::now();
  if (progress.stage != stage_) {
    stage_ = progress.stage;
    stage_began_ = now;
    last_drawn_ = {};
  }
  if (now - last_drawn_ < std::chrono::milliseconds(100)) return;
  last_drawn_ = now;
  const double elapsed = std::chrono::duration<double>(now - stage_began_).count();
  const double rate = elapsed > 0.0 ? static_cast<double>(progress.step) / elapsed : 0.0;
  std::string line = fmt::format("\r\033[K{:<10} ", stage_);
  if (progress.total > 0) {
    constexpr Index width = 30;
    const Index filled = std::min(width, width * progress.step / progress.total);
    line += fmt::format("[{:=<{}}{: <{}}] {}/{}", "", filled, "", width - filled, progress.step, progress.total);
  }
  if (progress.value != 0.0) line += fmt::format("  objective {:.6g}", progress.value);
  if (progress.certified) line += fmt::format("  certified {:.4f}", *progress.certified);
  if (rate > 0.0) line += fmt::format("  {:.3g}/s", rate);
  if (rate > 0.0 && progress.total > progress.step) {
    // An optimiser usually ends before its limit: its time left is at most this.
    line += fmt::format("  {}{} left", progress.value != 0.0 ? "at most " : "",
                        duration(static_cast<double>(progress.total - progress.step) / rate));
  }
  std::cerr << line << std::flush;
  drawn_ = true;
}

}  // namespace holdfast::app
