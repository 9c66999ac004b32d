// SPDX-License-Identifier: MIT
#include <numeric>

#include "../python.h"
#include "../scratch.h"
#include "base/error.h"
#include "io/readers/array_file.h"
#include "io/readers/permute.h"
#include "random/stream.h"
#include "support/catch.h"

using namespace floe;
using namespace floe::io;
using floe::test::message_of;
using floe::test::run_python;
using floe::test::Scratch;

namespace {

// The elements that a selection takes of an array whose elements are counted in C order.
std::vector<double> counted(const Shape& shape, const Selection& selection) {
  std::vector<double> values(selection.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::size_t rest = i;
    std::size_t stride = 1;
    std::size_t position = 0;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      const std::size_t step = rest % selection.count[axis];
      rest /= selection.count[axis];
      position += (selection.start[axis] + step * selection.stride[axis]) * stride;
      stride *= shape[axis];
    }
    values[i] = static_cast<double>(position);
  }
  return values;
}

Selection random_selection(const Shape& shape, random::Stream& stream) {
  Selection selection = Selection::all(shape);
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    selection.start[axis] = stream.below(shape[axis]);
    selection.stride[axis] = 1 + stream.below(4);
    const std::size_t most = (shape[axis] - 1 - selection.start[axis]) / selection.stride[axis] + 1;
    selection.count[axis] = 1 + stream.below(most);
  }
  return selection;
}

template <class T>
std::vector<T> read(const ArrayFile& file, const std::string& name, const Selection& selection) {
  std::vector<T> values(selection.size());
  file.read(name, selection, std::span<T>(values));
  return values;
}

std::vector<std::string> names_of(const ArrayFile& file) {
  std::vector<std::string> names;
  for (const ArrayInfo& info : file.arrays()) names.push_back(info.name);
  return names;
}

}  // namespace

TEST_CASE("axes are permuted as by their definition") {
  random::Stream stream(random::make_key(7, "test permute"), 0);
  for (int trial = 0; trial < 200; ++trial) {
    Shape shape(stream.below(6));
    for (std::size_t& extent : shape) extent = 1 + stream.below(trial % 10 == 0 ? 9 : 5);
    if (trial % 7 == 0 && !shape.empty()) shape[stream.below(shape.size())] = 70;
    std::vector<std::size_t> order(shape.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[stream.below(i)]);
    std::vector<double> from(element_count(shape));
    std::iota(from.begin(), from.end(), 0.0);
    std::vector<double> to(from.size(), -1.0);
    permute<double>(from, shape, order, to);
    bool same = true;
    for (std::size_t i = 0; i < to.size(); ++i) {
      std::vector<std::size_t> position(shape.size());
      std::size_t rest = i;
      for (std::size_t axis = shape.size(); axis-- > 0;) {
        position[order[axis]] = rest % shape[order[axis]];
        rest /= shape[order[axis]];
      }
      std::size_t source = 0;
      for (std::size_t axis = 0; axis < shape.size(); ++axis) source = source * shape[axis] + position[axis];
      same = same && to[i] == static_cast<double>(source);
    }
    CAPTURE(to_string(shape), trial);
    CHECK(same);
  }
  std::vector<double> two(2);
  CHECK_THROWS_AS(permute<double>(two, {2}, {1}, two), ShapeError);
}

TEST_CASE("numbers of every type are read from HDF5, selections with strides exactly") {
  const Scratch scratch;
  if (!run_python(scratch, "readers/write_arrays.py", "hdf5 a.h5")) return;
  const auto file = open_array_file(scratch / "a.h5");
  CHECK(file->container() == "HDF5");
  random::Stream stream(random::make_key(8, "test selections"), 0);
  for (const std::string name : {"float16", "float32", "float64", "int8", "uint8", "int16", "uint16", "int32", "uint32",
                                 "int64", "uint64", "longdouble", "big_endian"}) {
    CAPTURE(name);
    const Selection selection = random_selection({5, 6}, stream);
    CHECK(read<double>(*file, name, Selection::all({5, 6})) == counted({5, 6}, Selection::all({5, 6})));
    CHECK(read<double>(*file, name, selection) == counted({5, 6}, selection));
    const std::vector<double> expected = counted({5, 6}, selection);
    CHECK(read<float>(*file, name, selection) == std::vector<float>(expected.begin(), expected.end()));
  }
  const std::vector<double> flags = read<double>(*file, "bool", Selection::all({5, 6}));
  for (std::size_t i = 0; i < flags.size(); ++i) CHECK(flags[i] == (i % 3 == 0 ? 1.0 : 0.0));
  CHECK(read<double>(*file, "scalar", Selection::all({})) == std::vector<double>{7.0});
  const Shape shape = {9, 10, 11};
  CHECK(file->array("group/inner/chunked").shape == shape);
  for (int trial = 0; trial < 50; ++trial) {
    const Selection selection = random_selection(shape, stream);
    CHECK(read<float>(*file, "group/inner/chunked", selection) == [&] {
      const std::vector<double> expected = counted(shape, selection);
      return std::vector<float>(expected.begin(), expected.end());
    }());
  }
}

