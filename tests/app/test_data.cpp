// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "checks.h"
#include "io/dataset.h"
#include "support/ranks.h"

using namespace floe::test;
namespace fs = std::filesystem;
namespace io = floe::io;

namespace {

/// All values of a file of the problem recall.
std::vector<std::vector<double>> values_of(const fs::path& file) {
  const io::DatasetReader reader(file);
  std::vector<std::vector<double>> values;
  for (const char* name :
       {"inputs/context_position", "inputs/context_value", "inputs/query_position", "outputs/query_value"})
    values.push_back(reader.read<double>(name));
  return values;
}

const char* const small_dataset = R"(task = "dataset"
seed = 7
[problem]
kind = "recall"
points = 8
[files.train]
count = 40
[files.test]
count = 10
)";

}  // namespace

TEST_CASE("data generate makes a dataset, and the same on any number of threads and ranks") {
  const TemporaryDirectory directory;
  const fs::path& where = directory.path();
  const std::string keys = "data generate recall count=300 points=16 seed=3 --log-level error ";
  const CommandResult one = run_floe(keys + "--threads 1 -o one.h5", where);
  CAPTURE(one.err);
  REQUIRE(one.exit_code == 0);
  CHECK(one.err.empty());
  const auto expected = values_of(directory / "one.h5");
  CHECK(expected[0].size() == 300 * 16 * 2);
  CHECK(run_floe(keys + "--threads 2 -o two.h5", where).exit_code == 0);
  CHECK(values_of(directory / "two.h5") == expected);
  const io::DatasetReader reader(directory / "one.h5");
  CHECK(reader.description().generator == "recall");
  CHECK_THAT(reader.description().provenance.config,
             ContainsSubstring("problem = \"recall\"\ncount = 300\nseed = 3\n") && ContainsSubstring("points = 16"));
  if (!have_mpirun()) return skip_without_mpirun();
  for (const int ranks : {1, 2, 3}) {
    CAPTURE(ranks);
    const CommandResult result =
        run_command(with_ranks(ranks) + fmt::format(" '{}' {} -o ranks{}.h5", FLOE_COMMAND, keys, ranks), where);
    CAPTURE(result.err);
    CHECK(result.exit_code == 0);
    CHECK(values_of(directory / fmt::format("ranks{}.h5", ranks)) == expected);
  }
}

TEST_CASE("data generate that is terminated ends with 2 and goes on") {
  const TemporaryDirectory directory;
  const fs::path& where = directory.path();
  const std::string keys = "data generate recall count=30000 points=64 --threads 1 --log-level error -o a.h5";
  const std::string command = fmt::format("'{}' {}", FLOE_COMMAND, keys);
  // Until there is a part.
  const CommandResult stopped =
      run_command("{ " + command +
                      " & pid=$!; for i in $(seq 1000); do ls a.h5.parts/samples_* >/dev/null 2>&1 && break; "
                      "sleep 0.005; done; kill -TERM $pid; wait $pid; }",
                  where);
  CAPTURE(stopped.err);
  CHECK(stopped.exit_code == 2);
  CHECK_FALSE(fs::exists(directory / "a.h5"));
  CHECK(fs::exists(directory / "a.h5.parts"));
  const CommandResult other = run_floe("data generate recall count=30000 points=63 -o a.h5", where);
  check_refused(other, 64, "points = 64 there and 63 here");
  CHECK(run_floe("data generate recall count=30000 points=64 --log-level error -o a.h5", where).exit_code == 0);
  CHECK(io::DatasetReader(directory / "a.h5").samples() == 30000);
  CHECK_FALSE(fs::exists(directory / "a.h5.parts"));
}

