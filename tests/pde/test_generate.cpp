// SPDX-License-Identifier: MIT
#include "pde/generate.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <fstream>
#include <limits>
#include <numeric>
#include <thread>

#include "base/error.h"
#include "base/log.h"
#include "base/threads.h"
#include "io/dataset.h"
#include "pde/part_folder.h"
#include "random/stream.h"
#include "support/catch.h"
#include "support/temporary_directory.h"

using namespace floe;
namespace fs = std::filesystem;
using Catch::Matchers::Message;
using Ending = pde::GenerateResult::Ending;

namespace {

/// A problem whose sample i is known: random numbers of stream i on five points, their sum, and i itself.
struct Trial final : pde::Problem {
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
  std::int64_t nan_at = -1;      ///< this sample has a NaN
  std::int64_t failing_at = -1;  ///< the solver of this sample does not converge
  int milliseconds = 0;          ///< that a sample takes
  std::size_t points = 5;
  double scale = 1.0;

  struct TrialGenerator final : pde::Generator {
    TrialGenerator(const Trial& problem, std::uint64_t seed) : trial(problem), key(random::make_key(seed, "trial")) {}
    void make(std::uint64_t index, pde::Sample& sample) override {
      if (trial.milliseconds > 0) std::this_thread::sleep_for(std::chrono::milliseconds(trial.milliseconds));
      const auto number = static_cast<std::int64_t>(index);
      if (number == trial.failing_at) throw NumericalError("no convergence after 5 steps; take more");
      random::Stream stream(key, index);
      const auto x = sample["inputs/x"];
      for (double& value : x) value = trial.scale * stream.normal();
      sample["outputs/sum"][0] = std::accumulate(x.begin(), x.end(), 0.0);
      if (number == trial.nan_at) sample["outputs/sum"][0] = std::numeric_limits<double>::quiet_NaN();
      sample["parameters/number"][0] = static_cast<double>(index);
    }
    const Trial& trial;
    random::Key key;
  };

  void bind(config::Section&) override {}
  void validate() const override {}
  io::DatasetDescription description() const override {
    io::DatasetDescription description;
    description.title = "trial";
    description.axes = {{.name = "point", .values = std::vector<double>(points, 0.0)}};
    description.inputs = {{.name = "x", .axes = {"point"}}};
    description.outputs = {{.name = "sum", .axes = {}}};
    description.parameters = {{.name = "number", .type = io::ElementType::int64}};
    return description;
  }
  std::unique_ptr<pde::Generator> make_generator(std::uint64_t seed) const override {
    return std::make_unique<TrialGenerator>(*this, seed);
  }
  std::uint64_t sample_limit() const override { return limit; }
};

struct Quiet {
  Quiet() { logging::set_level(logging::Level::quiet); }
  ~Quiet() { logging::set_level(logging::Level::info); }
};

pde::GenerateRequest request_for(const fs::path& output, const std::string& config = "count = 50\n") {
  return {.problem = "trial",
          .config = config,
          .command_line = "floe data generate trial",
          .output = output,
          .samples_per_part = 4};
}

/// All data of a file, by the bytes of the values.
struct Content {
  explicit Content(const fs::path& file) {
    const io::DatasetReader reader(file);
    x = reader.read<double>("inputs/x");
    sum = reader.read<double>("outputs/sum");
    number = reader.read<std::int64_t>("parameters/number");
    type = reader.description().inputs[0].type;
    config = reader.description().provenance.config;
  }
  std::vector<double> x, sum;
  std::vector<std::int64_t> number;
  io::ElementType type;
  std::string config;
  bool operator==(const Content&) const = default;
};

Content generated(const fs::path& output, int threads, const pde::GenerateOptions& options) {
  set_threads(threads);
  const pde::GenerateResult result = pde::generate(Trial(), options, request_for(output));
  set_threads(1);
  CHECK(result.ending == Ending::complete);
  CHECK(result.made == options.count);
  CHECK_FALSE(fs::exists(pde::PartFolder::path(output)));
  return Content(output);
}

}  // namespace

TEST_CASE("the ranges that are missing lie between those that are there") {
  using R = pde::SampleRange;
  CHECK(pde::missing_ranges({}, 10, 4) == std::vector<R>{{0, 4}, {4, 8}, {8, 10}});
  CHECK(pde::missing_ranges({{0, 4}, {5, 9}}, 12, 2) == std::vector<R>{{4, 5}, {9, 11}, {11, 12}});
  CHECK(pde::missing_ranges({{0, 12}}, 12, 2).empty());
}

TEST_CASE("generate writes each sample as the generator makes it") {
  const test::TemporaryDirectory directory;
  const Quiet quiet;
  const pde::GenerateOptions options{.count = 50, .seed = 3, .precision = io::ElementType::float64};
  const Content content = generated(directory / "a.h5", 1, options);
  REQUIRE(content.number.size() == 50);
  for (std::size_t i = 0; i < 50; ++i) {
    random::Stream stream(random::make_key(3, "trial"), i);
    double sum = 0;
    for (std::size_t k = 0; k < 5; ++k) {
      const double expected = stream.normal();
      CHECK(content.x[5 * i + k] == expected);
      sum += expected;
    }
    CHECK(content.sum[i] == sum);
    CHECK(content.number[i] == static_cast<std::int64_t>(i));
  }
}

