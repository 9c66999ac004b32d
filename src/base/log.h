// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The log: lines "[hh:mm:ss] info: text" on standard error and, once a run has a directory, in its log.txt. Standard
/// output is for results only. Thread-safe; a line goes above a progress line that is being shown.
namespace floe::logging {

enum class Level { debug, info, warning, error, quiet };

/// The names that the option --log-level takes, in the order of Level.
const std::vector<std::string>& level_names();
/// Throws ConfigError for a name that is none.
Level parse_level(std::string_view name);

/// What goes to standard error; the file takes everything from info on, or more if the level asks for more.
void set_level(Level level);
Level level();

/// Appends to this file from now on; throws IoError if it cannot be opened.
void open_file(const std::filesystem::path& path);
void close_file();

void write(Level level, std::string_view message);

/// The last words of the command: "floe: error: text" on standard error, whatever the level, and an error line in the
/// file.
void fatal(std::string_view message);

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  if (level() == Level::debug) write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::warning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::error, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace floe::logging