TEST_CASE("data generate says what is wrong with its words") {
  const TemporaryDirectory directory;
  const fs::path& where = directory.path();
  check_refused(run_floe("data generate recal -o a.h5", where), 64, "did you mean 'recall'?");
  check_refused(run_floe("data generate recall pints=3 -o a.h5", where), 64, "did you mean 'points'?");
  check_refused(run_floe("data generate recall coutn=3 -o a.h5", where), 64, "did you mean 'count'?");
  check_refused(run_floe("data generate recall poisson -o a.h5", where), 64, "second problem");
  check_refused(run_floe("data generate -o a.h5", where), 64, "no problem was named");
  check_refused(run_floe("data generate recall", where), 64, "give it with -o");
  check_refused(run_floe("data generate recall count=0 -o a.h5", where), 64, "count = 0");
  check_refused(run_floe("data generate recall deflate=10 -o a.h5", where), 64, "deflate = 10");
  check_refused(run_floe("data generate recall precision=float16 -o a.h5", where), 64, "float32, float64");
  check_refused(run_floe("data generate recall -o missing/a.h5", where), 1, "missing/a.h5");
  CHECK(fs::is_empty(where));
}

TEST_CASE("data generate reads and prints its keys as TOML") {
  const TemporaryDirectory directory;
  const fs::path& where = directory.path();
  const CommandResult defaults = run_floe("data generate recall points=5 --dump-default", where);
  CHECK(defaults.exit_code == 0);
  CHECK_THAT(defaults.out, ContainsSubstring("# points of a set (integer, at least 1)\npoints = 5\n"));
  write_text(directory / "keys.toml", defaults.out);
  const CommandResult plan = run_floe("data generate --config keys.toml count=7 --dry-run", where);
  CHECK(plan.exit_code == 0);
  CHECK_THAT(plan.out, ContainsSubstring("count = 7\n") && ContainsSubstring("points = 5\n") &&
                           ContainsSubstring("# inputs/context_position  (5, 2) of float32"));
  CHECK_FALSE(fs::exists(directory / "a.h5"));
}

TEST_CASE("problems are listed and described") {
  const TemporaryDirectory directory;
  CHECK_THAT(run_floe("list problems", directory.path()).out, ContainsSubstring("  recall "));
  const CommandResult described = run_floe("describe recall", directory.path());
  CHECK(described.exit_code == 0);
  CHECK_THAT(described.out, ContainsSubstring("points = 64") && ContainsSubstring("outputs/query_value  (64, 1)"));
}

TEST_CASE("task dataset makes its files, resumes, and reports them") {
  const TemporaryDirectory directory;
  const fs::path& where = directory.path();
  write_text(directory / "config.toml", small_dataset);
  const CommandResult run = run_floe("run config.toml --run-dir out --log-level error", where);
  CAPTURE(run.err);
  REQUIRE(run.exit_code == 0);
  const io::DatasetReader train(directory / "out/train.h5"), test(directory / "out/test.h5");
  CHECK(train.samples() == 40);
  CHECK(train.description().seed == 7);
  CHECK(test.samples() == 10);
  CHECK(test.description().seed == 8);  // other samples than those of the training set
  const auto summary = nlohmann::json::parse(read_text(directory / "out/summary.json"));
  CHECK(summary["status"] == "complete");
  CHECK(summary["ranks"] == 1);
  REQUIRE(summary["results"].size() == 2);
  CHECK(summary["results"][0]["file"] == "train.h5");
  const auto values = train.read<double>("outputs/query_value");
  CHECK(summary["results"][0]["query_value_max"] == *std::max_element(values.begin(), values.end()));

  // The same keys by the other command: the same data, and the file is taken for what it is.
  CHECK(run_floe("data generate recall points=8 count=40 seed=7 --log-level error -o b.h5", where).exit_code == 0);
  CHECK(values_of(directory / "b.h5") == values_of(directory / "out/train.h5"));
  CHECK_THAT(run_floe("data generate recall points=8 count=40 seed=7 -o out/train.h5", where).err,
             ContainsSubstring("is there and complete"));
}