TEST_CASE("links inside an HDF5 file are followed once, links out of it not at all") {
  const Scratch scratch;
  if (!run_python(scratch, "readers/write_arrays.py", "hdf5 a.h5")) return;
  const auto file = open_array_file(scratch / "a.h5");
  const std::vector<std::string> names = names_of(*file);
  const auto has = [&](const std::string& name) { return std::count(names.begin(), names.end(), name) == 1; };
  CHECK(has("alias"));
  CHECK(has("group/inner/chunked"));
  CHECK_FALSE(has("outside"));
  CHECK_FALSE(has("nowhere"));
  CHECK_FALSE(has("round"));
  CHECK(names.size() == 19);
  CHECK(std::get<double>(file->attributes().at("nu")) == 0.01);
  CHECK(std::get<std::string>(file->attributes("group").at("note")) == "of a group");
  CHECK(file->attributes("none").empty());
  CHECK_THAT(message_of<DataError>([&] { file->array("flaot16"); }), ContainsSubstring("did you mean 'float16'?"));
  std::vector<double> values(30);
  CHECK_THAT(message_of<DataError>([&] {
               file->read("complex", Selection::all({5, 6}), values);
             }),
             ContainsSubstring("complex64") && ContainsSubstring("two arrays"));
  CHECK_THROWS_AS(file->read("text", Selection::all({}), std::span(values).first(1)), DataError);
  CHECK_THROWS_AS(file->read("float32", Selection::all({5, 6}), std::span(values).first(29)), ShapeError);
  CHECK_THROWS_AS(file->read("float32", {{0, 1}, {5, 3}, {1, 3}}, std::span(values).first(15)), ShapeError);
  CHECK_THROWS_AS(file->read("float32", {{0, 0}, {5, 6}, {1, 0}}, values), ShapeError);
}

TEST_CASE("arrays of a MAT 7.3 file have the axes that they have in MATLAB") {
  const Scratch scratch;
  if (!run_python(scratch, "readers/write_arrays.py", "mat73 a.mat")) return;
  const auto file = open_array_file(scratch / "a.mat");
  CHECK(file->container() == "MAT 7.3");
  CHECK(names_of(*file) == std::vector<std::string>{"empty", "flag", "label", "params/nu", "single", "t", "u", "z"});
  const Shape shape = {4, 3, 2, 5};
  CHECK(file->array("u").shape == shape);
  random::Stream stream(random::make_key(9, "test selections"), 0);
  for (int trial = 0; trial < 50; ++trial) {
    const Selection selection = random_selection(shape, stream);
    CHECK(read<double>(*file, "u", selection) == counted(shape, selection));
  }
  CHECK(read<double>(*file, "single", Selection::all({4, 6})) == counted({4, 6}, Selection::all({4, 6})));
  CHECK(file->array("flag").type_name == "bool");
  CHECK(read<double>(*file, "flag", {{0, 0}, {1, 3}, {1, 1}}) == std::vector<double>{0, 1, 0});
  CHECK(file->array("empty").shape == Shape{0, 0});
  CHECK(file->array("t").shape == Shape{1, 5});
  std::vector<double> values(12);
  CHECK_THROWS_AS(file->read("label", Selection::all({1, 2}), std::span(values).first(2)), DataError);
  CHECK_THAT(message_of<DataError>([&] {
               file->read("z", Selection::all({4, 3}), values);
             }),
             ContainsSubstring("complex128"));
}

TEST_CASE("what is no file of arrays is said") {
  const Scratch scratch;
  floe::test::write_content(scratch / "a.h5", "hello");
  CHECK_THAT(message_of<DataError>([&] { open_array_file(scratch / "a.h5"); }), ContainsSubstring("no known kind"));
  CHECK_THAT(message_of<IoError>([&] { open_array_file(scratch / "none"); }), ContainsSubstring("no such file"));
  CHECK_THAT(message_of<IoError>([&] { open_array_file(scratch.path()); }), ContainsSubstring("directory"));
  CHECK_FALSE(is_array_file(scratch / "a.h5"));
}
