// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstring>
#include <fstream>

#include "../python.h"
#include "base/error.h"
#include "io/readers/skysoft.h"
#include "io/readers/source.h"
#include "support/catch.h"

using namespace floe;
using namespace floe::io;
using floe::test::message_of;
using floe::test::run_python;
using floe::test::Scratch;

namespace {

void check_manifest(const Scratch& scratch, double tolerance) {
  std::ifstream manifest(scratch / "manifest.txt");
  std::size_t cases = 0;
  for (std::string file, format, path, target, first, count;
       manifest >> file >> format >> path >> first >> count >> target; ++cases) {
    INFO(file << " as " << format << ": " << path << " from " << first);
    const auto source = open_source(scratch / file, {.format = format});
    const std::string bytes = floe::test::file_content(scratch / target);
    std::vector<double> expected(bytes.size() / sizeof(double));
    std::memcpy(expected.data(), bytes.data(), bytes.size());
    std::vector<double> values(expected.size());
    std::vector<float> floats(expected.size());
    REQUIRE(source->samples() >= std::stoul(first) + std::stoul(count));
    source->read(path, std::stoul(first), std::stoul(count), std::span<double>(values));
    source->read(path, std::stoul(first), std::stoul(count), std::span<float>(floats));
    double worst = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      worst = std::max(worst, std::abs(values[i] - expected[i]));
      CHECK(floats[i] == static_cast<float>(values[i]));
    }
    CHECK(worst <= tolerance);
  }
  CHECK(cases >= 6);
}

}  // namespace

TEST_CASE("DeepXDE files, aligned and not, are sources") {
  const Scratch scratch;
  if (!run_python(scratch, "readers/write_layouts.py", "deepxde .")) {
    return;
  }
  check_manifest(scratch, 0);
  const auto aligned = open_source(scratch / "aligned.npz");
  CHECK(aligned->format() == "DeepXDE (aligned)");
  CHECK(aligned->samples() == 7);
  CHECK(aligned->description().inputs[0].type == ElementType::float32);
  CHECK(open_source(scratch / "unaligned.npz")->format() == "DeepXDE (unaligned)");
  CHECK_THAT(message_of<DataError>([&] { open_source(scratch / "pickled.npz"); }), ContainsSubstring("numpy.savez"));
  CHECK_THAT(message_of<DataError>([&] { open_source(scratch / "mismatched.npz"); }), ContainsSubstring("(5, 1)"));
}

TEST_CASE("a tree of CFDBench cases gives pairs of frames") {
  const Scratch scratch;
  if (!run_python(scratch, "readers/write_layouts.py", "cfdbench .")) {
    return;
  }
  check_manifest(scratch, 0);
  const auto source = open_source(scratch / "cavity");
  CHECK(source->format() == "CFDBench");
  CHECK(source->samples() == 8);
  CHECK(source->description().axes[0].values.size() == 5);
  CHECK(source->description().axes[1].values.back() == 5.5 / 6);
  CHECK(source->description().parameters.size() == 4);

  const auto part =
      open_source(scratch / "cavity",
                  {.inputs = {"u"}, .outputs = {"u"}, .samples = {1, 3}, .times = {1, {}, 2}, .stride = {2, 3}});
  REQUIRE(part->samples() == 2);  // frames 1 and 3 of the first case; 1 and 3, 3 and 5 of the last
  std::vector<double> values(2 * 3 * 2);
  part->read("inputs/u", 0, 2, std::span<double>(values));
  const auto whole = open_source(scratch / "cavity");
  std::vector<double> all(8 * 5 * 6);
  whole->read("inputs/u", 0, 8, std::span<double>(all));
  for (std::size_t sample = 0; sample < 2; ++sample) {
    for (std::size_t row = 0; row < 3; ++row) {
      for (std::size_t column = 0; column < 2; ++column) {
        CHECK(values[(sample * 3 + row) * 2 + column] == all[((sample == 0 ? 4 : 6) * 5 + 2 * row) * 6 + 3 * column]);
      }
    }
  }
  CHECK_THAT(message_of<ConfigError>([&] { open_source(scratch / "cavity", {.inputs = {"p"}}); }),
             ContainsSubstring("u and v"));
  CHECK_THAT(message_of<ConfigError>([&] { open_source(scratch / "cavity", {.sample_axis = 0}); }),
             ContainsSubstring("leave them out"));

  floe::test::write_content(scratch / "cavity/bc/case0000/case.json", "{\"vel_top\": ");
  CHECK_THAT(message_of<DataError>([&] { open_source(scratch / "cavity"); }), ContainsSubstring("no valid JSON"));
  floe::test::write_content(scratch / "cavity/bc/case0000/case.json", std::string(100000, '['));
  CHECK_THAT(message_of<DataError>([&] { open_source(scratch / "cavity"); }), ContainsSubstring("nested"));
  floe::test::write_content(scratch / "cavity/bc/case0000/case.json", "[1]");
  CHECK_THAT(message_of<DataError>([&] { open_source(scratch / "cavity"); }), ContainsSubstring("no object"));
}

