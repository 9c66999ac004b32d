// SPDX-License-Identifier: MIT
#include <fmt/core.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <thread>

#include "../python.h"
#include "../scratch.h"
#include "base/error.h"
#include "io/inspect.h"
#include "io/lzf.h"
#include "io/readers/array_file.h"
#include "io/readers/inspect_source.h"
#include "io/readers/source.h"
#include "random/stream.h"
#include "support/catch.h"

using namespace floe;
using namespace floe::io;
using floe::test::message_of;
using floe::test::run_python;
using floe::test::Scratch;

namespace {

/// Opens the file and reads "inputs/a" and "outputs/u", if they are there, in samples one by one.
void read_through(const std::filesystem::path& path, const SourceOptions& options = {}) {
  const auto source = open_source(path, options);
  const DatasetDescription& description = source->description();
  const auto read = [&](const std::string& name, const Field& field) {
    std::vector<double> values(element_count(description.sample_shape(field)));
    for (std::size_t i = 0; i < std::min<std::size_t>(source->samples(), 8); ++i) {
      source->read(name, i, 1, std::span<double>(values));
    }
  };
  for (const Field& field : description.inputs) read("inputs/" + field.name, field);
  for (const Field& field : description.outputs) read("outputs/" + field.name, field);
}

long peak_kib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

enum class Ending { completed, refused, crashed };

/// What happens when `work` runs in a process of its own, with 30 s and limited memory: the HDF5 library itself reads
/// beyond its buffers for some damaged files, which must not end the test program.
template <class Work>
Ending in_child(Work&& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(30);
    const rlimit memory{rlim_t{4} << 30, rlim_t{4} << 30};
    ::setrlimit(RLIMIT_AS, &memory);
    int code = 0;
    try {
      work();
    } catch (const Error&) {
      code = 1;
    } catch (...) {
      code = 2;
    }
    ::_exit(code);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) > 1) return Ending::crashed;
  return WEXITSTATUS(status) == 0 ? Ending::completed : Ending::refused;
}

}  // namespace

