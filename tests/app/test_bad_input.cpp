// SPDX-License-Identifier: MIT
#include <vector>

#include "checks.h"
#include "floe_command.h"
#include "io/hdf5_file.h"
#include "support/catch.h"

using namespace floe::test;

TEST_CASE("a wrong command line is one line and exit code 64") {
  const TemporaryDirectory directory;
  write_text(directory / "a.toml", small_ensemble);
  const auto& where = directory.path();
  check_refused(run_floe("rnu", where), 64, "unknown subcommand 'rnu'");
  check_refused(run_floe("rnu", where), 64, "did you mean 'run'?");
  check_refused(run_floe("data inspet x", where), 64, "did you mean 'inspect'?");
  check_refused(run_floe("run a.toml --thread 2", where), 64, "did you mean '--threads'?");
  check_refused(run_floe("run a.toml --threads two", where), 64, "--threads");
  check_refused(run_floe("run a.toml --threads -2", where), 64, "threads = -2 cannot be used");
  check_refused(run_floe("run a.toml --log-level loud", where), 64, "unknown log level 'loud'");
  check_refused(run_floe("run", where), 64, "no experiment was named");
  check_refused(run_floe("run a.toml a.toml", where), 64, "is a second experiment");
  check_refused(run_floe("run no_such_experiment", where), 64, "there is no experiment 'no_such_experiment'");
  check_refused(run_floe("sample", where), 64, "run-dir");
  check_refused(run_floe("sample nowhere --count 3 -o x.h5", where), 64, "there is no run directory 'nowhere'");
  check_refused(run_floe("evaluate . --size 8", where), 64, "is no run directory");
  check_refused(run_floe("evaluate . --size=-8", where), 64, "sizes must be positive");
  check_refused(run_floe("--quick run a.toml", where), 64, "write it after the subcommand");
  check_refused(run_floe("describe nothing", where), 64, "there is no task, model, problem or experiment 'nothing'");
  check_refused(run_floe("list tsks", where), 64, "did you mean 'tasks'?");
}

TEST_CASE("a wrong configuration is one line and exit code 64, and nothing is written") {
  const TemporaryDirectory directory;
  write_text(directory / "a.toml", small_ensemble);
  const auto before = contents_of(directory.path());
  const auto run = [&](const std::string& words) {
    return run_floe("run a.toml --run-dir out " + words, directory.path());
  };
  check_refused(run("monte_carlo.chians=8"), 64, "did you mean 'chains'?");
  check_refused(run("monte_carlo.sizes=[-8]"), 64, "sizes must be positive");
  check_refused(run("monte_carlo.sizes=[8x-8]"), 64, "sizes must be positive");
  check_refused(run("target.coupling=nan"), 64, "it must be a finite number");
  check_refused(run("target.mass_squared=inf"), 64, "it must be a finite number");
  check_refused(run("target.coupling=-1"), 64, "it must be at least 0");
  check_refused(run("target.coupling=0"), 64, "mass");
  check_refused(run("monte_carlo.chains=9"), 64, "chains");
  check_refused(run("monte_carlo.trajectory_length=1"), 64, "monte_carlo.algorithm = \"hmc\" or ");
  check_refused(run("task=ensembel"), 64, "did you mean 'ensemble'?");
  check_refused(run("seed=1.5"), 64, "it must be an integer");
  check_refused(run("seed"), 64, "second experiment");
  write_text(directory / "b.toml", "task = \"ensemble\"\nseed == 1\n");
  check_refused(run_floe("run b.toml --run-dir out", directory.path()), 64, "b.toml:2: this is not TOML");
  write_text(directory / "b.toml", std::string(small_ensemble) + "\n[monte_carlos]\nx = 1\n");
  check_refused(run_floe("run b.toml --run-dir out", directory.path()), 64, "unknown table 'monte_carlos'");
  write_text(directory / "b.toml", "seed = 1\n");
  check_refused(run_floe("run b.toml --run-dir out", directory.path()), 64, "b.toml: task is missing");
  std::filesystem::remove(directory / "b.toml");
  CHECK(contents_of(directory.path()) == before);
}

TEST_CASE("files that are missing, broken or cannot be written are one line and exit code 1") {
  const TemporaryDirectory directory;
  write_text(directory / "a.toml", small_ensemble);
  write_text(directory / "file", "a regular file");
  const auto& where = directory.path();
  check_refused(run_floe("run no/such.toml", where), 1, "cannot read 'no/such.toml' (there is no such file)");
  // Below a regular file nothing can be created, whoever runs this.
  check_refused(run_floe("run a.toml --run-dir file/out", where), 1, "file' is not a directory");
  check_refused(run_floe("run a.toml --run-dir /proc/floe", where), 1, "cannot create '/proc/floe");
  check_refused(run_floe("data inspect no.h5", where), 1, "no.h5");
  check_refused(run_floe("data inspect a.toml", where), 1, "a.toml is of no known kind");
  CHECK(read_text(directory / "file") == "a regular file");
}

TEST_CASE("a truncated HDF5 file and one of the wrong shape are refused, and stay as they were") {
  const TemporaryDirectory directory;
  const auto& where = directory.path();
  write_text(directory / "a.toml", small_ensemble);
  REQUIRE(run_floe("run a.toml --run-dir out --log-level quiet", where).exit_code == 0);
  const std::string whole = read_text(directory / "out/ensemble_4x4.h5");
  REQUIRE(whole.size() > 2000);

  write_text(directory / "short.h5", whole.substr(0, whole.size() / 2));
  check_refused(run_floe("data inspect short.h5", where), 1, "short.h5");
  check_refused(run_floe("evaluate out --data short.h5 --log-level quiet", where), 1, "short.h5");
  CHECK(read_text(directory / "short.h5") == whole.substr(0, whole.size() / 2));

  {
    floe::io::hdf5::File file = floe::io::hdf5::File::create(directory / "shape.h5");
    const std::vector<double> values(12, 1.0);
    file.root().create_group("outputs").write<double>("phi", {3, 2, 2}, values);
    file.close();
  }
  CHECK_THAT(run_floe("data inspect shape.h5", where).out,
             ContainsSubstring("/outputs/phi") && ContainsSubstring("(3, 2, 2)"));
  check_refused(run_floe("evaluate out --data shape.h5 --log-level quiet", where), 1, "shape.h5");

  check_refused(run_floe("evaluate out --data none.h5", where), 1, "there is no such file");
  check_refused(run_floe("sample out --count 0 -o x.h5", where), 64, "it must be at least 1");
  check_refused(run_floe("sample out --count 8 -o file/none/x.h5", where), 1, "its directory does not exist");
  CHECK_FALSE(std::filesystem::exists(directory / "x.h5"));
  CHECK(read_text(directory / "out/ensemble_4x4.h5") == whole);
}

TEST_CASE("a run directory of another configuration, or with foreign files, is left alone") {
  const TemporaryDirectory directory;
  const auto& where = directory.path();
  write_text(directory / "a.toml", small_ensemble);
  REQUIRE(run_floe("run a.toml --run-dir out --log-level quiet", where).exit_code == 0);
  const std::string summary = read_text(directory / "out/summary.json");
  check_refused(run_floe("run a.toml seed=8 --run-dir out", where), 64, "holds a run with another configuration");
  CHECK(read_text(directory / "out/summary.json") == summary);

  std::filesystem::create_directories(directory / "foreign");
  write_text(directory / "foreign/thesis.tex", "important");
  check_refused(run_floe("run a.toml --run-dir foreign", where), 64, "is not empty and holds no run");
  CHECK(read_text(directory / "foreign/thesis.tex") == "important");
}
