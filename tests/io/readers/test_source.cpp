// SPDX-License-Identifier: MIT
#include "../python.h"
#include "../samples.h"
#include "../scratch.h"
#include "base/error.h"
#include "io/readers/source.h"
#include "support/catch.h"

using namespace floe;
using namespace floe::io;
using floe::test::message_of;
using floe::test::run_python;
using floe::test::SampleColumns;
using floe::test::Scratch;

namespace {

void write_plate(const std::filesystem::path& path, std::size_t samples) {
  DatasetWriter writer(path, floe::test::sample_description());
  writer.append(samples, SampleColumns(0, samples).columns());
  writer.finalise();
}

std::size_t per_sample(const Source& source, const std::string& path) {
  const DatasetDescription& description = source.description();
  for (const Field& field : description.inputs) {
    if ("inputs/" + field.name == path) return element_count(description.sample_shape(field));
  }
  for (const Field& field : description.outputs) {
    if ("outputs/" + field.name == path) return element_count(description.sample_shape(field));
  }
  return 1;
}

std::vector<double> read(const Source& source, const std::string& path, std::size_t first, std::size_t count) {
  std::vector<double> values(count * per_sample(source, path));
  source.read(path, first, count, std::span<double>(values));
  return values;
}

}  // namespace

TEST_CASE("a floe-dataset is a source as it is") {
  const Scratch scratch;
  write_plate(scratch / "plate.h5", 11);
  const auto source = open_source(scratch / "plate.h5");
  CHECK(source->format() == "floe-dataset");
  REQUIRE(source->samples() == 11);
  const SampleColumns all(0, 11);
  CHECK(read(*source, "outputs/temperature", 0, 11) == all.temperature_values);
  CHECK(read(*source, "inputs/source", 3, 2) == std::vector<double>(all.source.begin() + 6, all.source.begin() + 10));
  CHECK(read(*source, "parameters/chain", 0, 11) == std::vector<double>(all.chain.begin(), all.chain.end()));
  CHECK(source->description().title == "heat in a plate");
  CHECK(source->description().axis("y").boundary_condition == "dirichlet");
  CHECK(source->description().parameters.size() == 3);
  std::vector<double> values(12);
  CHECK_THROWS_AS(source->read("outputs/temperature", 11, 1, std::span<double>(values)), ShapeError);
  CHECK_THROWS_AS(source->read("outputs/temperature", 0, 2, std::span<double>(values)), ShapeError);
  CHECK_THAT(message_of<DataError>([&] { source->read("outputs/t", 0, 1, std::span<double>(values)); }),
             ContainsSubstring("outputs/temperature"));
}

TEST_CASE("options take samples, fields and every second point of a floe-dataset") {
  const Scratch scratch;
  write_plate(scratch / "plate.h5", 11);
  SourceOptions options;
  options.samples = {1, 10, 3};
  options.stride = {1, 2, 2};
  options.inputs = {"start = source"};
  options.outputs = {"temperature"};
  const auto source = open_source(scratch / "plate.h5", options);
  REQUIRE(source->samples() == 3);
  REQUIRE(source->description().outputs.size() == 1);
  CHECK(source->description().inputs.front().name == "start");
  CHECK(source->description().axis("y").values == std::vector<double>{0.0, 1.0});
  CHECK(source->description().axis("x").boundary_condition == "periodic");
  std::vector<double> expected;
  for (const std::size_t n : {4U, 7U}) {
    for (const std::size_t y : {0U, 2U}) {
      for (const std::size_t x : {0U, 2U}) expected.push_back(floe::test::temperature(n, y, x));
    }
  }
  CHECK(read(*source, "outputs/temperature", 1, 2) == expected);
}

TEST_CASE("arrays of an HDF5 file of any kind become fields by name") {
  const Scratch scratch;
  if (!run_python(scratch, "readers/write_arrays.py", "hdf5 a.h5")) return;
  CHECK_THAT(message_of<ConfigError>([&] { open_source(scratch / "a.h5"); }),
             ContainsSubstring("float16 (5, 6) float16") && ContainsSubstring("inputs ="));
  SourceOptions options;
  options.inputs = {"float32", "edge = int16[:, -1]"};
  options.outputs = {"part=float64[:, 1:6:2]"};
  const auto source = open_source(scratch / "a.h5", options);
  CHECK(source->format() == "HDF5");
  REQUIRE(source->samples() == 5);
  CHECK(read(*source, "inputs/float32", 1, 1) == std::vector<double>{6, 7, 8, 9, 10, 11});
  CHECK(read(*source, "inputs/edge", 0, 5) == std::vector<double>{5, 11, 17, 23, 29});
  CHECK(read(*source, "outputs/part", 0, 2) == std::vector<double>{1, 3, 5, 7, 9, 11});
  options.sample_axis = -1;
  options.inputs = {"float32"};
  options.outputs = {"float64"};
  const auto turned = open_source(scratch / "a.h5", options);
  REQUIRE(turned->samples() == 6);
  CHECK(read(*turned, "inputs/float32", 2, 2) == std::vector<double>{2, 8, 14, 20, 26, 3, 9, 15, 21, 27});
}

TEST_CASE("wrong options of a source are explained") {
  const Scratch scratch;
  write_plate(scratch / "plate.h5", 4);
  const auto said = [&](const SourceOptions& options) {
    return message_of<ConfigError>([&] { open_source(scratch / "plate.h5", options); });
  };
  CHECK_THAT(said({.format = "pdbench"}), ContainsSubstring("no such format"));
  CHECK_THAT(said({.outputs = {"temprature"}}), ContainsSubstring("temprature"));
  CHECK_THAT(said({.sample_axis = -1}), ContainsSubstring("sample_axis"));
  CHECK_THAT(said({.samples = {0, 5, 1}}), ContainsSubstring("[0, 5)") && ContainsSubstring("there are 4"));
  CHECK_THAT(said({.samples = {3, 2, 1}}), ContainsSubstring("last greater"));
  CHECK_THAT(said({.times = {0, 5, 1}}), ContainsSubstring("no axis of time"));
  CHECK_THAT(said({.stride = {0}}), ContainsSubstring("at least 1"));
  CHECK_THAT(said({.stride = {1, 2}}), ContainsSubstring("spatial axes s, y, x"));
}
