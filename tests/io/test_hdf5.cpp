// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <thread>

#include "base/error.h"
#include "io/hdf5_file.h"
#include "scratch.h"
#include "support/catch.h"

using namespace floe;
using namespace floe::io;
using floe::test::message_of;
using floe::test::Scratch;

namespace {

// Values that no other byte order, type or rounding reproduces.
template <class T>
std::vector<T> distinct(std::size_t count) {
  std::vector<T> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    if constexpr (std::is_floating_point_v<T>) {
      values[i] = static_cast<T>(std::sin(1.0 + static_cast<double>(i)) * 1e3);
    } else {
      values[i] = (std::int64_t{1} << 62) - static_cast<std::int64_t>(i) * 1000003;
    }
  }
  return values;
}

}  // namespace

TEMPLATE_TEST_CASE("numbers of every type come back bit for bit", "", float, double, std::int64_t) {
  const Scratch scratch;
  const Shape shape = GENERATE(Shape{}, Shape{1}, Shape{0}, Shape{7}, Shape{5, 3}, Shape{4, 0, 2}, Shape{3, 2, 5, 2});
  std::vector<TestType> values = distinct<TestType>(element_count(shape));
  if constexpr (std::is_floating_point_v<TestType>) {
    if (values.size() > 4) {
      values[0] = -TestType(0);
      values[1] = std::numeric_limits<TestType>::infinity();
      values[2] = std::numeric_limits<TestType>::denorm_min();
      values[3] = std::numeric_limits<TestType>::max();
    }
  }
  {
    hdf5::File file = hdf5::File::create(scratch / "a.h5");
    file.root().write<TestType>("group/inner/values", shape, values);
    file.close();
  }
  const hdf5::File file = hdf5::File::open(scratch / "a.h5");
  const hdf5::Dataset dataset = file.root().dataset("/group/inner/values");
  CHECK(dataset.shape() == shape);
  CHECK(dataset.type() == element_type_of<TestType>);
  const std::vector<TestType> back = dataset.read<TestType>();
  REQUIRE(back.size() == values.size());
  CHECK((values.empty() || std::memcmp(back.data(), values.data(), values.size() * sizeof(TestType)) == 0));
}

TEST_CASE("rows and blocks are read from where they lie") {
  const Scratch scratch;
  const Shape shape = {6, 4, 5};
  const std::vector<double> values = distinct<double>(element_count(shape));
  hdf5::File file = hdf5::File::create(scratch / "a.h5");
  hdf5::Dataset dataset = file.root().write<double>("x", shape, values);
  const std::vector<double> rows = dataset.read_rows<double>(2, 3);
  CHECK(rows == std::vector<double>(values.begin() + 40, values.begin() + 100));
  CHECK(dataset.read_rows<double>(6, 0).empty());

  std::vector<double> block(2 * 2 * 3);
  dataset.read_block<double>({1, 2, 2}, {2, 2, 3}, block);
  std::size_t next = 0;
  for (std::size_t i = 1; i < 3; ++i) {
    for (std::size_t j = 2; j < 4; ++j) {
      for (std::size_t k = 2; k < 5; ++k) {
        CHECK(block[next++] == values[(i * 4 + j) * 5 + k]);
      }
    }
  }
  const std::string beyond = message_of<ShapeError>([&] { dataset.read_rows<double>(4, 3); });
  CHECK_THAT(beyond, ContainsSubstring("a.h5:/x") && ContainsSubstring("(6, 4, 5)"));
  CHECK_THROWS_AS(dataset.read_rows<double>(std::numeric_limits<std::size_t>::max(), 2), ShapeError);
  CHECK_THROWS_AS(dataset.read_block<double>({0, 0}, {1, 1}, block), ShapeError);
  CHECK_THROWS_AS(dataset.read_block<double>({0, 0, 0}, {1, 1, 1}, block), ShapeError);
}

