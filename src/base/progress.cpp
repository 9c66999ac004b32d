// SPDX-License-Identifier: MIT
#include "base/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/console.h"

namespace floe {
namespace {

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

std::string format_duration(double seconds) {
  if (!std::isfinite(seconds)) return "?";
  const auto whole = static_cast<std::int64_t>(std::llround(std::max(seconds, 0.0)));
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

Progress::Progress(std::string label, std::int64_t total, ProgressOptions options)
    : label_(std::move(label)),
      total_(total),
      options_(std::move(options)),
      console_(options_.console ? *options_.console : Console::standard_error()),
      done_(options_.already_done) {
  if (!options_.clock) options_.clock = steady_seconds;
  start_ = options_.clock();
  next_ = start_ + (console_.terminal() ? options_.redraw_seconds : options_.line_seconds);
}

Progress::~Progress() {
  console_.set_status({});
}

void Progress::tick(std::int64_t steps) {
  done_.fetch_add(steps, std::memory_order_relaxed);
  const double now = options_.clock();
  if (now >= next_.load(std::memory_order_relaxed)) show(now);
}

void Progress::metric(std::string_view name, double value) {
  const std::scoped_lock lock(metrics_mutex_);
  const auto found = std::find_if(metrics_.begin(), metrics_.end(), [&](const auto& m) { return m.first == name; });
  if (found == metrics_.end()) {
    metrics_.emplace_back(name, value);
  } else {
    found->second = value;
  }
}

std::string Progress::line() const {
  const std::int64_t done = done_.load(std::memory_order_relaxed);
  const double elapsed = options_.clock() - start_;
  const double rate = elapsed > 0 ? static_cast<double>(done - options_.already_done) / elapsed : 0;
  std::string line = label_;
  if (total_ > 0) {
    line +=
        fmt::format("  {:3.0f}%  {}/{}", 100.0 * static_cast<double>(done) / static_cast<double>(total_), done, total_);
  } else {
    line += fmt::format("  {}", done);
  }
  if (rate > 0) {
    line += fmt::format("  {:.3g}/s", rate);
    if (total_ > 0) line += fmt::format("  ETA {}", format_duration(static_cast<double>(total_ - done) / rate));
  }
  const std::scoped_lock lock(metrics_mutex_);
  for (const auto& [name, value] : metrics_) line += fmt::format("  {} {:.4g}", name, value);
  return line;
}

void Progress::show(double now) {
  // Whoever comes second while a line is being drawn has nothing to add.
  const std::unique_lock lock(drawing_, std::try_to_lock);
  if (!lock || now < next_.load(std::memory_order_relaxed)) return;
  next_ = now + (console_.terminal() ? options_.redraw_seconds : options_.line_seconds);
  if (console_.terminal()) {
    console_.set_status(line());
  } else {
    console_.write_line(line());
  }
}

}  // namespace floe