TEST_CASE("task dataset refuses what cannot be meant") {
  const TemporaryDirectory directory;
  const fs::path& where = directory.path();
  write_text(directory / "config.toml", small_dataset);
  check_refused(run_floe("run config.toml files.test.seed=7 files.train.seed=7", where), 64,
                "files.train and files.test have the seed 7");
  check_refused(run_floe("run config.toml problem.pints=7", where), 64, "did you mean 'points'?");
  check_refused(run_floe("run config.toml files.test.cuont=7", where), 64, "did you mean 'count'?");
  check_refused(run_floe("run config.toml problem.kind=recal", where), 64, "did you mean 'recall'?");
}

TEST_CASE("task dataset on two ranks gives the files of one") {
  if (!have_mpirun()) return skip_without_mpirun();
  const TemporaryDirectory directory;
  const fs::path& where = directory.path();
  write_text(directory / "config.toml", small_dataset);
  REQUIRE(run_floe("run config.toml --run-dir one --log-level error", where).exit_code == 0);
  const CommandResult two = run_command(
      with_ranks(2) + fmt::format(" '{}' run config.toml --run-dir two --log-level error", FLOE_COMMAND), where);
  CAPTURE(two.err, two.out);
  REQUIRE(two.exit_code == 0);
  CHECK(values_of(directory / "two/train.h5") == values_of(directory / "one/train.h5"));
  CHECK(values_of(directory / "two/test.h5") == values_of(directory / "one/test.h5"));
  CHECK(nlohmann::json::parse(read_text(directory / "two/summary.json"))["ranks"] == 2);
}

TEST_CASE("what works in one process refuses several, once") {
  if (!have_mpirun()) return skip_without_mpirun();
  const TemporaryDirectory directory;
  write_text(directory / "config.toml", small_ensemble);
  const CommandResult result =
      run_command(with_ranks(2) + fmt::format(" '{}' run config.toml --run-dir out", FLOE_COMMAND), directory.path());
  CHECK(result.exit_code == 64);
  CHECK(result.error_lines() == 1);
  CHECK_THAT(result.err, ContainsSubstring("2 processes were started for task = \"ensemble\""));
  CHECK_FALSE(fs::exists(directory / "out"));
}

TEST_CASE("a dataset is inspected and taken over with a selection") {
  const TemporaryDirectory directory;
  const fs::path& where = directory.path();
  REQUIRE(run_floe("data generate recall points=8 count=40 --log-level error -o a.h5", where).exit_code == 0);
  CHECK_THAT(run_floe("data inspect a.h5", where).out, ContainsSubstring("samples   40"));
  const CommandResult taken =
      run_floe("data import a.h5 --samples 10:30:2 --precision float64 --log-level error -o b.h5", where);
  CAPTURE(taken.err);
  REQUIRE(taken.exit_code == 0);
  const auto all = values_of(directory / "a.h5"), some = values_of(directory / "b.h5");
  REQUIRE(some[3].size() == 10 * 8);
  for (std::size_t i = 0; i < 10; ++i) {
    for (std::size_t k = 0; k < 8; ++k) CHECK(some[3][8 * i + k] == all[3][8 * (10 + 2 * i) + k]);
  }
  const io::DatasetReader reader(directory / "b.h5");
  CHECK(reader.description().inputs[0].type == io::ElementType::float64);
  CHECK(io::hdf5::to_string(reader.description().attributes.at("source_file")) == "a.h5");

  check_refused(run_floe("data import a.h5 -o b.h5", where), 64, "say --force");
  check_refused(run_floe("data import a.h5 --samples x:3 -o c.h5", where), 64, "'x' is no integer");
  check_refused(run_floe("data import a.h5 --format pdebensh -o c.h5", where), 64, "pdebensh");
  check_refused(run_floe("data import no.h5 -o c.h5", where), 1, "no.h5");
  check_refused(run_floe("data import a.h5", where), 64, "give it with -o");
  CHECK_FALSE(fs::exists(directory / "c.h5"));
}
