// SPDX-License-Identifier: MIT
#include "base/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

namespace floe {
namespace {

constexpr std::string_view erase_line = "\r\x1b[2K";

std::size_t width_of(std::FILE* stream) {
  winsize size{};
  if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 1) return size.ws_col;
  return 80;
}

void put(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
}

}  // namespace

Console::Console(std::FILE* stream, bool terminal) : stream_(stream), terminal_(terminal) {}

Console& Console::standard_error() {
  static Console console(stderr, isatty(STDERR_FILENO) == 1);
  return console;
}

void Console::write_line(std::string_view line) {
  const std::scoped_lock lock(mutex_);
  // One call for the whole line, so that lines of several processes do not mix.
  std::string text;
  if (!status_.empty()) text += erase_line;
  text.append(line).append("\n");
  put(stream_, text);
  if (!status_.empty()) draw(status_);
  std::fflush(stream_);
}

void Console::set_status(std::string_view status) {
  if (!terminal_) return;
  const std::scoped_lock lock(mutex_);
  if (status.empty() && status_.empty()) return;
  put(stream_, erase_line);
  status_ = status;
  draw(status_);
  std::fflush(stream_);
}

void Console::draw(std::string_view line) {
  put(stream_, line.substr(0, width_of(stream_) - 1));
}

}  // namespace floe
