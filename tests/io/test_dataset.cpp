// SPDX-License-Identifier: MIT
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <limits>

#include "base/error.h"
#include "io/dataset.h"
#include "io/ensemble.h"
#include "samples.h"
#include "scratch.h"
#include "support/catch.h"

using namespace floe;
using namespace floe::io;
using floe::test::message_of;
using floe::test::sample_description;
using floe::test::SampleColumns;
using floe::test::Scratch;

namespace {

void write_sample(const std::filesystem::path& path, std::size_t samples) {
  DatasetWriter writer(path, sample_description());
  writer.append(samples, SampleColumns(0, samples).columns());
  writer.finalise();
}

// Changes a finished file through the HDF5 layer's own writer, as a careless script would.
hdf5::File bare_file(const std::filesystem::path& path) {
  hdf5::File file = hdf5::File::create(path);
  file.attributes().set("schema", "floe-dataset");
  file.attributes().set("schema_version", std::int64_t{1});
  file.attributes().set("complete", std::int64_t{1});
  file.attributes().set("seed", std::uint64_t{1});
  return file;
}

}  // namespace

TEST_CASE("a dataset written in blocks reads back by any range, with its description") {
  const Scratch scratch;
  const std::size_t total = 23;
  const SampleColumns all(0, total);
  {
    DatasetOptions options;
    options.deflate = GENERATE(0, 4);
    options.expected_samples = GENERATE(0, 5, 23);
    DatasetWriter writer(scratch / "d.h5", sample_description(), options);
    for (std::size_t first = 0; first < total;) {
      const std::size_t count = std::min<std::size_t>(first % 7 + 1, total - first);
      writer.append(count, SampleColumns(first, count).columns());
      first += count;
      writer.flush();
    }
    writer.set_attribute("acceptance", 0.75);
    CHECK_FALSE(std::filesystem::exists(scratch / "d.h5"));
    writer.finalise();
  }
  const DatasetReader reader(scratch / "d.h5");
  CHECK_FALSE(std::filesystem::exists(scratch / "d.h5.partial"));
  CHECK(reader.samples() == total);
  CHECK(reader.read<float>("inputs/source") == all.source);
  CHECK(reader.read<double>("outputs/temperature") == all.temperature_values);
  CHECK(reader.read<double>("outputs/energy") == all.energy);
  CHECK(reader.read<std::int64_t>("parameters/chain") == all.chain);
  CHECK(reader.read<double>("parameters/viscosity") == all.viscosity);
  CHECK(reader.read<float>("parameters/weight") == all.weight);
  CHECK(reader.read<double>("inputs/source") == std::vector<double>(all.source.begin(), all.source.end()));
  CHECK(reader.sample_shape("outputs/temperature") == Shape{3, 4});
  std::vector<double> part(5 * 12);
  reader.read_into<double>("outputs/temperature", 9, 5, part);
  CHECK(part == std::vector<double>(all.temperature_values.begin() + 9 * 12, all.temperature_values.begin() + 14 * 12));

  const DatasetDescription expected = sample_description();
  const DatasetDescription& got = reader.description();
  CHECK(got.title == expected.title);
  CHECK(got.generator == expected.generator);
  CHECK(got.seed == expected.seed);
  CHECK(got.provenance.config == expected.provenance.config);
  CHECK(got.provenance.command_line == expected.provenance.command_line);
  CHECK(got.provenance.git == expected.provenance.git);
  CHECK(got.provenance.created.size() == std::string("2025-02-01T12:00:00Z").size());
  for (const Axis& axis : expected.axes) {
    CHECK(got.axis(axis.name).values == axis.values);
    CHECK(got.axis(axis.name).unit == axis.unit);
    CHECK(got.axis(axis.name).boundary_condition == axis.boundary_condition);
  }
  REQUIRE(got.outputs.size() == 2);
  CHECK(got.outputs[1].name == "temperature");
  CHECK(got.outputs[1].axes == std::vector<std::string>{"y", "x"});
  CHECK(got.outputs[1].unit == "K");
  CHECK(got.inputs.at(0).type == ElementType::float32);
  CHECK(got.parameters.size() == 3);
  CHECK(std::get<double>(got.attributes.at("mass_squared")) == -4.0);
  CHECK(std::get<std::string>(got.attributes.at("action")) == "φ⁴");
  CHECK(std::get<std::vector<std::int64_t>>(got.attributes.at("sizes")) == std::vector<std::int64_t>{3, 4});
  CHECK(std::get<double>(got.attributes.at("acceptance")) == 0.75);
  CHECK(got.attributes.size() == 6);
}

