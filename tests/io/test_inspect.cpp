// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>

#include "base/error.h"
#include "io/inspect.h"
#include "samples.h"
#include "scratch.h"
#include "support/catch.h"

using namespace floe;
using namespace floe::io;
using floe::test::message_of;
using floe::test::SampleColumns;
using floe::test::Scratch;

TEST_CASE("statistics count what is not finite and range over the rest") {
  const Scratch scratch;
  hdf5::File file = hdf5::File::create(scratch / "a.h5");
  hdf5::Group root = file.root();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const Statistics found =
      statistics(root.write<double>("x", {2, 4}, std::vector<double>{1, nan, -3, infinity, 5, nan, nan, -infinity}));
  CHECK(found.count == 8);
  CHECK(found.nan == 3);
  CHECK(found.infinite == 2);
  CHECK(found.min == -3);
  CHECK(found.max == 5);
  CHECK(found.mean == 1);
  const Statistics integers = statistics(root.write<std::int64_t>("i", {3}, std::vector<std::int64_t>{-7, 0, 1}));
  CHECK(integers.min == -7);
  CHECK(integers.max == 1);
  CHECK(integers.mean == -2);
  CHECK(std::isnan(statistics(root.write<double>("nan", {1}, std::vector<double>{nan})).min));
  CHECK(statistics(root.write<double>("none", {0}, std::vector<double>{})).count == 0);
  // More than one block.
  std::vector<double> many(1200000);
  for (std::size_t i = 0; i < many.size(); ++i) {
    many[i] = static_cast<double>(i);
  }
  const Statistics blocks = statistics(root.write<double>("many", {3, 400000}, many));
  CHECK(blocks.count == many.size());
  CHECK(blocks.min == 0);
  CHECK(blocks.max == 1199999);
  CHECK(blocks.mean == 1199999 / 2.0);
}

TEST_CASE("a dataset is described: schema, every array once, provenance") {
  const Scratch scratch;
  {
    SampleColumns samples(0, 5);
    samples.temperature_values[7] = std::numeric_limits<double>::quiet_NaN();
    DatasetWriter writer(scratch / "d.h5", floe::test::sample_description());
    writer.append(5, samples.columns());
    writer.finalise();
  }
  const std::string text = inspect(scratch / "d.h5");
  INFO(text);
  CHECK_THAT(text, ContainsSubstring("schema    floe-dataset, version 1\nsamples   5\n"));
  CHECK_THAT(text, ContainsSubstring("/outputs/temperature   (5, 3, 4)  float64  K"));
  CHECK_THAT(text, ContainsSubstring("W/m^2"));
  CHECK_THAT(text, ContainsSubstring(", 1 NaN"));
  CHECK_THAT(text, ContainsSubstring("axes (sample, y, x)  chunks (1024, 3, 4)  shuffle+fletcher32"));
  CHECK_THAT(text, ContainsSubstring("boundary_condition = dirichlet"));
  CHECK_THAT(text, ContainsSubstring("18446744073709551615"));
  CHECK_THAT(text, ContainsSubstring("  | seed = 1 # größer\n"));
  CHECK_THAT(text, ContainsSubstring("[-4, 0]"));
  // Linked into three groups, told once.
  CHECK(text.find("/coordinates/sample") == text.rfind("/coordinates/sample"));
  CHECK(text.find("/outputs/sample") == std::string::npos);
}

TEST_CASE("any HDF5 file is described, damage included") {
  const Scratch scratch;
  const std::vector<double> values = {0.1234567, 2, 3, 4};
  {
    hdf5::File file = hdf5::File::create(scratch / "a.h5");
    file.root().write<double>("deep/er/tensor", {2, 2}, values);
    file.root().write_strings("names", std::vector<std::string>{"a", "b"});
    hdf5::DatasetSpec spec;
    spec.shape = {std::size_t{1} << 40, 8};
    spec.chunk = {1, 8};
    file.root().create_dataset("huge", spec);
    file.attributes().set("note", "first line\nsecond line");
    file.close();
  }
  const std::string text = inspect(scratch / "a.h5");
  INFO(text);
  CHECK_THAT(text, ContainsSubstring("schema    none"));
  CHECK_THAT(text, ContainsSubstring("/deep/er/tensor  (2, 2)"));
  CHECK_THAT(text, ContainsSubstring("[0.123457, 4]"));
  CHECK_THAT(text, ContainsSubstring("/names"));
  CHECK_THAT(text, ContainsSubstring("NOT READABLE") && ContainsSubstring("(1099511627776, 8)"));
  CHECK_THAT(text, ContainsSubstring("first line ... (22 characters)"));

  {
    hdf5::File file = hdf5::File::create(scratch / "b.h5");
    file.attributes().set("schema", "floe-dataset");
    file.close();
  }
  CHECK_THAT(inspect(scratch / "b.h5"), ContainsSubstring("NOT USABLE as floe-dataset"));
  CHECK_THROWS_AS(inspect(scratch / "none.h5"), IoError);
  floe::test::write_content(scratch / "text.h5", "text");
  CHECK_THROWS_AS(inspect(scratch / "text.h5"), DataError);
}
