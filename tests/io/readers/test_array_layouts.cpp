// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "../python.h"
#include "../scratch.h"
#include "base/error.h"
#include "io/readers/convert.h"
#include "io/readers/inspect_source.h"
#include "io/readers/source.h"
#include "support/catch.h"

using namespace floe;
using namespace floe::io;
using floe::test::run_python;
using floe::test::Scratch;

namespace {

struct Expected {
  std::string path;
  Shape shape;
  std::vector<double> values;
};

/// A case of write_array_layouts.py.
struct Case {
  std::string file;
  std::string format;
  SourceOptions options;
  std::vector<Expected> expected;
  std::map<std::string, std::vector<double>> axes;
  std::map<std::string, std::string> attributes;
};

template <class T>
std::vector<T> rest(std::istringstream& line) {
  std::vector<T> values;
  for (T value; line >> value;) values.push_back(value);
  return values;
}

std::vector<double> read_binary(const std::filesystem::path& path) {
  const std::string bytes = floe::test::file_content(path);
  std::vector<double> values(bytes.size() / sizeof(double));
  std::copy_n(bytes.data(), values.size() * sizeof(double), reinterpret_cast<char*>(values.data()));
  return values;
}

Case read_case(const Scratch& scratch, int number) {
  Case result;
  std::ifstream stream(scratch / fmt::format("{}.txt", number));
  for (std::string text; std::getline(stream, text);) {
    std::istringstream line(text);
    std::string key;
    line >> key;
    if (key == "file") line >> result.file;
    if (key == "format") std::getline(line >> std::ws, result.format);
    if (key == "inputs") result.options.inputs = rest<std::string>(line);
    if (key == "outputs") result.options.outputs = rest<std::string>(line);
    if (key == "stride") result.options.stride = rest<std::int64_t>(line);
    if (key == "sample_axis") result.options.sample_axis = rest<int>(line).at(0);
    if (key == "time_axis") result.options.time_axis = rest<int>(line).at(0);
    if (key == "input_frames") result.options.input_frames = rest<std::int64_t>(line).at(0);
    if (key == "samples" || key == "times") {
      const std::vector<std::int64_t> numbers = rest<std::int64_t>(line);
      (key == "samples" ? result.options.samples : result.options.times) = {numbers.at(0), numbers.at(1),
                                                                            numbers.at(2)};
    }
    if (key == "expect") {
      Expected expected;
      std::string name;
      line >> expected.path >> name;
      expected.shape = rest<std::size_t>(line);
      expected.values = read_binary(scratch / name);
      result.expected.push_back(std::move(expected));
    }
    if (key == "axis") {
      std::string name;
      line >> name;
      result.axes[name] = rest<double>(line);
    }
    if (key == "attribute") {
      std::string name;
      line >> name;
      std::getline(line >> std::ws, result.attributes[name]);
    }
  }
  return result;
}

std::map<std::string, Shape> shapes_of(const Source& source) {
  std::map<std::string, Shape> shapes;
  const DatasetDescription& description = source.description();
  for (const Field& field : description.inputs) shapes["inputs/" + field.name] = description.sample_shape(field);
  for (const Field& field : description.outputs) shapes["outputs/" + field.name] = description.sample_shape(field);
  for (const Parameter& parameter : description.parameters) shapes["parameters/" + parameter.name] = {};
  return shapes;
}

void check_values(const Source& source, const Expected& expected) {
  CAPTURE(expected.path);
  std::vector<double> values(expected.values.size());
  source.read(expected.path, 0, source.samples(), std::span<double>(values));
  CHECK(values == expected.values);
  // The last sample alone, as float32.
  const std::size_t size = values.size() / source.samples();
  std::vector<float> last(size);
  source.read(expected.path, source.samples() - 1, 1, std::span<float>(last));
  CHECK(std::equal(last.begin(), last.end(), values.end() - static_cast<std::ptrdiff_t>(size),
                   [](float a, double b) { return a == static_cast<float>(b); }));
}

void check_case(const Scratch& scratch, const Case& given) {
  const auto source = open_source(scratch / given.file, given.options);
  CHECK(source->format() == given.format);
  REQUIRE_FALSE(given.expected.empty());
  REQUIRE(source->samples() == given.expected.front().shape.at(0));
  std::map<std::string, Shape> shapes = shapes_of(*source);
  CHECK(shapes.size() == given.expected.size());
  for (const Expected& expected : given.expected) {
    CAPTURE(expected.path);
    REQUIRE(shapes.contains(expected.path));
    CHECK(shapes[expected.path] == Shape(expected.shape.begin() + 1, expected.shape.end()));
    check_values(*source, expected);
  }
  for (const auto& [name, values] : given.axes) CHECK(source->description().axis(name).values == values);
  for (const auto& [name, text] : given.attributes) {
    CAPTURE(name);
    REQUIRE(source->description().attributes.contains(name));
    const std::string found = hdf5::to_string(source->description().attributes.at(name));
    CHECK(found.substr(0, found.find('\n')) == text);
  }
}

}  // namespace

TEST_CASE("every layout gives what NumPy slicing gives, for options of all kinds") {
  const Scratch scratch;
  if (!run_python(scratch, "readers/write_array_layouts.py", ".")) return;
  int number = 0;
  std::set<std::string> formats;
  for (; std::filesystem::exists(scratch / fmt::format("{}.txt", number)); ++number) {
    const Case given = read_case(scratch, number);
    INFO(floe::test::file_content(scratch / fmt::format("{}.txt", number)));
    formats.insert(given.format);
    check_case(scratch, given);
  }
  CHECK(number == 18 * 9);
  CHECK(formats.size() == 9);

  SECTION("what inspect says is what is read") {
    const std::string text = inspect_source(scratch / "well.hdf5");
    CHECK_THAT(text, ContainsSubstring("format    the_well") && ContainsSubstring("samples   4") &&
                         ContainsSubstring("inputs/velocity_x  (5, 7) float32 (x, y)") &&
                         ContainsSubstring("outputs/D_xy  (5, 5, 7) float32 (time, x, y)") &&
                         ContainsSubstring("x  5 points from 0 to 1, periodic"));
  }
  SECTION("a conversion holds the same values") {
    const auto source = open_source(scratch / "well.hdf5");
    DatasetWriter writer(scratch / "copy.h5",
                         import_description(*source, scratch / "well.hdf5", make_provenance("test")));
    std::vector<std::size_t> steps;
    ConvertOptions options;
    options.block_bytes = 10000;
    options.progress = [&](std::size_t done, std::size_t) { return steps.push_back(done), true; };
    CHECK(convert(*source, writer, options) == 4);
    writer.finalise();
    CHECK(steps == std::vector<std::size_t>{1, 2, 3, 4});
    const auto copy = open_source(scratch / "copy.h5");
    CHECK(copy->description().axis("x").boundary_condition == "periodic");
    CHECK(hdf5::to_string(copy->description().attributes.at("source_format")) == "The Well");
    for (const auto& [path, shape] : shapes_of(*source)) {
      std::vector<double> a(4 * element_count(shape));
      std::vector<double> b(a.size());
      source->read(path, 0, 4, std::span<double>(a));
      copy->read(path, 0, 4, std::span<double>(b));
      CHECK(a == b);
    }
  }
}