TEST_CASE("an unfinished dataset is no result and leaves an older file alone") {
  const Scratch scratch;
  write_sample(scratch / "d.h5", 2);
  const std::string before = floe::test::file_content(scratch / "d.h5");
  {
    DatasetWriter writer(scratch / "d.h5", sample_description());
    writer.append(3, SampleColumns(0, 3).columns());
    writer.flush();
    // What a process killed here leaves behind, under another name so that the writer does not clear it away.
    std::filesystem::copy_file(scratch / "d.h5.partial", scratch / "killed.h5.partial");
    std::filesystem::copy_file(scratch / "d.h5.partial", scratch / "renamed.h5");
  }
  CHECK_FALSE(std::filesystem::exists(scratch / "d.h5.partial"));
  CHECK(floe::test::file_content(scratch / "d.h5") == before);
  CHECK_THAT(message_of<IoError>([&] { DatasetReader(scratch / "killed.h5"); }),
             ContainsSubstring("killed.h5.partial lies beside it"));
  CHECK_THAT(message_of<DataError>([&] { DatasetReader(scratch / "renamed.h5"); }), ContainsSubstring("incomplete"));
  CHECK_THROWS_AS(DatasetWriter(scratch / "none" / "d.h5", sample_description()), IoError);
}

TEST_CASE("samples that do not fit are refused and nothing is added") {
  const Scratch scratch;
  DatasetWriter writer(scratch / "d.h5", sample_description());
  writer.append(2, SampleColumns(0, 2).columns());
  const SampleColumns next(2, 2);
  std::vector<Column> columns = next.columns();
  columns.pop_back();
  CHECK_THAT(message_of<DataError>([&] { writer.append(2, columns); }),
             ContainsSubstring("samples without 'parameters/weight'"));
  columns.push_back({"parameters/wait", next.weight});
  CHECK_THAT(message_of<DataError>([&] { writer.append(2, columns); }), ContainsSubstring("'parameters/wait'"));
  columns.back() = {"parameters/weight", next.chain};
  CHECK_THAT(message_of<DataError>([&] { writer.append(2, columns); }),
             ContainsSubstring("int64 values of 'parameters/weight' (it is stored as float32)"));
  CHECK_THAT(message_of<ShapeError>([&] { writer.append(3, next.columns()); }),
             ContainsSubstring("for 3 samples") && ContainsSubstring("give 6"));
  writer.append(2, next.columns());
  writer.finalise();
  CHECK(DatasetReader(scratch / "d.h5").read<double>("outputs/temperature") == SampleColumns(0, 4).temperature_values);
}

TEST_CASE("what a dataset lacks is named") {
  const Scratch scratch;
  write_sample(scratch / "d.h5", 4);
  const DatasetReader reader(scratch / "d.h5");
  CHECK_THAT(message_of<DataError>([&] { reader.read<double>("outputs/pressure"); }),
             ContainsSubstring("outputs/pressure") && ContainsSubstring("outputs/temperature"));
  CHECK_THAT(message_of<ShapeError>([&] {
               reader.require_sample_shape("outputs/temperature", {8, 8});
             }),
             ContainsSubstring("d.h5:/outputs/temperature has samples of shape (3, 4) (expected (8, 8))"));
  CHECK_THROWS_AS(reader.read<double>("outputs/temperature", 3, 2), ShapeError);
  CHECK_THROWS_AS(reader.read<std::int64_t>("outputs/temperature"), DataError);
  CHECK_THROWS_AS(reader.read<double>("parameters/chain"), DataError);
}

TEST_CASE("values that are not finite are found and located") {
  const Scratch scratch;
  const double bad = GENERATE(std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity());
  SampleColumns samples(0, 6);
  samples.temperature_values[4 * 12 + 7] = bad;
  samples.temperature_values[5 * 12] = bad;
  {
    DatasetWriter writer(scratch / "d.h5", sample_description());
    writer.append(6, samples.columns());
    writer.finalise();
  }
  const DatasetReader reader(scratch / "d.h5");
  const std::string message = message_of<DataError>([&] { reader.read<double>("outputs/temperature", 2, 4); });
  CHECK_THAT(message, ContainsSubstring("2 values that are not finite") && ContainsSubstring("in sample 4"));
  CHECK_THROWS_AS(reader.read<float>("outputs/temperature"), DataError);
  CHECK(reader.read<double>("outputs/temperature", 0, 4).size() == 48);
  CHECK(reader.read<double>("outputs/temperature", NonFinite::allow).size() == 72);
}

