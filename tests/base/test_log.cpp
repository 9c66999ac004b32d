// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "support/catch.h"
#include "support/temporary_directory.h"

namespace logging = floe::logging;

TEST_CASE("the log file takes lines with time and level") {
  const floe::test::TemporaryDirectory directory;
  const logging::Level before = logging::level();
  logging::set_level(logging::Level::quiet);
  logging::open_file(directory / "log.txt");
  logging::info("ess {:.3f}", 0.5);
  logging::debug("left out");
  logging::set_level(logging::Level::debug);
  logging::debug("told");
  logging::set_level(before);
  logging::close_file();
  logging::set_level(logging::Level::quiet);
  logging::info("after closing");
  logging::set_level(before);
  const std::string text = floe::read_file(directory / "log.txt");
  CHECK_THAT(text, ContainsSubstring("] info: ess 0.500\n"));
  CHECK_THAT(text, ContainsSubstring("] debug: told\n"));
  CHECK_THAT(text, !ContainsSubstring("left out"));
  CHECK_THAT(text, !ContainsSubstring("after closing"));
}

TEST_CASE("an unknown log level suggests the nearest") {
  CHECK(logging::parse_level("warning") == logging::Level::warning);
  CHECK_THROWS_AS(logging::parse_level("warn1ng"), floe::ConfigError);
  CHECK_THROWS_WITH(logging::parse_level("warn1ng"), ContainsSubstring("did you mean 'warning'?"));
}

TEST_CASE("a log file that cannot be opened is an IoError") {
  CHECK_THROWS_AS(logging::open_file("/dev/null/log.txt"), floe::IoError);
}

TEST_CASE("a log file that cannot be written is given up, and the program goes on") {
  REQUIRE(std::filesystem::exists("/dev/full"));
  logging::open_file("/dev/full");
  CHECK_NOTHROW(logging::info("does not fit"));
  CHECK_NOTHROW(logging::info("goes to the console alone"));
  CHECK_NOTHROW(logging::fatal("nor does this"));
  logging::close_file();
}
