// SPDX-License-Identifier: MIT
#include <sched.h>

#include "base/error.h"
#include "base/log.h"
#include "base/threads.h"
#include "base/version.h"
#include "support/catch.h"

TEST_CASE("the number of threads is what was asked for, or every processor") {
  const int available = floe::available_processors();
  CHECK(available >= 1);
  const bool openmp = floe::build_info().openmp;
  CHECK(floe::set_threads(0) == (openmp ? available : 1));
  CHECK(floe::thread_count() == (openmp ? available : 1));
  CHECK(floe::set_threads(1) == 1);
  CHECK(floe::thread_count() == 1);
  const auto level = floe::logging::level();
  floe::logging::set_level(floe::logging::Level::quiet);
  CHECK(floe::set_threads(3) == (openmp ? 3 : 1));
  floe::logging::set_level(level);
  floe::set_threads(0);
}

TEST_CASE("the affinity of the process counts") {
  cpu_set_t before, one;
  REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
  int first = 0;
  while (!CPU_ISSET(first, &before)) ++first;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  CHECK(floe::available_processors() == 1);
  sched_setaffinity(0, sizeof before, &before);
}

TEST_CASE("a negative number of threads is refused") {
  CHECK_THROWS_AS(floe::set_threads(-1), floe::ConfigError);
  CHECK_THROWS_WITH(floe::set_threads(-1), ContainsSubstring("threads = -1 cannot be used"));
}