TEST_CASE("descriptions that cannot be stored are refused before a file is made") {
  const Scratch scratch;
  const auto refused = [&](auto&& change) {
    DatasetDescription description = sample_description();
    change(description);
    const std::string message = message_of<ConfigError>([&] { DatasetWriter(scratch / "d.h5", description); });
    CHECK(std::filesystem::is_empty(scratch.path()));
    return message;
  };
  CHECK_THAT(refused([](DatasetDescription& d) { d.outputs[0].name = "a/b"; }), ContainsSubstring("'a/b'"));
  CHECK_THAT(refused([](DatasetDescription& d) { d.outputs[0].name = ""; }), ContainsSubstring("''"));
  CHECK_THAT(refused([](DatasetDescription& d) { d.outputs[0].name = "x"; }), ContainsSubstring("'x' stands twice"));
  CHECK_THAT(refused([](DatasetDescription& d) { d.outputs[0].axes = {"y", "z"}; }), ContainsSubstring("an axis 'z'"));
  CHECK_THAT(refused([](DatasetDescription& d) { d.outputs[0].axes = {"y", "y"}; }), ContainsSubstring("twice"));
  CHECK_THAT(refused([](DatasetDescription& d) { d.outputs[0].type = ElementType::int64; }),
             ContainsSubstring("int64"));
  CHECK_THAT(refused([](DatasetDescription& d) { d.axes[0].values.clear(); }), ContainsSubstring("no points"));
  CHECK_THAT(refused([](DatasetDescription& d) { d.axes[0].name = "sample"; }), ContainsSubstring("'sample'"));
  CHECK_THAT(refused([](DatasetDescription& d) { d.attributes["seed"] = 1.0; }), ContainsSubstring("'seed'"));
  CHECK_THAT(refused([](DatasetDescription& d) { d.inputs.clear(), d.outputs.clear(); }),
             ContainsSubstring("without fields"));
  CHECK_THAT(message_of<ConfigError>([&] { DatasetWriter(scratch / "d.h5", sample_description(), {.deflate = 10}); }),
             ContainsSubstring("deflate = 10"));
}

TEST_CASE("files that break the schema are refused with the reason") {
  const Scratch scratch;
  const std::vector<double> numbers = {1, 2, 3};
  {
    hdf5::File file = hdf5::File::create(scratch / "other.h5");
    file.root().write<double>("tensor", {3}, numbers);
    file.close();
    CHECK_THAT(message_of<DataError>([&] { DatasetReader(scratch / "other.h5"); }),
               ContainsSubstring("is no floe-dataset"));
  }
  {
    hdf5::File file = bare_file(scratch / "version.h5");
    file.attributes().set("schema_version", std::int64_t{2});
    file.close();
    CHECK_THAT(message_of<DataError>([&] { DatasetReader(scratch / "version.h5"); }),
               ContainsSubstring("has version 2"));
  }
  {
    hdf5::File file = bare_file(scratch / "empty.h5");
    file.close();
    CHECK_THAT(message_of<DataError>([&] { DatasetReader(scratch / "empty.h5"); }), ContainsSubstring("/coordinates"));
  }
  {
    hdf5::File file = bare_file(scratch / "labels.h5");
    file.root().write<std::int64_t>("coordinates/sample", {3}, std::vector<std::int64_t>{0, 1, 2});
    file.root().write<double>("outputs/u", {3}, numbers);
    file.close();
    CHECK_THAT(message_of<DataError>([&] { DatasetReader(scratch / "labels.h5"); }),
               ContainsSubstring("the first must be 'sample'"));
  }
}

TEST_CASE("an ensemble comes back with its lattice and action") {
  const Scratch scratch;
  EnsembleInfo info;
  info.sizes = {4, 6};
  info.attributes = {{"mass_squared", -4.0}, {"coupling", 6.975}};
  info.generator = "wolff";
  info.seed = 7;
  info.parameters = {{"chain", ElementType::int64, "1", "chain"}};
  info.type = GENERATE(ElementType::float64, ElementType::float32);
  std::vector<double> rows(10 * 24);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = 0.25 * static_cast<double>(i) - 20.0;
  }
  const std::vector<std::int64_t> chain = {0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
  write_ensemble(scratch / "e.h5", info, rows, std::vector<Column>{{"parameters/chain", chain}});
  const Ensemble ensemble = read_ensemble(scratch / "e.h5");
  CHECK(ensemble.sizes == info.sizes);
  CHECK(ensemble.configurations == 10);
  CHECK(ensemble.sites == 24);
  CHECK(ensemble.rows == rows);
  CHECK(ensemble.row(3)[5] == rows[3 * 24 + 5]);
  CHECK(ensemble.number("coupling") == 6.975);
  CHECK_THROWS_AS(ensemble.number("temperature"), DataError);
  CHECK(read_ensemble(scratch / "e.h5", 4).rows == std::vector<double>(rows.begin(), rows.begin() + 96));
  CHECK(std::filesystem::file_size(scratch / "e.h5") < 40000);

  CHECK_THROWS_AS(write_ensemble(scratch / "f.h5", info, std::span(rows).first(25)), ShapeError);
  info.sizes = {4, 0};
  CHECK_THROWS_AS(write_ensemble(scratch / "f.h5", info, rows), ConfigError);
  write_sample(scratch / "plain.h5", 1);
  CHECK_THAT(message_of<DataError>([&] { read_ensemble(scratch / "plain.h5"); }), ContainsSubstring("no /outputs/phi"));
}