TEST_CASE("the data do not depend on threads, on parts or on precision beyond rounding") {
  const test::TemporaryDirectory directory;
  const Quiet quiet;
  pde::GenerateOptions options{.count = 50, .seed = 3};
  const Content one = generated(directory / "one.h5", 1, options);
  CHECK(one.type == io::ElementType::float32);
  CHECK(generated(directory / "two.h5", 2, options) == one);
  CHECK(generated(directory / "three.h5", 3, options) == one);
  options.precision = io::ElementType::float64;
  const Content exact = generated(directory / "exact.h5", 2, options);
  for (std::size_t i = 0; i < exact.x.size(); ++i) CHECK(static_cast<float>(exact.x[i]) == one.x[i]);
  options.seed = 4;
  CHECK(generated(directory / "other.h5", 2, options).x != exact.x);
}

TEST_CASE("a stopped generation goes on where it was and gives the same data") {
  const test::TemporaryDirectory directory;
  const Quiet quiet;
  const pde::GenerateOptions options{.count = 50, .seed = 3};
  const Content whole = generated(directory / "whole.h5", 1, options);
  for (const int after : {0, 1, 7, 23, 49}) {
    CAPTURE(after);
    const fs::path output = directory / fmt::format("{}.h5", after);
    pde::GenerateRequest request = request_for(output);
    std::atomic<int> asked = 0;
    request.stop = [&] { return asked++ >= after; };
    const pde::GenerateResult stopped = pde::generate(Trial(), options, request);
    CHECK(stopped.ending == Ending::stopped);
    CHECK(stopped.made == static_cast<std::uint64_t>(after));  // nothing that was made is lost
    CHECK_FALSE(fs::exists(output));
    set_threads(3);
    request.stop = nullptr;
    request.samples_per_part = 6;
    const pde::GenerateResult rest = pde::generate(Trial(), options, request);
    set_threads(1);
    CHECK(rest.ending == Ending::complete);
    CHECK(rest.made == static_cast<std::uint64_t>(50 - after));
    CHECK(Content(output) == whole);
    CHECK_FALSE(fs::exists(pde::PartFolder::path(output)));
  }
}

TEST_CASE("a killed generation goes on and gives the same data") {
  const test::TemporaryDirectory directory;
  const Quiet quiet;
  const pde::GenerateOptions options{.count = 50, .seed = 3};
  const Content whole = generated(directory / "whole.h5", 1, options);
  const fs::path output = directory / "killed.h5";
  Trial slow;
  slow.milliseconds = 5;
  const fs::path parts = pde::PartFolder::path(output);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    pde::generate(slow, options, request_for(output));
    ::_exit(0);
  }
  // Until a third of the parts are there.
  const auto files = [&] {
    std::error_code ignored;
    return std::distance(fs::directory_iterator(parts, ignored), fs::directory_iterator());
  };
  for (int wait = 0; wait < 2000 && files() < 5; ++wait) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFSIGNALED(status));
  std::ofstream(parts / "samples_40-44.h5") << "half a file";
  std::ofstream(parts / "samples_44-48.h5.partial") << "half a file";

  const pde::GenerateResult rest = pde::generate(Trial(), options, request_for(output));
  CHECK(rest.ending == Ending::complete);
  CHECK(rest.made < 50);
  CHECK(Content(output) == whole);
  CHECK_FALSE(fs::exists(parts));
}

TEST_CASE("a complete file is left alone, and one of other keys replaced on demand only") {
  const test::TemporaryDirectory directory;
  const Quiet quiet;
  const fs::path output = directory / "a.h5";
  const pde::GenerateOptions options{.count = 6};
  CHECK(pde::generate(Trial(), options, request_for(output, "count = 6\nseed = 1\n")).ending == Ending::complete);
  const auto time = fs::last_write_time(output);
  CHECK(pde::generate(Trial(), options, request_for(output, "count = 6\nseed = 1\n")).ending == Ending::already_there);
  CHECK(fs::last_write_time(output) == time);

  pde::GenerateRequest other = request_for(output, "count = 6\nseed = 2\nnodes = 3\n");
  CHECK_THROWS_MATCHES(pde::generate(Trial(), options, other), ConfigError,
                       Message(fmt::format("'{}' exists and would be replaced (it is another dataset: seed = 1 there "
                                           "and 2 here, nodes = 3 here only); say --force, or choose another output",
                                           output.string())));
  other.force = true;
  CHECK(pde::generate(Trial(), options, other).ending == Ending::complete);
  CHECK(Content(output).config == other.config);

  std::ofstream(directory / "text.h5") << "no HDF5";
  CHECK_THROWS_AS(pde::generate(Trial(), options, request_for(directory / "text.h5")), ConfigError);
  CHECK_FALSE(fs::exists(pde::PartFolder::path(output)));
}

