// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>
#include <sstream>

#include "floe_command.h"
#include "io/csv.h"
#include "io/dataset.h"
#include "io/ensemble.h"
#include "support/catch.h"

using namespace floe::test;
using Json = nlohmann::json;

namespace {

Json read_json(const std::filesystem::path& path) {
  return Json::parse(read_text(path));
}

/// The results of a summary without the times they took.
Json results_of(const std::filesystem::path& summary) {
  Json results = read_json(summary).at("results");
  for (Json& row : results) row.erase("evaluate_seconds");
  return results;
}

/// metrics.csv without its last column, the seconds.
std::string metrics_of(const std::filesystem::path& path) {
  std::istringstream lines(read_text(path));
  std::string all;
  for (std::string line; std::getline(lines, line);) all += line.substr(0, line.rfind(',')) + '\n';
  return all;
}

/// What every lattice of a flow reports (design: summary.json).
void check_result(const Json& row) {
  for (const char* name : {"size",
                           "samples",
                           "ess",
                           "forward_ess",
                           "var_log_weight_per_site",
                           "log_z",
                           "log_z_error",
                           "log_z_step_bias",
                           "elbo",
                           "eubo",
                           "bounds_hold",
                           "acceptance",
                           "susceptibility",
                           "susceptibility_error",
                           "phi_squared",
                           "phi_squared_error",
                           "binder",
                           "binder_error",
                           "xi_second_moment",
                           "xi_second_moment_error"}) {
    INFO(name);
    CHECK(row.contains(name));
    CHECK_FALSE(row.value(name, Json()).is_null());
  }
  CHECK(row.at("bounds_hold") == true);
  // The flag allows three standard errors on either side.
  const auto number = [&](const std::string& name) { return row.at(name).get<double>(); };
  CHECK(number("elbo") <= number("log_z") + 3 * std::hypot(number("elbo_error"), number("log_z_error")));
  CHECK(number("log_z") <= number("eubo") + 3 * std::hypot(number("eubo_error"), number("log_z_error")));
}

}  // namespace

TEST_CASE("a flow run fills its directory, and what it says does not depend on the number of threads") {
  const TemporaryDirectory directory;
  const auto& where = directory.path();
  write_text(directory / "a.toml", small_flow);
  const CommandResult result = run_floe("run a.toml --run-dir out --threads 1", where);
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 0);
  CHECK_THAT(result.out, ContainsSubstring("forward_ess") && ContainsSubstring("4x4"));
  for (const char* name :
       {"config.toml", "log.txt", "metrics.csv", "summary.json", "results.h5", "checkpoints/flow.h5"}) {
    INFO(name);
    CHECK(std::filesystem::is_regular_file(directory / "out" / name));
  }
  const Json summary = read_json(directory / "out/summary.json");
  CHECK(summary.at("status") == "complete");
  CHECK(summary.at("task") == "flow");
  CHECK(summary.at("threads") == 1);
  CHECK(summary.at("ranks") == 1);
  CHECK(summary.at("seconds").get<double>() > 0);
  CHECK(summary.at("train_seconds").get<double>() > 0);
  CHECK(summary.at("base_mass_squared").get<double>() > 0);
  CHECK(summary.at("versions").contains("HDF5"));
  REQUIRE(summary.at("results").size() == 1);
  const Json& row = summary.at("results").at(0);
  check_result(row);
  CHECK(row.at("size") == Json({4, 4}));
  CHECK(row.at("samples") == 256);
  CHECK(row.at("ess").get<double>() > 0.9);
  CHECK(row.at("forward_ess").get<double>() > 0.9);

  const floe::io::CsvTable metrics = floe::io::read_csv(directory / "out/metrics.csv");
  CHECK(metrics.rows.size() == 9);  // eight nodes of the closed form and a Gauss-Newton step
  CHECK(metrics.rows.front().front() == "closed_form");
  CHECK(metrics.rows.back().front() == "gauss_newton");

  REQUIRE(run_floe("run a.toml --run-dir other --threads 2 --log-level quiet", where).exit_code == 0);
  CHECK(results_of(directory / "other/summary.json") == results_of(directory / "out/summary.json"));
  CHECK(read_text(directory / "other/checkpoints/flow.h5") == read_text(directory / "out/checkpoints/flow.h5"));
  CHECK(read_text(directory / "other/config.toml") == read_text(directory / "out/config.toml"));

  const CommandResult again = run_floe("run out", where);
  CHECK(again.exit_code == 0);
  CHECK_THAT(again.err, ContainsSubstring("is complete"));
}