TEST_CASE("ten gigabytes are read in batches with the memory of a batch, by several threads") {
  const Scratch scratch;
  if (!run_python(scratch, "readers/write_hostile.py", ".")) return;
  REQUIRE(std::filesystem::file_size(scratch / "sparse.h5") > std::uintmax_t{10} << 30);
  const auto source = open_source(scratch / "sparse.h5");
  REQUIRE(source->samples() == 10240);
  constexpr std::size_t row = 256 * 512;
  constexpr std::size_t batch = 8;
  const long before = peak_kib();
  // Every hundredth batch, so that the test takes a second.
  std::vector<std::thread> threads;
  std::vector<double> sums(2, 0.0);
  for (std::size_t t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      std::vector<float> values(batch * row);
      for (std::size_t first = t * 1000; first + batch <= 10240; first += 2000) {
        source->read("inputs/a", first, batch, std::span<float>(values));
        source->read("outputs/u", first, batch, std::span<float>(values));
        for (const float value : values) sums[t] += static_cast<double>(value);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(sums == std::vector<double>{0.0, 2.5 * row});
  std::vector<float> last(row);
  source->read("outputs/u", 10239, 1, std::span<float>(last));
  CHECK(std::all_of(last.begin(), last.end(), [](float value) { return value == -1.5F; }));
  // Two buffers of 4 MiB, the caches of two datasets, and the allocator's own.
  CHECK(peak_kib() - before < 64 * 1024);
}

TEST_CASE("values that are not finite are refused with their sample, unless they are asked for") {
  const Scratch scratch;
  if (!run_python(scratch, "readers/write_hostile.py", ".")) return;
  const auto source = open_source(scratch / "nan.h5");
  std::vector<double> values(6);
  CHECK_THAT(message_of<DataError>([&] { source->read("outputs/u", 1, 2, std::span<double>(values)); }),
             ContainsSubstring("6 values that are not finite") && ContainsSubstring("in sample 1"));
  source->read("outputs/u", 1, 2, std::span<double>(values), NonFinite::allow);
  CHECK(std::isnan(values[5]));
  SourceOptions options;
  options.inputs = {"b"};
  options.outputs = {"u"};
  CHECK_THAT(message_of<DataError>([&] { read_through(scratch / "nan.h5", options); }),
             ContainsSubstring("inf in sample 2"));
}

TEST_CASE("files that promise what they do not hold are refused with a reason") {
  const Scratch scratch;
  if (!run_python(scratch, "readers/write_hostile.py", ".")) return;
  const long before = peak_kib();
  const auto said = [&](const std::string& name) {
    return message_of<DataError>([&] { read_through(scratch / name); });
  };
  CHECK_THAT(said("absurd.h5"), ContainsSubstring("holds 0 bytes in a file of"));
  CHECK_THAT(said("empty.h5"), ContainsSubstring("no samples"));
  CHECK_THAT(said("flat_axis.h5"), ContainsSubstring("has 0 points"));
  CHECK_THAT(said("bomb.h5"), ContainsSubstring("points"));
  CHECK_THAT(said("virtual.h5"), ContainsSubstring("lies in other files"));
  CHECK_THAT(said("types.h5"), ContainsSubstring("string"));
  CHECK_THAT(said("uneven.h5"), ContainsSubstring("0001/data has shape (5, 3, 1)"));
  CHECK_THAT(said("wide.h5"), ContainsSubstring("counts fields"));
  CHECK_THAT(said("well.h5"), ContainsSubstring("t0_fields/p has shape (2, 3, 4, 5)"));
  CHECK_THAT(said("lzf_lie.h5"), ContainsSubstring("its filter tells of 64 bytes"));
  SourceOptions options;
  options.inputs = {"outer"};
  options.outputs = {"u"};
  CHECK_THAT(message_of<DataError>([&] { read_through(scratch / "virtual.h5", options); }),
             ContainsSubstring("lies in other files"));
  // One chunk of the bomb is refused whoever reads it.
  const auto file = open_array_file(scratch / "bomb.h5");
  std::vector<double> few(4);
  CHECK_THAT(message_of<DataError>([&] {
               file->read("a", {{0, 0}, {1, 4}, {1, 1}}, std::span<double>(few));
             }),
             ContainsSubstring("stored in chunks"));
  CHECK(peak_kib() - before < 64 * 1024);
}

TEST_CASE("a maze of groups is walked once, and links out of the file are not followed") {
  const Scratch scratch;
  if (!run_python(scratch, "readers/write_hostile.py", ".")) return;
  const auto file = open_array_file(scratch / "maze.h5");
  CHECK(file->arrays().size() == 1);
  CHECK_THAT(inspect(scratch / "maze.h5"), ContainsSubstring("(2, 3)"));
  CHECK_THAT(inspect_source(scratch / "maze.h5"), ContainsSubstring("to be told by options"));
}

TEST_CASE("damaged files of every layout end in an error or in numbers, never in a crash") {
  const Scratch scratch;
  if (!run_python(scratch, "readers/write_array_layouts.py", ".")) return;
  random::Stream stream(random::make_key(11, "test damage"), 0);
  for (const char* name : {"flat.hdf5", "2D_diff-react.h5", "well.hdf5", "NavierStokes.mat"}) {
    const std::string good = floe::test::file_content(scratch / name);
    // What the library cannot be kept from: 1.10 overreads for some flipped bytes of its own structures.
    int crashes = 0;
    for (int trial = 0; trial < 12; ++trial) {
      std::string bad = good;
      if (trial % 3 == 0) {
        bad.resize(stream.below(good.size()));
      } else {
        for (int i = 0; i < 4; ++i) bad[stream.below(bad.size())] = static_cast<char>(stream.below(256));
      }
      floe::test::write_content(scratch / "bad", bad);
      const Ending ending = in_child([&] { read_through(scratch / "bad"); });
      crashes += ending == Ending::crashed ? 1 : 0;
      if (trial % 3 == 0) CHECK(ending == Ending::refused);
    }
    CAPTURE(name);
    CHECK(crashes == 0);
  }
}

TEST_CASE("LZF decodes what it should and survives any bytes") {
  const auto bytes = [](std::initializer_list<int> values) {
    std::vector<std::byte> result;
    for (const int value : values) result.push_back(static_cast<std::byte>(value));
    return result;
  };
  // Three that stand for themselves, then nine copied from three back; and a long run of one byte.
  std::vector<std::byte> room(12);
  CHECK(decode_lzf(bytes({2, 'a', 'b', 'c', 7 << 5, 0, 2}), room));
  CHECK(room == bytes({'a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c'}));
  std::vector<std::byte> run(265);
  CHECK(decode_lzf(bytes({0, 'x', 7 << 5, 255, 0}), run));
  CHECK(run == std::vector<std::byte>(265, std::byte{'x'}));
  CHECK_FALSE(decode_lzf(bytes({2, 'a', 'b'}), room));
  CHECK_FALSE(decode_lzf(bytes({0, 'x', 1 << 5, 1}), room));
  CHECK_FALSE(decode_lzf(bytes({2, 'a', 'b', 'c'}), room));
  CHECK_FALSE(decode_lzf(bytes({7 << 5}), room));
  random::Stream stream(random::make_key(12, "test lzf"), 0);
  int decoded = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    std::vector<std::byte> input(stream.below(40));
    for (std::byte& value : input) value = static_cast<std::byte>(stream.below(trial % 2 == 0 ? 256 : 40));
    decoded += decode_lzf(input, std::span<std::byte>(run).first(stream.below(60))) ? 1 : 0;
  }
  CHECK(decoded < 2000);
}

TEST_CASE("chunks that h5py packed with LZF are read by selections") {
  const Scratch scratch;
  if (!run_python(scratch, "readers/write_hostile.py", ".")) return;
  const auto file = open_array_file(scratch / "lzf.h5");
  std::vector<double> packed(2000);
  std::vector<double> plain(2000);
  file->read("a", Selection::all({40, 50}), std::span<double>(packed));
  file->read("u", Selection::all({40, 50}), std::span<double>(plain));
  CHECK(packed == plain);
}

TEST_CASE("rooms of Graph Element Networks are sets of points") {
  const Scratch scratch;
  if (!run_python(scratch, "readers/write_hostile.py", ".")) return;
  const auto source = open_source(scratch / "gen");
  CHECK(source->format() == "GEN Poisson");
  REQUIRE(source->samples() == 6);
  CHECK(source->description().inputs.size() == 5);
  CHECK(open_source(scratch / "gen" / "poisson_out.hdf5")->samples() == 6);
  const auto read = [&](const std::string& path, std::size_t sample, std::size_t size) {
    std::vector<double> values(size);
    source->read(path, sample, 1, std::span<double>(values));
    return values;
  };
  // Sample 4 is the second room of the third file: two equal heaters, heat 17, exterior 21.5.
  const std::vector<double> position = read("inputs/context_position", 4, 128);
  const std::vector<double> value = read("inputs/context_value", 4, 192);
  CHECK(std::vector<double>(position.begin(), position.begin() + 4) == std::vector<double>{0.2, 0.2, 0.2, 0.5});
  CHECK(position[16] == Approx(0.3));  // the centre
  CHECK(position[17] == 0.35);
  CHECK(std::vector<double>(value.begin(), value.begin() + 3) == std::vector<double>{0, 17, 1});
  CHECK(std::vector<double>(value.begin() + 54, value.begin() + 57) == std::vector<double>{21.5, 0, 0});
  CHECK(position[36] == 0.0);  // 46 points of the walls, 4/46 apart, from (0, 0)
  CHECK(position[38] == Approx(4.0 / 46));
  CHECK(position[39] == 0.0);
  CHECK(position[2 * (18 + 12)] == 1.0);
  CHECK(position[2 * (18 + 12) + 1] == Approx(48.0 / 46 - 1));
  CHECK(position[2 * 63] == 0.0);
  CHECK(position[2 * 63 + 1] == Approx(4.0 / 46));
  CHECK(read("parameters/heaters", 4, 1) == std::vector<double>{2});
  CHECK(read("parameters/exterior_temperature", 4, 1) == std::vector<double>{21.5});
  CHECK(read("inputs/query_mask", 4, 5) == std::vector<double>{1, 1, 1, 1, 0});
  CHECK(read("inputs/query_mask", 2, 5) == std::vector<double>{1, 1, 1, 1, 1});
  const std::string stored = floe::test::file_content(scratch / "gen_out_10.bin");
  std::vector<double> expected(12);
  REQUIRE(stored.size() == 12 * sizeof(double));
  std::memcpy(expected.data(), stored.data(), stored.size());
  std::vector<double> answer(expected.begin() + 4, expected.begin() + 8);
  answer.push_back(0);
  CHECK(read("outputs/query_value", 4, 5) == answer);
  SECTION("what is wrong with them is said") {
    floe::test::write_content(scratch / "gen" / "poisson_inp" / "desc_2.json", "[{\"unnorm_boxes\": []}]");
    CHECK_THAT(message_of<DataError>([&] { read("inputs/context_value", 2, 192); }),
               ContainsSubstring("exterior_temp"));
    floe::test::write_content(scratch / "gen" / "poisson_inp" / "desc_2.json", "[]");
    CHECK_THAT(message_of<DataError>([&] { read("inputs/context_value", 2, 192); }), ContainsSubstring("no list of 1"));
    std::filesystem::remove(scratch / "gen" / "poisson_inp" / "desc_2.json");
    CHECK_THAT(message_of<DataError>([&] { open_source(scratch / "gen"); }), ContainsSubstring("is missing"));
    SourceOptions options;
    options.stride = {2};
    CHECK_THROWS_AS(open_source(scratch / "gen", options), ConfigError);
  }
}
