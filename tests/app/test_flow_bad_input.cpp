// SPDX-License-Identifier: MIT
#include <string>

#include "checks.h"
#include "floe_command.h"
#include "support/catch.h"

using namespace floe::test;

TEST_CASE("a wrong flow experiment is one line and exit code 64, and nothing is written") {
  const TemporaryDirectory directory;
  write_text(directory / "a.toml", small_flow);
  const auto before = contents_of(directory.path());
  const auto run = [&](const std::string& words) {
    return run_floe("run a.toml --run-dir out " + words, directory.path());
  };
  check_refused(run("target.coupling=nan"), 64, "it must be a finite number");
  check_refused(run("target.coupling=-2"), 64, "it must be at least 0");
  check_refused(run("train.sizes=[-8]"), 64, "sizes must be positive");
  check_refused(run("'train.sizes=[4x4,8x8x8]'"), 64, "mix 2 and 3 dimensions");
  check_refused(run("evaluate.updates=-1"), 64, "it must be at least 0");
  check_refused(run("target.kind=double_well"), 64, "target.mass_squared");
  check_refused(run("base.kind=generalized_gaussian"), 64, "leave base.kind out");
  check_refused(run("field.kind=random_features"), 64, "use \"heat_kernel\"");
  check_refused(run("'train.sizes=[]'"), 64, "train.sizes");
  check_refused(run("'evaluate.sizes=[4x4,8x8x8]'"), 64, "mix 2 and 3 dimensions");
  check_refused(run("train.walkres=256"), 64, "did you mean 'walkers'?");
  check_refused(run("trian.walkers=256"), 64, "did you mean 'train'?");
  check_refused(run("train.nodes=3"), 64, "it must be at least 4");
  check_refused(run("train.walkers=-256"), 64, "train.walkers");
  check_refused(run("train.method=adam"), 64, "least_squares");
  check_refused(run("field.kind=heat_kernle"), 64, "heat_kernel");
  check_refused(run("'field.scales=[0,-1]'"), 64, "it must be at least 0");
  check_refused(run("base.mass_squared=0"), 64, "base.mass_squared");
  check_refused(run("truth.chains=12"), 64, "chains");
  check_refused(run("evaluate.samples=many"), 64, "evaluate.samples");
  CHECK(contents_of(directory.path()) == before);
}

TEST_CASE("a flow refuses lattices and data that are not its own, and the run stays as it was") {
  const TemporaryDirectory directory;
  const auto& where = directory.path();
  write_text(directory / "a.toml", small_flow);
  write_text(directory / "e.toml", small_ensemble);
  REQUIRE(run_floe("run a.toml train.refinements=0 --run-dir out --log-level quiet", where).exit_code == 0);
  REQUIRE(run_floe("run e.toml target.coupling=6.5 --run-dir other --log-level quiet", where).exit_code == 0);
  REQUIRE(run_floe("run e.toml 'monte_carlo.sizes=[16^1]' --run-dir line --log-level quiet", where).exit_code == 0);
  const auto before = contents_of(where);
  const auto floe = [&](const std::string& words) { return run_floe(words + " --log-level quiet", where); };

  check_refused(floe("evaluate out --size 4x4x4"), 64, "--size 4x4x4 has 3 dimensions");
  check_refused(floe("evaluate out --size 8 --samples=-3"), 64, "--samples -3");
  check_refused(floe("sample out --count 8 --size 16^1 -o s.h5"), 64, "a flow belongs to one dimension");
  check_refused(floe("sample out --count 8 --size 4,8 -o s.h5"), 64, "give one --size");
  check_refused(floe("sample out --count 8 -o none/s.h5"), 1, "none");
  check_refused(floe("evaluate out --data other/ensemble_4x4.h5"), 1, "holds another theory");
  check_refused(floe("evaluate out --data line/ensemble_16^1.h5"), 1, "choose an ensemble of the flow's dimension");
  check_refused(floe("evaluate out --data a.toml"), 1, "a.toml is no HDF5 file");
  check_refused(floe("evaluate out --data none.h5"), 1, "there is no such file");
  check_refused(floe("evaluate nowhere"), 64, "there is no run directory 'nowhere'");
  check_refused(floe("sample nowhere --count 8 -o s.h5"), 64, "there is no run directory 'nowhere'");
  CHECK(contents_of(where) == before);
}

TEST_CASE("a disk without room is one line that says so, and leaves no half-written file") {
  const TemporaryDirectory directory;
  const auto& where = directory.path();
  write_text(directory / "a.toml", small_flow);
  REQUIRE(run_floe("run a.toml train.refinements=0 --run-dir out --log-level quiet", where).exit_code == 0);
  const auto before = contents_of(where);
  // A limit on the size of files stands in for a full disk: writing fails in the same way.
  const CommandResult result = run_command(std::string("sh -c \"trap '' XFSZ; ulimit -f 64; '") + FLOE_COMMAND +
                                               "' sample out --count 2000 -o s.h5 --log-level quiet\"",
                                           where);
  check_refused(result, 1, "s.h5.partial could not be written (File too large)");
  CHECK(contents_of(where) == before);
}

TEST_CASE("a truncated flow is read from the one before it, and without that refused in one line") {
  const TemporaryDirectory directory;
  const auto& where = directory.path();
  write_text(directory / "a.toml", small_flow);
  REQUIRE(run_floe("run a.toml --run-dir out --log-level quiet", where).exit_code == 0);
  const auto model = directory / "out/checkpoints/flow.h5";
  const auto previous = directory / "out/checkpoints/flow.h5.previous";
  const std::string whole = read_text(model);
  REQUIRE(std::filesystem::exists(previous));
  write_text(model, whole.substr(0, whole.size() / 2));
  CommandResult result = run_floe("sample out --count 8 -o s.h5", where);
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.err, ContainsSubstring("the one before it is used") && ContainsSubstring("after 0 of 1"));

  // Training goes on from the one before, to the same end.
  std::filesystem::remove(directory / "out/summary.json");
  result = run_floe("run out --log-level quiet", where);
  CHECK(result.exit_code == 0);
  CHECK(read_text(model) == whole);

  write_text(model, whole.substr(0, whole.size() / 2));
  std::filesystem::remove(previous);
  std::filesystem::remove(directory / "s.h5");
  const auto before = contents_of(where);
  check_refused(run_floe("sample out --count 8 -o s.h5 --log-level quiet", where), 1, "flow.h5");
  check_refused(run_floe("evaluate out --log-level quiet", where), 1, "truncated or damaged");
  CHECK(contents_of(where) == before);

  std::filesystem::remove(model);
  check_refused(run_floe("sample out --count 8 -o s.h5 --log-level quiet", where), 64, "holds no trained flow");
  check_refused(run_floe("evaluate out --log-level quiet", where), 64, "holds no trained flow");
}
