// SPDX-License-Identifier: MIT
#include "base/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>

#include "base/console.h"
#include "base/error.h"
#include "base/nearest.h"

namespace floe::logging {
namespace {

constexpr const char* pattern = "[%H:%M:%S] %l: %v";

/// Hands lines to the console, which keeps them apart from the progress line.
class ConsoleSink final : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    std::string_view text(line.data(), line.size());
    if (text.ends_with('\n')) text.remove_suffix(1);
    Console::standard_error().write_line(text);
  }
  void flush_() override {}
};

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
    case Level::quiet:
      break;
  }
  return spdlog::level::off;
}

struct Log {
  Log() {
    console->set_pattern(pattern);
    console->set_level(spdlog::level::info);
  }

  std::shared_ptr<ConsoleSink> console = std::make_shared<ConsoleSink>();
  std::mutex mutex;
  std::shared_ptr<spdlog::sinks::sink> file;
  std::atomic<Level> level = Level::info;
};

Log& the_log() {
  static Log log;
  return log;
}

std::shared_ptr<spdlog::sinks::sink> current_file() {
  const std::scoped_lock lock(the_log().mutex);
  return the_log().file;
}

void write_to(spdlog::sinks::sink& sink, spdlog::level::level_enum level, std::string_view text) {
  if (!sink.should_log(level)) return;
  sink.log(spdlog::details::log_msg("", level, spdlog::string_view_t(text.data(), text.size())));
}

/// A log that cannot be written, on a full disk, ends the log and not the run. Returns why, or nothing if it was
/// written.
std::string write_to_file(spdlog::level::level_enum level, std::string_view text) {
  const auto file = current_file();
  if (!file) return {};
  try {
    write_to(*file, level, text);
    file->flush();
    return {};
  } catch (const spdlog::spdlog_ex& problem) {
    close_file();
    return problem.what();
  }
}

}  // namespace

const std::vector<std::string>& level_names() {
  static const std::vector<std::string> names{"debug", "info", "warning", "error", "quiet"};
  return names;
}

Level parse_level(std::string_view name) {
  const auto& names = level_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    throw ConfigError(fmt::format("unknown log level '{}' (the levels are {}); {}", name, fmt::join(names, ", "),
                                  suggestion(name, names)));
  }
  return static_cast<Level>(found - names.begin());
}

void set_level(Level level) {
  Log& log = the_log();
  log.level = level;
  log.console->set_level(to_spdlog(level));
  if (auto file = current_file()) file->set_level(to_spdlog(std::min(level, Level::info)));
}

Level level() {
  return the_log().level;
}

void open_file(const std::filesystem::path& path) {
  Log& log = the_log();
  std::shared_ptr<spdlog::sinks::sink> file;
  try {
    file = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path.string());
  } catch (const spdlog::spdlog_ex& problem) {
    throw IoError(fmt::format("cannot write the log '{}' ({}); choose a directory that can be written", path.string(),
                              problem.what()));
  }
  file->set_pattern("[%Y-%m-%d %H:%M:%S] %l: %v");
  file->set_level(to_spdlog(std::min(level(), Level::info)));
  const std::scoped_lock lock(log.mutex);
  log.file = std::move(file);
}

void close_file() {
  const std::scoped_lock lock(the_log().mutex);
  the_log().file.reset();
}

void write(Level level, std::string_view message) {
  write_to(*the_log().console, to_spdlog(level), message);
  const std::string problem = write_to_file(to_spdlog(level), message);
  if (!problem.empty()) {
    write_to(*the_log().console, spdlog::level::warn,
             fmt::format("the log file is ended ({}); free some space, the run goes on without it", problem));
  }
}

void fatal(std::string_view message) {
  Console::standard_error().set_status({});
  Console::standard_error().write_line(fmt::format("floe: error: {}", message));
  write_to_file(spdlog::level::err, message);
}

}  // namespace floe::logging
