// SPDX-License-Identifier: MIT
#include "app/tasks/run_directory.h"
#include "app/tasks/summary.h"
#include "base/error.h"
#include "base/files.h"
#include "support/catch.h"
#include "support/temporary_directory.h"

using floe::app::RunDirectory;
using floe::test::TemporaryDirectory;

TEST_CASE("a new run directory holds its configuration and can be found again") {
  const TemporaryDirectory directory;
  const auto path = directory / "runs/a";
  const RunDirectory run = RunDirectory::prepare(path, "seed = 1\n");
  CHECK(floe::read_file(run.config()) == "seed = 1\n");
  CHECK(RunDirectory::is_run(path));
  CHECK_FALSE(run.complete());
  CHECK(RunDirectory::open(path).path() == path);
  CHECK(RunDirectory::prepare(path, "seed = 1\n").path() == path);
  CHECK_THROWS_AS(RunDirectory::prepare(path, "seed = 2\n"), floe::ConfigError);

  floe::app::Summary summary;
  summary.status = "stopped";
  write_summary(run.summary(), summary);
  CHECK_FALSE(run.complete());
  summary.status = "complete";
  write_summary(run.summary(), summary);
  CHECK(run.complete());
}

TEST_CASE("names of new runs do not collide") {
  const TemporaryDirectory directory;
  CHECK(RunDirectory::unused(directory.path(), "a") == directory / "a");
  RunDirectory::prepare(directory / "a", "");
  CHECK(RunDirectory::unused(directory.path(), "a") == directory / "a-2");
}

TEST_CASE("what is no run is not opened, and directories with other files are not used") {
  const TemporaryDirectory directory;
  CHECK_THROWS_WITH(RunDirectory::open(directory / "none"), ContainsSubstring("the path does not exist"));
  CHECK_THROWS_WITH(RunDirectory::open(directory.path()), ContainsSubstring("is no run directory"));
  floe::write_file_atomically(directory / "x", "");
  CHECK_THROWS_WITH(RunDirectory::prepare(directory.path(), ""), ContainsSubstring("is not empty and holds no run"));
}
