// SPDX-License-Identifier: MIT
#include <chrono>
#include <nlohmann/json.hpp>

#include "floe_command.h"
#include "support/catch.h"

using namespace floe::test;

TEST_CASE("without arguments the command explains itself") {
  const TemporaryDirectory directory;
  const CommandResult result = run_floe("", directory.path());
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out,
             ContainsSubstring("run") && ContainsSubstring("Examples:") && ContainsSubstring("Exit codes:"));
  CHECK(result.err.empty());
}

TEST_CASE("every subcommand has a help text") {
  const TemporaryDirectory directory;
  for (const std::string command :
       {"", "run ", "sample ", "evaluate ", "predict ", "list ", "describe ", "data ", "data inspect "}) {
    INFO(command);
    const CommandResult result = run_floe(command + "--help", directory.path());
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, ContainsSubstring("Usage:"));
    CHECK(result.err.empty());
  }
}

TEST_CASE("the version names the libraries in use, and the build is JSON") {
  const TemporaryDirectory directory;
  const CommandResult version = run_floe("--version", directory.path());
  CHECK(version.exit_code == 0);
  CHECK_THAT(version.out, ContainsSubstring("floe 0.") && ContainsSubstring("HDF5") && ContainsSubstring("FFTW"));
  const CommandResult build = run_floe("--config", directory.path());
  CHECK(build.exit_code == 0);
  const auto json = nlohmann::json::parse(build.out);
  CHECK(json.at("versions").contains("Eigen"));
  CHECK(json.at("build_type").is_string());
}

TEST_CASE("it starts in milliseconds") {
  // The command does not load LibTorch, which takes a second. The best of several, since machines are busy.
  const TemporaryDirectory directory;
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    const auto start = std::chrono::steady_clock::now();
    run_floe("--version", directory.path());
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  CHECK(best < 0.5);
}

TEST_CASE("tasks are listed and described") {
  const TemporaryDirectory directory;
  const CommandResult list = run_floe("list", directory.path());
  CHECK(list.exit_code == 0);
  CHECK_THAT(list.out,
             ContainsSubstring("experiments:") && ContainsSubstring("tasks:") && ContainsSubstring("ensemble"));
  const CommandResult task = run_floe("describe ensemble", directory.path());
  CHECK(task.exit_code == 0);
  CHECK_THAT(task.out, ContainsSubstring("monte_carlo.chains") && ContainsSubstring("a multiple of 8"));
}

#ifdef FLOE_TEST_OPERATORS  // the reference has the keys of tasks that need LibTorch
TEST_CASE("docs/config.md is what the command prints") {
  const TemporaryDirectory directory;
  const CommandResult reference = run_floe("describe --reference", directory.path());
  INFO("docs/config.md is out of date; write it anew: build/release/floe describe --reference > docs/config.md");
  CHECK((read_text(std::filesystem::path(FLOE_SOURCE_DIR) / "docs/config.md") == reference.out));
}
#endif

TEST_CASE("the reference page of problems is what the command writes") {
  const TemporaryDirectory directory;
  const CommandResult reference = run_floe("describe problems --reference", directory.path());
  INFO(
      "docs/problems.md is out of date; write it anew: build/release/floe describe problems --reference > "
      "docs/problems.md");
  CHECK((read_text(std::filesystem::path(FLOE_SOURCE_DIR) / "docs/problems.md") == reference.out));
}

TEST_CASE("experiments are found by folder name, and described") {
  const TemporaryDirectory directory;
  std::filesystem::create_directories(directory / "experiments/small_one");
  write_text(directory / "experiments/small_one/config.toml",
             std::string("description = \"a small one\"\n") + small_ensemble);
  CHECK_THAT(run_floe("list experiments", directory.path()).out,
             ContainsSubstring("small_one") && ContainsSubstring("a small one"));
  CHECK_THAT(run_floe("describe small_one", directory.path()).out, ContainsSubstring("mass_squared = -4.0"));
  CHECK(run_floe("run small_one --dry-run", directory.path()).exit_code == 0);
  CHECK(run_floe("run experiments/small_one --dry-run", directory.path()).exit_code == 0);
  CHECK(run_floe("run experiments/small_one/config.toml --dry-run", directory.path()).exit_code == 0);
  const CommandResult misspelt = run_floe("run smal_one", directory.path());
  CHECK(misspelt.exit_code == 64);
  CHECK_THAT(misspelt.err, ContainsSubstring("did you mean 'small_one'?"));
}

