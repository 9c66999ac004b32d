// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>

namespace floe {

/// Where text for people goes: whole lines, and on a terminal one status line below them that is redrawn in place.
/// Lines written while a status is shown go above it. All members may be called from any thread.
class Console final {
 public:
  /// Writes to `stream` (not owned); `terminal` says whether lines can be redrawn.
  Console(std::FILE* stream, bool terminal);
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  /// Standard error of this program.
  static Console& standard_error();

  bool terminal() const { return terminal_; }
  void write_line(std::string_view line);
  /// Shows the status line, cut to the width of the terminal; an empty one removes it. Without a terminal nothing
  /// happens.
  void set_status(std::string_view status);

 private:
  void draw(std::string_view line);

  std::FILE* stream_;
  bool terminal_;
  std::mutex mutex_;
  std::string status_;
};

}  // namespace floe