TEST_CASE("samples of a flow are an ensemble with log-weights, whatever the number of threads and of samples") {
  const TemporaryDirectory directory;
  const auto& where = directory.path();
  write_text(directory / "a.toml", small_flow);
  REQUIRE(run_floe("run a.toml train.refinements=0 --run-dir out --log-level quiet", where).exit_code == 0);
  const std::string sample = "sample out --size 6x4 --log-level quiet ";
  REQUIRE(run_floe(sample + "--count 100 --threads 1 -o one.h5", where).exit_code == 0);
  REQUIRE(run_floe(sample + "--count 100 --threads 2 -o two.h5", where).exit_code == 0);
  REQUIRE(run_floe(sample + "--count 13 -o few.h5", where).exit_code == 0);
  const floe::io::Ensemble one = floe::io::read_ensemble(directory / "one.h5");
  const floe::io::Ensemble two = floe::io::read_ensemble(directory / "two.h5");
  const floe::io::Ensemble few = floe::io::read_ensemble(directory / "few.h5");
  CHECK(one.sizes == std::vector<int>{6, 4});
  CHECK(one.configurations == 100);
  CHECK(one.number("coupling") == 6.975);
  CHECK(one.rows == two.rows);
  REQUIRE(few.configurations == 13);
  CHECK(few.rows == std::vector<double>(one.rows.begin(), one.rows.begin() + 13 * 24));
  const auto weights = floe::io::DatasetReader(directory / "one.h5").read<double>("parameters/log_weight");
  CHECK(weights.size() == 100);
  CHECK(weights == floe::io::DatasetReader(directory / "two.h5").read<double>("parameters/log_weight"));

  const CommandResult inspect = run_floe("data inspect one.h5", where);
  CHECK(inspect.exit_code == 0);
  CHECK_THAT(inspect.out, ContainsSubstring("samples   100") && ContainsSubstring("outputs/phi") &&
                              ContainsSubstring("log_weight") && ContainsSubstring("flow"));
}

TEST_CASE("a flow is evaluated on other lattices and against configurations from a file") {
  const TemporaryDirectory directory;
  const auto& where = directory.path();
  write_text(directory / "a.toml", small_flow);
  REQUIRE(run_floe("run a.toml --run-dir out --log-level quiet", where).exit_code == 0);
  const std::string before = read_text(directory / "out/summary.json");

  REQUIRE(run_floe("evaluate out --size 5,4x6 --samples 128 --log-level quiet", where).exit_code == 0);
  const Json sizes = read_json(directory / "out/evaluation.json").at("results");
  REQUIRE(sizes.size() == 2);
  CHECK(sizes.at(0).at("size") == Json({5, 5}));
  CHECK(sizes.at(1).at("size") == Json({4, 6}));
  for (const Json& row : sizes) {
    check_result(row);
    CHECK(row.at("samples") == 128);
  }

  write_text(directory / "e.toml", small_ensemble);
  REQUIRE(run_floe("run e.toml --run-dir mc --log-level quiet", where).exit_code == 0);
  REQUIRE(run_floe("evaluate out --data mc/ensemble_4x4.h5 --log-level quiet", where).exit_code == 0);
  const Json data = read_json(directory / "out/evaluation.json").at("results");
  REQUIRE(data.size() == 1);
  check_result(data.at(0));
  CHECK(data.at(0).at("data") == "mc/ensemble_4x4.h5");
  CHECK(data.at(0).at("mc_susceptibility").is_number());

  // The run's own results stay.
  CHECK(read_text(directory / "out/summary.json") == before);
}

TEST_CASE("without Monte Carlo beside it a flow reports no forward ESS") {
  const TemporaryDirectory directory;
  write_text(directory / "a.toml", small_flow);
  REQUIRE(
      run_floe("run a.toml truth.enabled=false train.refinements=0 --run-dir out --log-level quiet", directory.path())
          .exit_code == 0);
  const Json row = read_json(directory / "out/summary.json").at("results").at(0);
  CHECK(row.at("forward_ess").is_null());
  CHECK_FALSE(row.contains("eubo"));
  CHECK(row.at("ess").is_number());
}

TEST_CASE("training that SIGTERM stops exits with 2 and goes on to the very result of an uninterrupted one") {
  const TemporaryDirectory directory;
  const auto& where = directory.path();
  write_text(directory / "a.toml", small_flow);
  const std::string work = "a.toml train.refinements=3 train.trajectories=768 --log-level quiet --run-dir ";
  REQUIRE(run_floe("run " + work + "whole", where).exit_code == 0);
  // Once in the closed-form pass, once after it.
  for (const std::string sign : {"metrics.csv", "checkpoints/flow.h5"}) {
    INFO(sign);
    std::filesystem::remove_all(directory / "parts");
    const CommandResult stopped =
        run_command(std::string("sh -c \"'") + FLOE_COMMAND + "' run " + work + "parts & p=\\$!; while [ ! -e parts/" +
                        sign + " ]; do sleep 0.01; done; kill -TERM \\$p; wait \\$p\"",
                    where);
    CAPTURE(stopped.err);
    int code = stopped.exit_code;
    REQUIRE(code == 2);
    CHECK(read_json(directory / "parts/summary.json").at("status") == "stopped");
    code = run_floe("run " + work + "parts", where).exit_code;
    REQUIRE(code == 0);
    CHECK(results_of(directory / "parts/summary.json") == results_of(directory / "whole/summary.json"));
    CHECK(read_text(directory / "parts/checkpoints/flow.h5") == read_text(directory / "whole/checkpoints/flow.h5"));
    CHECK(metrics_of(directory / "parts/metrics.csv") == metrics_of(directory / "whole/metrics.csv"));
  }
}