TEST_CASE("a damaged dataset is refused or reads well") {
  const Scratch scratch;
  write_sample(scratch / "d.h5", 3);
  const std::string good = floe::test::file_content(scratch / "d.h5");
  // Bytes all over the file, headers most of all. Each is tried in a process of its own: HDF5 1.10 itself falls over
  // some damage to its headers (a wrong size in its heap of strings, the class of a dimension scale) before we see
  // anything, and which bytes those are differs with the version in the provenance.
  int read_well = 0;
  int refused = 0;
  int fell_over = 0;
  for (std::size_t i = 0; i < 200; ++i) {
    std::string bad = good;
    const std::size_t position = (i * 2654435761U) % good.size();
    bad[position] = static_cast<char>(bad[position] ^ (1 << (i % 8)));
    floe::test::write_content(scratch / "bad.h5", bad);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      for (const int signal : {SIGSEGV, SIGABRT, SIGBUS}) std::signal(signal, SIG_DFL);
      ::alarm(10);
      int code = 2;
      try {
        const DatasetReader reader(scratch / "bad.h5");
        reader.read<double>("outputs/temperature");
        reader.read<float>("inputs/source");
        code = 0;
      } catch (const Error&) {
        code = 1;
      } catch (...) {
      }
      ::_exit(code);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    INFO("bit " << i % 8 << " of byte " << position);
    if (WIFSIGNALED(status)) {
      CHECK(WTERMSIG(status) != SIGALRM);
      ++fell_over;
    } else {
      CHECK(WEXITSTATUS(status) != 2);
      (WEXITSTATUS(status) == 0 ? read_well : refused) += 1;
    }
  }
  CAPTURE(read_well, refused, fell_over);
  CHECK(refused > 0);
  CHECK(fell_over < refused);
}

TEST_CASE("a process killed while it writes leaves the old file and a partial one that tells") {
  const Scratch scratch;
  write_sample(scratch / "d.h5", 2);
  const std::string before = floe::test::file_content(scratch / "d.h5");
  const bool flushed = GENERATE(false, true);
  const pid_t child = ::fork();
  if (child == 0) {
    DatasetWriter writer(scratch / "d.h5", sample_description());
    for (std::size_t first = 0; first < 3000; first += 100) {
      writer.append(100, SampleColumns(first, 100).columns());
      if (flushed) {
        writer.flush();
      }
    }
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFSIGNALED(status));
  CHECK(floe::test::file_content(scratch / "d.h5") == before);
  REQUIRE(std::filesystem::exists(scratch / "d.h5.partial"));
  CHECK_THROWS_AS(DatasetReader(scratch / "d.h5.partial"), DataError);
  if (flushed) {
    CHECK_THAT(message_of<DataError>([&] { DatasetReader(scratch / "d.h5.partial"); }),
               ContainsSubstring("incomplete"));
  }
  // The next run replaces what is left over.
  write_sample(scratch / "d.h5", 3);
  CHECK(DatasetReader(scratch / "d.h5").samples() == 3);
  CHECK_FALSE(std::filesystem::exists(scratch / "d.h5.partial"));
}

TEST_CASE("committed ensembles are small, whole and tell their origin") {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(FLOE_SOURCE_DIR "/data")) {
    if (entry.path().extension() != ".h5" || !entry.path().filename().string().starts_with("phi4_")) {
      continue;
    }
    ++count;
    INFO(entry.path());
    const Ensemble ensemble = read_ensemble(entry.path());
    CHECK(ensemble.configurations >= 100);
    CHECK(std::isfinite(ensemble.number("mass_squared")));
    CHECK(std::isfinite(ensemble.number("coupling")));
    CHECK_FALSE(ensemble.description.provenance.config.empty());
    CHECK_FALSE(ensemble.description.generator.empty());
    CHECK(entry.file_size() < 1000000);
  }
  CHECK(std::filesystem::exists(FLOE_SOURCE_DIR "/data/manifest.sha256"));
  CHECK(count >= 2);
}
