// SPDX-License-Identifier: MIT
#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/log.h"
#include "io/checkpoint.h"
#include "scratch.h"
#include "support/catch.h"

using namespace floe;
using namespace floe::io;
using floe::test::message_of;
using floe::test::Scratch;

namespace {

Checkpoint sample_checkpoint(double shift = 0.0) {
  Checkpoint checkpoint;
  checkpoint.set("coefficients", {2, 3}, std::vector<double>{0.1 + shift, -0.0, 1e-310, 3, 1e300, 1.0 / 3.0});
  checkpoint.set("layers/0/weight", {2}, std::vector<float>{0.1F, std::numeric_limits<float>::infinity()});
  checkpoint.set("step", {}, std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min()});
  checkpoint.set("nothing", {0, 4}, std::vector<double>{});
  checkpoint.set("time", {}, std::vector<double>{0.7});
  checkpoint.attributes = {{"config", "task = \"flow\"\n# φ⁴"}, {"empty", ""}};
  return checkpoint;
}

const std::vector<TensorSpec> specs = {{"coefficients", ElementType::float64, {2, 3}},
                                       {"layers/0/weight", ElementType::float32, {any_extent}},
                                       {"step", ElementType::int64, {}},
                                       {"nothing", ElementType::float64, {0, 4}},
                                       {"time", ElementType::float64, {}}};

}  // namespace

TEST_CASE("a checkpoint comes back bit for bit") {
  const Scratch scratch;
  const Checkpoint saved = sample_checkpoint();
  save_checkpoint(scratch / "flow.h5", "flow", saved);
  const Checkpoint loaded = load_checkpoint(scratch / "flow.h5", "flow", specs);
  CHECK(loaded.attributes == saved.attributes);
  REQUIRE(loaded.tensors.size() == saved.tensors.size());
  for (const auto& [name, tensor] : saved.tensors) {
    const Tensor& other = loaded.tensors.at(name);
    CHECK(other.shape == tensor.shape);
    CHECK(other.values == tensor.values);
  }
  CHECK(std::signbit(loaded.get<double>("coefficients")[1]));
  CHECK(loaded.shape("step").empty());
  CHECK(loaded.attribute("config") == saved.attribute("config"));
  CHECK_THROWS_AS(loaded.attribute("missing"), DataError);
  CHECK_THAT(message_of<DataError>([&] { loaded.get<float>("coefficients"); }),
             ContainsSubstring("is float64 (expected float32)"));
  CHECK_THAT(message_of<DataError>([&] { loaded.get<float>("bias"); }),
             ContainsSubstring("no tensor 'bias'") && ContainsSubstring("coefficients"));
}

TEST_CASE("tensors that are missing, extra or of another shape or type are all named") {
  const Scratch scratch;
  save_checkpoint(scratch / "flow.h5", "flow", sample_checkpoint());
  const std::vector<TensorSpec> others = {{"coefficients", ElementType::float64, {3, 3}},
                                          {"layers/0/weight", ElementType::float64, {2}},
                                          {"layers/0/bias", ElementType::float32, {any_extent, 2}},
                                          {"step", ElementType::int64, {}},
                                          {"nothing", ElementType::float64, {0, 4}}};
  const std::string message = message_of<DataError>([&] { load_checkpoint(scratch / "flow.h5", "flow", others); });
  CHECK_THAT(message, ContainsSubstring("flow.h5"));
  CHECK_THAT(message, ContainsSubstring("'coefficients' is float64 (2, 3), expected float64 (3, 3)"));
  CHECK_THAT(message, ContainsSubstring("'layers/0/weight' is float32 (2,), expected float64 (2,)"));
  CHECK_THAT(message, ContainsSubstring("'layers/0/bias' is missing, expected float32 (any, 2)"));
  CHECK_THAT(message, ContainsSubstring("'time' (float64 ()) is not expected"));
}

TEST_CASE("the checkpoint before is kept and read when the last one is damaged or gone") {
  const Scratch scratch;
  const std::filesystem::path path = scratch / "flow.h5";
  save_checkpoint(path, "flow", sample_checkpoint(1.0));
  CHECK_FALSE(std::filesystem::exists(previous_checkpoint(path)));
  save_checkpoint(path, "flow", sample_checkpoint(2.0));
  const auto first = [](const Checkpoint& checkpoint) { return checkpoint.get<double>("coefficients")[0]; };
  CHECK(first(load_checkpoint(path, "flow")) == 2.1);
  CHECK(first(load_checkpoint(previous_checkpoint(path), "flow")) == 1.1);

  const std::string good = floe::test::file_content(path);
  floe::test::write_content(path, good.substr(0, good.size() / 2));
  logging::set_level(logging::Level::quiet);
  logging::open_file(scratch / "log.txt");
  CHECK(first(load_checkpoint(path, "flow")) == 1.1);
  CHECK_THAT(floe::test::file_content(scratch / "log.txt"),
             ContainsSubstring("truncated") && ContainsSubstring("flow.h5.previous"));
  std::filesystem::remove(path);
  CHECK(first(load_checkpoint(path, "flow")) == 1.1);

  // Options that do not fit are no damage: the previous file is not tried.
  floe::test::write_content(path, good);
  CHECK_THAT(message_of<DataError>([&] { load_checkpoint(path, "operator"); }),
             ContainsSubstring("of kind 'flow' (expected 'operator')"));

  floe::test::write_content(path, "x");
  floe::test::write_content(previous_checkpoint(path), "y");
  CHECK_THAT(message_of<DataError>([&] { load_checkpoint(path, "flow"); }),
             ContainsSubstring("flow.h5 is no HDF5 file") && ContainsSubstring("flow.h5.previous is no HDF5 file"));
  CHECK_THROWS_AS(load_checkpoint(scratch / "none.h5", "flow"), IoError);
  logging::close_file();
}

TEST_CASE("a flipped bit in a tensor is found even in a single number") {
  const Scratch scratch;
  const std::filesystem::path path = scratch / "flow.h5";
  Checkpoint checkpoint;
  checkpoint.set("time", {}, std::vector<double>{0.7371});
  save_checkpoint(path, "flow", checkpoint);
  std::string content = floe::test::file_content(path);
  const double value = 0.7371;
  const std::size_t position = content.find(std::string(reinterpret_cast<const char*>(&value), sizeof(value)));
  REQUIRE(position != std::string::npos);
  content[position + 3] ^= 1;
  floe::test::write_content(path, content);
  CHECK_THROWS_AS(load_checkpoint(path, "flow"), DataError);
}

TEST_CASE("a checkpoint that cannot be written leaves the old one") {
  const Scratch scratch;
  const std::filesystem::path path = scratch / "flow.h5";
  save_checkpoint(path, "flow", sample_checkpoint());
  const std::string good = floe::test::file_content(path);
  Checkpoint bad = sample_checkpoint();
  bad.tensors.at("coefficients").shape = {7};
  CHECK_THAT(message_of<ShapeError>([&] { save_checkpoint(path, "flow", bad); }),
             ContainsSubstring("'coefficients' of shape (7,) has 6 values"));
  bad = sample_checkpoint();
  bad.set("coefficients/deeper", {1}, std::vector<double>{1});
  CHECK_THROWS_AS(save_checkpoint(path, "flow", bad), IoError);
  CHECK(floe::test::file_content(path) == good);
  CHECK_FALSE(std::filesystem::exists(scratch / "flow.h5.partial"));
  CHECK_THROWS_AS(save_checkpoint(scratch / "none" / "flow.h5", "flow", sample_checkpoint()), IoError);
}