TEST_CASE("SkySoft files give slices of a minute and those half an hour later") {
  const Scratch scratch;
  if (!run_python(scratch, "readers/write_layouts.py", "skysoft .")) {
    return;
  }
  check_manifest(scratch, 1e-12);
  const auto source = open_source(scratch / "weeks");
  CHECK(source->format() == "SkySoft CSV");
  CHECK(source->description().outputs[0].name == "query_value");
  const auto later = open_skysoft_files(scratch / "weeks/week0.csv", {.horizon_seconds = 600});
  CHECK(later->samples() > open_source(scratch / "weeks/week0.csv")->samples());
  CHECK_THAT(message_of<DataError>([&] { open_skysoft_files(scratch / "weeks", {.files = {7}}); }),
             ContainsSubstring("no file 7"));
  CHECK_THAT(message_of<DataError>([&] { open_skysoft_files(scratch / "weeks/week1.csv", {.day = 1}); }),
             ContainsSubstring("no day 1"));
  CHECK_THAT(message_of<DataError>([&] { open_skysoft_files(scratch / "weeks", {.horizon_seconds = 1e8}); }),
             ContainsSubstring("shorter horizon"));
  CHECK_THAT(message_of<ConfigError>([&] { open_source(scratch / "weeks", {.stride = {2}}); }),
             ContainsSubstring("only samples"));
}

TEST_CASE("damaged SkySoft tables are refused with the line") {
  const Scratch scratch;
  const std::string header = "LAT,LONG,TRACK_ALTITUDE,UNIX_TIME,WIND_SPEED,WIND_ORIGIN_ANGLE_DEG,FLIGHT_ID,DAY\n";
  const auto refusal = [&](const std::string& rows) {
    floe::test::write_content(scratch / "a.csv", rows);
    return message_of<DataError>([&] { open_skysoft_files(scratch / "a.csv"); });
  };
  const std::string two = "46,7,100,0,10,20,F,0\n46,7,100,1860,10,20,F,0\n";
  CHECK(refusal(header + two).empty());
  CHECK_THAT(refusal("LAT,LONG\n1,2\n"), ContainsSubstring("no column 'TRACK_ALTITUDE'"));
  CHECK_THAT(refusal(header + two + "46,7,high,0,10,20,F,0\n"), ContainsSubstring("'high' in line 4"));
  CHECK_THAT(refusal(header + two + "46,7,100,0,10,20,F\n"), ContainsSubstring("line 4"));
  CHECK_THAT(refusal(header + two + "46,7,100,1e300,10,20,F,0\n"), ContainsSubstring("line 4"));
  CHECK_THAT(refusal(header + two + "46,7,100,0,10,20,F,1e300\n"), ContainsSubstring("line 4"));
  CHECK_THAT(refusal(header + two + "inf,7,100,0,10,20,F,0\n"), ContainsSubstring("infinite"));
  std::string many = header;
  for (int i = 0; i < 65537; ++i) {
    many += "46,7,1,0,1,2,F,0\n";
  }
  CHECK_THAT(refusal(many), ContainsSubstring("65536"));
}
