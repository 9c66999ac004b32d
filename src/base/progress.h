// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace floe {

class Console;

struct ProgressOptions {
  std::int64_t already_done = 0;    ///< steps done before a resumed run; they do not count for the rate
  double redraw_seconds = 0.1;      ///< between two drawings on a terminal
  double line_seconds = 10;         ///< between two plain lines elsewhere
  Console* console = nullptr;       ///< standard error if null
  std::function<double()> clock{};  ///< seconds; the steady clock if empty
};

/// How far a long loop is: "sweeps  42%  420/1000  35.2/s  ETA 0:16  ess 0.981". On a terminal one line is redrawn in
/// place; elsewhere plain lines appear now and then. tick() and metric() may be called from any thread.
class Progress final {
 public:
  Progress(std::string label, std::int64_t total, ProgressOptions options = {});
  /// Removes the redrawn line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void tick(std::int64_t steps = 1);
  /// Shows the current value of a quantity from the next drawing on.
  void metric(std::string_view name, double value);
  /// The line as it would be drawn now.
  std::string line() const;

 private:
  void show(double now);

  std::string label_;
  std::int64_t total_;
  ProgressOptions options_;
  Console& console_;
  double start_;
  std::atomic<std::int64_t> done_;
  std::atomic<double> next_;
  std::mutex drawing_;
  mutable std::mutex metrics_mutex_;
  std::vector<std::pair<std::string, double>> metrics_;
};

/// Seconds as m:ss or h:mm:ss.
std::string format_duration(double seconds);

}  // namespace floe