TEST_CASE("an extendible dataset grows by whole rows") {
  const Scratch scratch;
  const std::vector<double> values = distinct<double>(1000 * 6);
  hdf5::File file = hdf5::File::create(scratch / "a.h5");
  hdf5::DatasetSpec spec;
  spec.shape = {0, 2, 3};
  spec.extendible = true;
  spec.deflate = GENERATE(0, 4);
  hdf5::Dataset dataset = file.root().create_dataset("x", spec);
  for (std::size_t first = 0, step = 1; first < 1000;
       first += step, step = std::min<std::size_t>(2 * step, 1000 - first)) {
    dataset.append(std::span<const double>(values).subspan(first * 6, step * 6));
  }
  CHECK(dataset.shape() == Shape{1000, 2, 3});
  CHECK(dataset.read<double>() == values);
  CHECK(dataset.chunk() == Shape{(256 << 10) / 48, 2, 3});
  CHECK_THROWS_AS(dataset.append(std::span<const double>(values).first(7)), ShapeError);
  hdf5::Dataset fixed = file.root().write<double>("fixed", {2}, std::span<const double>(values).first(2));
  CHECK_THAT(message_of<ShapeError>([&] { fixed.append(std::span<const double>(values).first(1)); }),
             ContainsSubstring("cannot grow"));
}

TEST_CASE("strings and attributes come back as they were") {
  const Scratch scratch;
  const std::vector<std::string> texts = {"", "phi", "φ⁴ on 8×8", std::string(100000, 'x')};
  {
    hdf5::File file = hdf5::File::create(scratch / "a.h5");
    file.root().write_strings("texts", texts);
    hdf5::Attributes attributes = file.attributes();
    attributes.set("number", 0.1);
    attributes.set("integer", std::int64_t{-3});
    attributes.set("seed", std::numeric_limits<std::uint64_t>::max());
    attributes.set("text", "replaced");
    attributes.set("text", texts[3]);
    attributes.set("numbers", std::vector<double>{1.5, -2.5});
    attributes.set("integers", std::vector<std::int64_t>{8, 8});
    attributes.set("texts", texts);
    file.close();
  }
  const hdf5::File file = hdf5::File::open(scratch / "a.h5");
  CHECK(file.root().dataset("texts").read_strings() == texts);
  const hdf5::Attributes attributes = file.attributes();
  CHECK(attributes.get<double>("number") == 0.1);
  CHECK(attributes.get<double>("integer") == -3.0);
  CHECK(attributes.get<std::int64_t>("integer") == -3);
  CHECK(attributes.get<std::uint64_t>("seed") == std::numeric_limits<std::uint64_t>::max());
  CHECK(attributes.get<std::string>("text") == texts[3]);
  CHECK(attributes.get<std::vector<double>>("numbers") == std::vector<double>{1.5, -2.5});
  CHECK(attributes.get<std::vector<std::int64_t>>("integers") == std::vector<std::int64_t>{8, 8});
  CHECK(attributes.get<std::vector<std::string>>("texts") == texts);
  CHECK(attributes.names().size() == 7);
  CHECK_THAT(message_of<DataError>([&] { attributes.get<double>("text"); }), ContainsSubstring("expected a number"));
  CHECK_THAT(message_of<DataError>([&] { attributes.get<double>("missing"); }), ContainsSubstring("it has: integer"));
  CHECK_THROWS_AS(attributes.get<std::int64_t>("seed"), DataError);
}

TEST_CASE("a missing dataset is answered with those that are there") {
  const Scratch scratch;
  hdf5::File file = hdf5::File::create(scratch / "a.h5");
  file.root().write<double>("outputs/phi", {1}, std::vector<double>{1});
  const std::string missing = message_of<DataError>([&] { file.root().dataset("/inputs/phi"); });
  CHECK_THAT(missing,
             ContainsSubstring("/inputs/phi") && ContainsSubstring("a.h5") && ContainsSubstring("/outputs/phi"));
  CHECK_THROWS_AS(file.root().dataset("outputs"), DataError);
  CHECK_THROWS_AS(file.root().group("outputs/phi"), DataError);
  CHECK(file.root().contains("outputs/phi"));
  CHECK_FALSE(file.root().contains("/outputs/phi/deeper"));
}