TEST_CASE("further files of an experiment's folder are found by folder and file, and listed") {
  const TemporaryDirectory directory;
  const auto& where = directory.path();
  std::filesystem::create_directories(directory / "experiments/pair");
  write_text(directory / "experiments/pair/config.toml", std::string("description = \"first\"\n") + small_ensemble);
  std::string second = std::string("description = \"second\"\n") + small_ensemble;
  second.replace(second.find("seed = 7"), 8, "seed = 8");
  write_text(directory / "experiments/pair/other.toml", second);
  write_text(directory / "experiments/pair/expected.toml", "[[quick]]\n");
  const std::string list = run_floe("list experiments", where).out;
  CHECK_THAT(list, ContainsSubstring("pair  ") && ContainsSubstring("first") && ContainsSubstring("pair/other  ") &&
                       ContainsSubstring("second"));
  CHECK_THAT(list, !ContainsSubstring("pair/expected"));
  for (const std::string name : {"pair/other", "experiments/pair/other", "experiments/pair/other.toml"}) {
    INFO(name);
    CHECK_THAT(run_floe("run --dry-run " + name, where).out, ContainsSubstring("seed = 8\n"));
    CHECK_THAT(run_floe("describe " + name, where).out, ContainsSubstring("description = \"second\""));
  }
  CHECK_THAT(run_floe("run --dry-run pair", where).out, ContainsSubstring("seed = 7\n"));
  const CommandResult misspelt = run_floe("run pair/othr", where);
  CHECK(misspelt.exit_code == 64);
  CHECK_THAT(misspelt.err, ContainsSubstring("did you mean 'pair/other'?"));

  // The run does not lie in that of config.toml.
  REQUIRE(run_floe("run pair/other --log-level quiet", where).exit_code == 0);
  CHECK(std::filesystem::exists(directory / "runs/pair-other/summary.json"));
}

TEST_CASE("a dry run prints the resolved configuration and the plan, and writes nothing") {
  const TemporaryDirectory directory;
  write_text(directory / "a.toml", small_ensemble);
  const CommandResult result =
      run_floe("run a.toml --dry-run monte_carlo.measurements=123 --run-dir out", directory.path());
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out,
             ContainsSubstring("measurements = 123\n") && ContainsSubstring("# 4x4: 8 chains of 123 measurements"));
  CHECK_FALSE(std::filesystem::exists(directory / "out"));
  CHECK_FALSE(std::filesystem::exists(directory / "runs"));
}

TEST_CASE("dumped defaults are an experiment that resolves to itself") {
  const TemporaryDirectory directory;
  const CommandResult dump = run_floe("run --dump-default task=ensemble", directory.path());
  REQUIRE(dump.exit_code == 0);
  CHECK_THAT(dump.out, ContainsSubstring("# independent chains, a multiple of 8 (integer, at least 8)\nchains = "));
  write_text(directory / "dump.toml", dump.out);
  const CommandResult again = run_floe("run dump.toml --dump-default", directory.path());
  CHECK(again.exit_code == 0);
  CHECK(again.out == dump.out);

  write_text(directory / "a.toml", small_ensemble);
  const CommandResult of_experiment =
      run_floe("run a.toml --dump-default target.mass_squared=-3.9999999999999996", directory.path());
  CHECK_THAT(of_experiment.out,
             ContainsSubstring("mass_squared = -3.9999999999999996\n") && ContainsSubstring("seed = 7\n"));
}