TEST_CASE("parts of other keys are refused, and removed on demand") {
  const test::TemporaryDirectory directory;
  const Quiet quiet;
  const fs::path output = directory / "a.h5";
  const pde::GenerateOptions options{.count = 50};
  pde::GenerateRequest first = request_for(output, "count = 50\nseed = 1\n");
  int asked = 0;
  first.stop = [&] { return asked++ == 20; };
  CHECK(pde::generate(Trial(), options, first).ending == Ending::stopped);

  pde::GenerateRequest other = request_for(output, "count = 50\nseed = 2\n");
  CHECK_THROWS_MATCHES(
      pde::generate(Trial(), {.count = 50, .seed = 2}, other), ConfigError,
      Message(
          fmt::format("'{}.parts' holds parts of another dataset (seed = 1 there and 2 here); give the same keys to "
                      "go on with it, --force to start anew, or another output",
                      output.string())));
  other.force = true;
  const pde::GenerateResult anew = pde::generate(Trial(), {.count = 50, .seed = 2}, other);
  CHECK(anew.made == 50);
  CHECK(Content(output).x == generated(directory / "b.h5", 1, {.count = 50, .seed = 2}).x);
}

TEST_CASE("two processes do not make one dataset") {
  const test::TemporaryDirectory directory;
  const Quiet quiet;
  const fs::path output = directory / "a.h5";
  const pde::PartFolder other(output, "count = 50\n", false);
  CHECK_THROWS_MATCHES(pde::generate(Trial(), {.count = 50}, request_for(output)), ConfigError,
                       Message(fmt::format("'{}.parts' is in use (another process is generating this dataset); wait "
                                           "for it, or choose another output",
                                           output.string())));
}

TEST_CASE("a folder that holds something else is not taken for parts") {
  const test::TemporaryDirectory directory;
  const fs::path output = directory / "a.h5";
  fs::create_directory(pde::PartFolder::path(output));
  std::ofstream(pde::PartFolder::path(output) / "diary.txt") << "dear diary";
  CHECK_THROWS_AS(pde::generate(Trial(), {.count = 5}, request_for(output)), ConfigError);
  CHECK(fs::exists(pde::PartFolder::path(output) / "diary.txt"));
}

TEST_CASE("a sample that fails is named and the others are kept") {
  const test::TemporaryDirectory directory;
  const Quiet quiet;
  const pde::GenerateOptions options{.count = 50};
  Trial trial;
  trial.failing_at = 17;
  CHECK_THROWS_MATCHES(pde::generate(trial, options, request_for(directory / "a.h5")), NumericalError,
                       Message("trial, sample 17: no convergence after 5 steps; take more"));
  trial.failing_at = -1;
  CHECK(pde::generate(trial, options, request_for(directory / "a.h5")).made == 50 - 17);

  trial.nan_at = 3;
  CHECK_THROWS_MATCHES(
      pde::generate(trial, options, request_for(directory / "b.h5")), NumericalError,
      Message("trial, sample 3: value 0 of outputs/sum is nan (it cannot be stored as float32); change the "
              "parameters or the precision"));
  trial.nan_at = -1;
  trial.scale = 1e60;
  CHECK_THROWS_AS(pde::generate(trial, options, request_for(directory / "c.h5")), NumericalError);
  CHECK(pde::generate(trial, {.count = 50, .precision = io::ElementType::float64}, request_for(directory / "d.h5"))
            .made == 50);
}

TEST_CASE("what cannot be is refused before anything is written") {
  const test::TemporaryDirectory directory;
  const fs::path output = directory / "a.h5";
  Trial trial;
  trial.limit = 64;
  CHECK_THROWS_MATCHES(pde::generate(trial, {.count = 65}, request_for(output)), ConfigError,
                       Message("count = 65 is too many (trial has 64 different samples); ask for at most 64"));
  trial.limit = std::numeric_limits<std::uint64_t>::max();
  CHECK_THROWS_WITH(pde::generate(trial, {.count = 10'000'000'000'000'000}, request_for(output)),
                    ContainsSubstring("10000000000000000 samples of 32 B need 640 PB"));
  CHECK_THROWS_AS(pde::generate(trial, {.count = 5}, request_for(directory / "missing" / "a.h5")), IoError);
  CHECK(fs::is_empty(directory.path()));
}

TEST_CASE("a description knows generator, seed, precision and configuration") {
  const io::DatasetDescription description =
      pde::describe_dataset(Trial(), {.count = 5, .seed = 9}, request_for("a.h5", "count = 5\n"));
  CHECK(description.generator == "trial");
  CHECK(description.seed == 9);
  CHECK(description.inputs[0].type == io::ElementType::float32);
  CHECK(description.parameters[0].type == io::ElementType::int64);
  CHECK(description.provenance.config == "count = 5\n");
  CHECK(pde::dataset_bytes(Trial(), {.count = 5}) == 5 * (6 * 4 + 8));
}
