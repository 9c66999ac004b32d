// SPDX-License-Identifier: MIT
#include <cmath>
#include <nlohmann/json.hpp>

#include "floe_command.h"
#include "io/ensemble.h"
#include "support/catch.h"

using namespace floe::test;

TEST_CASE("an ensemble run fills its directory and does not depend on the number of threads") {
  const TemporaryDirectory directory;
  const auto& where = directory.path();
  write_text(directory / "a.toml", small_ensemble);
  const CommandResult result = run_floe("run a.toml --run-dir out --threads 1", where);
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 0);
  CHECK_THAT(result.out, ContainsSubstring("susceptibility") && ContainsSubstring("4x4"));
  for (const char* name : {"config.toml", "log.txt", "metrics.csv", "summary.json", "checkpoints", "ensemble_4x4.h5"}) {
    INFO(name);
    CHECK(std::filesystem::exists(directory / "out" / name));
  }
  const auto summary = nlohmann::json::parse(read_text(directory / "out/summary.json"));
  CHECK(summary.at("status") == "complete");
  CHECK(summary.at("task") == "ensemble");
  CHECK(summary.at("threads") == 1);
  CHECK(summary.at("ranks") == 1);
  CHECK(summary.at("seconds").get<double>() > 0);
  CHECK(summary.at("versions").contains("HDF5"));
  const auto& row = summary.at("results").at(0);
  CHECK(row.at("size") == nlohmann::json({4, 4}));
  CHECK(row.at("samples") == 1600);
  for (const char* name : {"susceptibility", "phi_squared", "binder", "xi_second_moment", "acceptance"}) {
    INFO(name);
    CHECK(row.at(name).is_number());
  }
  CHECK(row.at("susceptibility_error").get<double>() > 0);

  const floe::io::Ensemble ensemble = floe::io::read_ensemble(directory / "out/ensemble_4x4.h5");
  CHECK(ensemble.configurations == 32);  // 8 chains at measurements 0, 50, 100, 150
  CHECK(ensemble.sizes == std::vector<int>{4, 4});
  CHECK(ensemble.number("coupling") == 6.975);

  REQUIRE(run_floe("run a.toml --run-dir other --threads 2", where).exit_code == 0);
  const auto other = nlohmann::json::parse(read_text(directory / "other/summary.json"));
  CHECK(other.at("results") == summary.at("results"));

  const CommandResult inspect = run_floe("data inspect out/ensemble_4x4.h5", where);
  CHECK(inspect.exit_code == 0);
  CHECK_THAT(inspect.out,
             ContainsSubstring("samples   32") && ContainsSubstring("outputs/phi") && ContainsSubstring("wolff"));
}

TEST_CASE("measuring a file gives what the run measured, and other lattices can be asked for") {
  const TemporaryDirectory directory;
  const auto& where = directory.path();
  write_text(directory / "a.toml", small_ensemble);
  REQUIRE(run_floe("run a.toml output.interval=1 --run-dir out --log-level quiet", where).exit_code == 0);
  const auto run = nlohmann::json::parse(read_text(directory / "out/summary.json")).at("results").at(0);

  REQUIRE(run_floe("evaluate out --data out/ensemble_4x4.h5 --log-level quiet", where).exit_code == 0);
  const auto file = nlohmann::json::parse(read_text(directory / "out/evaluation.json")).at("results").at(0);
  for (const char* name : {"susceptibility", "phi_squared", "binder", "susceptibility_error"}) {
    INFO(name);
    CHECK(file.at(name).get<double>() == Approx(run.at(name).get<double>()).epsilon(1e-10));
  }

  REQUIRE(run_floe("evaluate out --size 3,2x5 --samples 80 --log-level quiet", where).exit_code == 0);
  const auto sizes = nlohmann::json::parse(read_text(directory / "out/evaluation.json")).at("results");
  REQUIRE(sizes.size() == 2);
  CHECK(sizes.at(0).at("size") == nlohmann::json({3, 3}));
  CHECK(sizes.at(1).at("size") == nlohmann::json({2, 5}));
  CHECK(sizes.at(0).at("samples") == 80);

  REQUIRE(run_floe("sample out --count 13 --size 6 -o s.h5 --log-level quiet", where).exit_code == 0);
  const floe::io::Ensemble samples = floe::io::read_ensemble(directory / "s.h5");
  CHECK(samples.configurations == 13);
  CHECK(samples.sizes == std::vector<int>{6, 6});

  const CommandResult again = run_floe("run out", where);
  CHECK(again.exit_code == 0);
  CHECK_THAT(again.err, ContainsSubstring("is complete"));
}

TEST_CASE("a run that SIGTERM stops exits with 2 and goes on to the very result of an uninterrupted one") {
  const TemporaryDirectory directory;
  const auto& where = directory.path();
  write_text(directory / "a.toml", small_ensemble);
  const std::string work = "a.toml monte_carlo.sizes=[4x4,3x3] monte_carlo.measurements=3000 --log-level quiet";
  REQUIRE(run_floe("run " + work + " --run-dir whole", where).exit_code == 0);
  // The log appears once signals are listened to.
  const CommandResult stopped =
      run_command(std::string("sh -c \"'") + FLOE_COMMAND + "' run " + work +
                      " --run-dir parts & p=\\$!; while [ ! -e parts/log.txt ]; do sleep 0.02; done; "
                      "sleep 0.2; kill -TERM \\$p; wait \\$p\"",
                  where);
  CAPTURE(stopped.err);
  int code = stopped.exit_code;
  if (code == 2) CHECK(nlohmann::json::parse(read_text(directory / "parts/summary.json")).at("status") == "stopped");
  for (int i = 0; code == 2 && i < 5; ++i) code = run_floe("run parts --log-level quiet", where).exit_code;
  REQUIRE(code == 0);
  const auto whole = nlohmann::json::parse(read_text(directory / "whole/summary.json"));
  const auto parts = nlohmann::json::parse(read_text(directory / "parts/summary.json"));
  CHECK(parts.at("results") == whole.at("results"));
  CHECK(read_text(directory / "parts/metrics.csv") == read_text(directory / "whole/metrics.csv"));
  for (const char* name : {"ensemble_4x4.h5", "ensemble_3x3.h5"}) {
    CHECK(floe::io::read_ensemble(directory / "parts" / name).rows ==
          floe::io::read_ensemble(directory / "whole" / name).rows);
  }
}
