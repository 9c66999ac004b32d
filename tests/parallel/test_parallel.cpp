// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "parallel/joint_work.h"
#include "parallel/rank_threads.h"
#include "parallel/session.h"
#include "support/catch.h"
#include "support/ranks.h"

using namespace floe;
using test::CommandResult;

namespace {

CommandResult run_ranks(int ranks, const std::string& what) {
  const test::TemporaryDirectory directory;
  return test::run_command(test::with_ranks(ranks) + fmt::format(" '{}' '{}'", FLOE_RANK_PROGRAM, what),
                           directory.path());
}

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("a process on its own is rank 0 of 1") {
  const parallel::Communicator alone;
  CHECK(alone.rank() == 0);
  CHECK(alone.size() == 1);
  CHECK(alone.root());
  CHECK(alone.broadcast("text") == "text");
  CHECK(alone.sum(2.5) == 2.5);
  CHECK(alone.max(std::int64_t{3}) == 3);
  CHECK(alone.min(std::int64_t{3}) == 3);
  CHECK_FALSE(parallel::work_together(alone, [](parallel::JointWork& work) { CHECK_FALSE(work.stopping()); }));
  CHECK(parallel::work_together(alone, [](parallel::JointWork& work) {
    work.stop();
    CHECK(work.stopping());
  }));
  CHECK_THROWS_AS(parallel::work_together(alone, [](parallel::JointWork&) { throw NumericalError("x"); }),
                  NumericalError);
}

TEST_CASE("ranks share the processors of their node") {
  CHECK(parallel::fair_threads(8, 8, 1) == 8);
  CHECK(parallel::fair_threads(8, 8, 3) == 2);   // unbound
  CHECK(parallel::fair_threads(1, 8, 8) == 1);   // bound to a core each
  CHECK(parallel::fair_threads(8, 16, 4) == 4);  // bound to a socket
  CHECK(parallel::fair_threads(2, 2, 3) == 1);   // more ranks than processors
}

TEST_CASE("processes that cannot know of each other are refused") {
  const test::TemporaryDirectory directory;
  const CommandResult result =
      test::run_command(fmt::format("SLURM_STEP_NUM_TASKS=3 '{}' collectives", FLOE_RANK_PROGRAM), directory.path());
  CHECK(result.exit_code == 64);
  CHECK_THAT(result.err, ContainsSubstring("3 processes were started that do not know of each other"));
}

TEST_CASE("collectives of one, two and three ranks") {
  if (!test::have_mpirun()) return test::skip_without_mpirun();
  for (const int n : {1, 2, 3}) {
    CAPTURE(n);
    const CommandResult result = run_ranks(n, "collectives");
    CAPTURE(result.out, result.err);
    CHECK(result.exit_code == 0);
    CHECK(count(result.out, "\n") == n);
    for (int r = 0; r < n; ++r) {
      const int threads = parallel::fair_threads(available_processors(), available_processors(), n);
      CHECK_THAT(result.out, ContainsSubstring(fmt::format(
                                 "rank {} of {}: sum {} max {} min 0 | {:.2f} {:.2f} {:.2f} | 100003 end | "
                                 "{} thread\n",
                                 r, n, n * (n + 1) / 2, n - 1, 0.25 * n, 0.5 * (n - 1), -0.5 * (n - 1), threads)));
    }
  }
}

TEST_CASE("one rank's error ends them all with its message, once") {
  if (!test::have_mpirun()) return test::skip_without_mpirun();
  for (const int n : {1, 2, 3}) {
    CAPTURE(n);
    const CommandResult result = run_ranks(n, "error");
    CAPTURE(result.out, result.err);
    CHECK(result.exit_code == 1);
    CHECK(count(result.err, "error: sample 7 diverged (its values are nan); lower the step\n") == 1);
    CHECK(result.out.empty());
  }
}

TEST_CASE("one rank's wish to stop stops them all") {
  if (!test::have_mpirun()) return test::skip_without_mpirun();
  for (const int n : {1, 2, 3}) {
    CAPTURE(n);
    const CommandResult result = run_ranks(n, "stop");
    CAPTURE(result.out, result.err);
    CHECK(result.exit_code == 0);
    CHECK(count(result.out, ": stopped rested\n") == 2 * n);
  }
}

TEST_CASE("an error that all ranks have is printed once") {
  if (!test::have_mpirun()) return test::skip_without_mpirun();
  const CommandResult result = run_ranks(3, "same error");
  CAPTURE(result.err);
  CHECK(result.exit_code == 1);
  CHECK(count(result.err, "error: no such key\n") == 1);
}

TEST_CASE("an error while the others wait elsewhere ends them too") {
  if (!test::have_mpirun()) return test::skip_without_mpirun();
  const CommandResult result = run_ranks(2, "lonely error");
  CAPTURE(result.err);
  CHECK(result.exit_code == 1);
  CHECK(count(result.err, "error: the disk of this node is full\n") == 1);
}