TEST_CASE("another type than the stored one is refused, float32 and float64 apart") {
  const Scratch scratch;
  hdf5::File file = hdf5::File::create(scratch / "a.h5");
  hdf5::Group root = file.root();
  const std::vector<float> singles = {0.1F, -2.0F};
  root.write<float>("single", {2}, singles);
  root.write<std::int64_t>("integer", {2}, std::vector<std::int64_t>{1, 2});
  CHECK(root.dataset("single").read<double>() == std::vector<double>(singles.begin(), singles.end()));
  const std::string wrong = message_of<DataError>([&] { root.dataset("integer").read<double>(); });
  CHECK_THAT(wrong, ContainsSubstring("a.h5:/integer holds int64 (expected float64)"));
  CHECK_THROWS_AS(root.dataset("single").read<std::int64_t>(), DataError);
  CHECK_THROWS_AS(root.dataset("single").read_strings(), DataError);
  CHECK_THROWS_AS(root.dataset("single").require_shape({3}), ShapeError);
  CHECK_THROWS_AS(root.dataset("single").write<std::int64_t>(std::vector<std::int64_t>{1, 2}), DataError);
}

TEST_CASE("every flipped bit of checked data is found") {
  const Scratch scratch;
  const std::vector<double> values = distinct<double>(64);
  {
    hdf5::File file = hdf5::File::create(scratch / "good.h5");
    hdf5::DatasetSpec spec;
    spec.shape = {64};
    spec.shuffle = false;
    file.root().create_dataset("x", spec).write<double>(values);
    file.close();
  }
  const std::string good = floe::test::file_content(scratch / "good.h5");
  const std::size_t data = good.find(std::string(reinterpret_cast<const char*>(values.data()), sizeof(double) * 4));
  REQUIRE(data != std::string::npos);
  for (std::size_t bit = 0; bit < 64 * 64; bit += 61) {
    std::string bad = good;
    bad[data + bit / 8] = static_cast<char>(bad[data + bit / 8] ^ (1 << (bit % 8)));
    floe::test::write_content(scratch / "bad.h5", bad);
    const hdf5::File file = hdf5::File::open(scratch / "bad.h5");
    const std::string message = message_of<DataError>([&] { file.root().dataset("x").read<double>(); });
    CHECK_THAT(message, ContainsSubstring("bad.h5:/x of shape (64,)") && ContainsSubstring("letcher32"));
  }
}

TEST_CASE("a truncated file, a text file, a directory and no file are told apart") {
  const Scratch scratch;
  {
    hdf5::File file = hdf5::File::create(scratch / "good.h5");
    file.root().write<double>("x", {1000}, distinct<double>(1000));
    file.close();
  }
  const std::string good = floe::test::file_content(scratch / "good.h5");
  for (const std::size_t size : {good.size() - 1, good.size() / 2, std::size_t{100}, std::size_t{9}}) {
    floe::test::write_content(scratch / "cut.h5", good.substr(0, size));
    const std::string message = message_of<DataError>([&] { hdf5::File::open(scratch / "cut.h5"); });
    CHECK_THAT(message, ContainsSubstring("cut.h5"));
  }
  CHECK_THAT(message_of<DataError>([&] {
               floe::test::write_content(scratch / "cut.h5", good.substr(0, good.size() / 2));
               hdf5::File::open(scratch / "cut.h5");
             }),
             ContainsSubstring("truncated"));
  floe::test::write_content(scratch / "text.h5", "hello");
  CHECK_THAT(message_of<DataError>([&] { hdf5::File::open(scratch / "text.h5"); }), ContainsSubstring("no HDF5 file"));
  CHECK_THAT(message_of<IoError>([&] { hdf5::File::open(scratch.path()); }), ContainsSubstring("directory"));
  CHECK_THAT(message_of<IoError>([&] { hdf5::File::open(scratch / "none.h5"); }), ContainsSubstring("no such file"));
  CHECK_THAT(message_of<IoError>([&] { hdf5::File::create(scratch / "none" / "a.h5"); }),
             ContainsSubstring("No such file or directory"));
}

