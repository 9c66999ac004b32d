// SPDX-License-Identifier: MIT
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/signals.h"
#include "support/catch.h"

TEST_CASE("SIGINT and SIGTERM set the flag, and the next object starts afresh") {
  for (const int number : {SIGINT, SIGTERM}) {
    const floe::StopSignal stop;
    CHECK_FALSE(stop.requested());
    raise(number);
    CHECK(stop.requested());
    CHECK(stop.signal() == number);
  }
  const floe::StopSignal stop;
  CHECK_FALSE(stop.requested());
  CHECK_THROWS_AS(floe::StopSignal(), floe::Error);
}

TEST_CASE("the first signal is the one reported") {
  const floe::StopSignal stop;
  raise(SIGINT);
  raise(SIGTERM);
  CHECK(stop.signal() == SIGINT);
}

TEST_CASE("a second SIGINT ends the program at once") {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const floe::StopSignal stop;
    raise(SIGINT);
    raise(SIGINT);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 130);
}

TEST_CASE("the handlers that were there before come back") {
  signal(SIGTERM, SIG_IGN);
  { const floe::StopSignal stop; }
  CHECK(signal(SIGTERM, SIG_DFL) == SIG_IGN);
}