TEST_CASE("absurd extents are refused before memory is taken") {
  const Scratch scratch;
  {
    hdf5::File file = hdf5::File::create(scratch / "a.h5");
    hdf5::DatasetSpec spec;
    // Never written: the file stays small while the header promises an exabyte.
    spec.shape = {std::size_t{1} << 40, std::size_t{1} << 17};
    spec.chunk = {16, 16};
    spec.deflate = GENERATE(0, 1);
    file.root().create_dataset("huge", spec);
    spec.shape = {std::size_t{1} << 40, std::size_t{1} << 40};
    CHECK_THROWS_AS(file.root().create_dataset("impossible", spec), Error);
    spec.shape = {100, 100};
    file.root().create_dataset("unwritten", spec);
    file.close();
  }
  const hdf5::File file = hdf5::File::open(scratch / "a.h5");
  const hdf5::Dataset huge = file.root().dataset("huge");
  CHECK_THAT(message_of<DataError>([&] { huge.read<double>(); }), ContainsSubstring("(1099511627776, 131072)"));
  CHECK_THROWS_AS(huge.read_rows<double>(0, 1), DataError);
  CHECK_THAT(message_of<DataError>([&] { file.root().dataset("unwritten").read<double>(); }),
             ContainsSubstring("never written"));
}

TEST_CASE("blocks cover an array once, in order, within the limit") {
  const Shape shape = GENERATE(Shape{}, Shape{5}, Shape{7, 3}, Shape{3, 4, 5}, Shape{2, 3, 2, 3}, Shape{0, 3});
  const std::size_t limit =
      GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{4}, std::size_t{7}, std::size_t{20}, std::size_t{1000});
  std::size_t next = 0;
  hdf5::for_each_block(shape, limit, [&](const Shape& start, const Shape& count) {
    std::size_t offset = 0;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      offset = offset * shape[axis] + start[axis];
    }
    CHECK(offset == next);
    CHECK(element_count(count) <= std::max<std::size_t>(limit, 1));
    next += element_count(count);
  });
  CHECK(next == element_count(shape));
}

TEST_CASE("several threads may read at once") {
  const Scratch scratch;
  const std::vector<double> values = distinct<double>(64 * 100);
  {
    hdf5::File file = hdf5::File::create(scratch / "a.h5");
    file.root().write<double>("x", {64, 100}, values);
    file.close();
  }
  const hdf5::File file = hdf5::File::open(scratch / "a.h5");
  const hdf5::Dataset dataset = file.root().dataset("x");
  std::vector<int> good(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = t; i < 64; i += 4) {
        const std::vector<double> row = dataset.read_rows<double>(i, 1);
        good[t] += std::equal(row.begin(), row.end(), values.begin() + static_cast<std::ptrdiff_t>(i * 100));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(good == std::vector<int>(4, 16));
}

TEST_CASE("the same data give the same file") {
  const Scratch scratch;
  for (const char* name : {"a.h5", "b.h5"}) {
    hdf5::File file = hdf5::File::create(scratch / name);
    hdf5::DatasetSpec spec;
    spec.shape = {0, 3};
    spec.extendible = true;
    hdf5::Dataset dataset = file.root().create_dataset("x", spec);
    dataset.append<double>(distinct<double>(12));
    file.close();
  }
  CHECK(floe::test::file_content(scratch / "a.h5") == floe::test::file_content(scratch / "b.h5"));
}
