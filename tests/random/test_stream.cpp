// SPDX-License-Identifier: MIT
#include <cmath>
#include <numbers>
#include <vector>

#include "random/lane_stream.h"
#include "random/stream.h"
#include "support/catch.h"

using floe::Block;
using floe::Lanes;
using floe::random::Key;
using floe::random::LaneStream;
using floe::random::make_key;
using floe::random::philox_block;
using floe::random::Stream;

TEST_CASE("a lane draws what the stream of its sample draws, bit for bit", "[random]") {
  const Key key = make_key(7, "lanes");
  for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{13}, std::uint64_t{0xfffffffcU}}) {
    for (const std::uint64_t position : {std::uint64_t{0}, std::uint64_t{5}, std::uint64_t{1} << 40}) {
      LaneStream lanes(key, first, position);
      std::vector<Stream> streams;
      for (std::uint64_t w = 0; w < 8; ++w) streams.emplace_back(key, first + w, position);
      int different = 0;
      for (int draw = 0; draw < 101; ++draw) {
        const bool normal = draw % 3 != 0;
        const Lanes<double> row = normal ? lanes.normal() : lanes.uniform();
        for (int w = 0; w < 8; ++w) {
          const auto i = static_cast<std::size_t>(w);
          different += row(w) != (normal ? streams[i].normal() : streams[i].uniform());
        }
      }
      CHECK(different == 0);
      CHECK(lanes.position() == streams[3].position());
    }
  }
}

TEST_CASE("filling a block is drawing its columns one by one", "[random]") {
  const Key key = make_key(8, "fill");
  for (const int sites : {0, 1, 2, 7, 64}) {
    for (const std::uint64_t start : {std::uint64_t{0}, std::uint64_t{3}}) {
      LaneStream filled(key, 21, start);
      LaneStream drawn(key, 21, start);
      Block<double> block(8, sites);
      for (int repeat = 0; repeat < 2; ++repeat) {
        filled.fill_normal(block);
        for (int site = 0; site < sites; ++site) REQUIRE((block.col(site) == drawn.normal()).all());
      }
      filled.fill_uniform(block);
      for (int site = 0; site < sites; ++site) REQUIRE((block.col(site) == drawn.uniform()).all());
      CHECK(filled.position() == drawn.position());
      CHECK((filled.normal() == drawn.normal()).all());
    }
  }
}

TEST_CASE("numbers do not depend on how samples are grouped", "[random]") {
  const Key key = make_key(9, "grouping");
  LaneStream a(key, 0);
  LaneStream b(key, 5);
  Block<double> x(8, 33);
  Block<double> y(8, 33);
  a.fill_normal(x);
  b.fill_normal(y);
  CHECK((x.bottomRows(3) == y.topRows(3)).all());
}

TEST_CASE("a stream is restored by its sample and position", "[random]") {
  const Key key = make_key(10, "restore");
  Stream stream(key, 4);
  LaneStream lanes(key, 4);
  for (int draw = 0; draw < 37; ++draw) {
    stream.normal();
    lanes.uniform();
  }
  CHECK(stream.position() == 37);
  Stream restored(key, stream.sample_index(), stream.position());
  LaneStream restored_lanes(key, lanes.first_sample_index(), lanes.position());
  for (int draw = 0; draw < 20; ++draw) {
    CHECK(restored.normal() == stream.normal());
    CHECK((restored_lanes.normal() == lanes.normal()).all());
  }
  const double next = stream.uniform();
  stream.set_position(stream.position() - 1);
  CHECK(stream.uniform() == next);
}

TEST_CASE("a normal is the Box-Muller transform of its two words", "[random]") {
  const Key key = make_key(11, "box muller");
  double largest = 0;
  for (std::uint64_t pair = 0; pair < 2000; ++pair) {
    const auto low = static_cast<std::uint32_t>(pair);
    const auto words = philox_block(
        {3, 0, low, 0x80000000U}, {static_cast<std::uint32_t>(key.value), static_cast<std::uint32_t>(key.value >> 32)});
    const std::uint64_t a = words[0] | (static_cast<std::uint64_t>(words[1]) << 32);
    const std::uint64_t b = words[2] | (static_cast<std::uint64_t>(words[3]) << 32);
    const long double u = static_cast<long double>(2 * (a >> 12) + 1) * 0x1p-53L;
    const long double f = static_cast<long double>(2 * ((b << 2) >> 12) + 1) * 0x1p-53L - 0.5L;
    const long double radius = std::sqrt(-2 * std::log(u)) * ((b >> 63) != 0 ? -1 : 1);
    const long double c = radius * std::cos(std::numbers::pi_v<long double> / 2 * f);
    const long double s = radius * std::sin(std::numbers::pi_v<long double> / 2 * f);
    const bool exchange = ((b >> 62) & 1U) != 0;
    Stream stream(key, 3, 2 * pair);
    const double first = stream.normal();
    const double second = stream.normal();
    largest = std::max({largest, std::abs(static_cast<double>((exchange ? s : c) - first)),
                        std::abs(static_cast<double>((exchange ? c : s) - second))});
  }
  CHECK(largest < 2e-15);
}

TEST_CASE("integers below a bound stay below it and spread evenly", "[random]") {
  Stream stream(make_key(12, "integers"), 0);
  std::vector<int> counts(7, 0);
  for (int draw = 0; draw < 70000; ++draw) ++counts.at(stream.below(7));
  double chi_square = 0;
  for (const int count : counts) chi_square += (count - 10000.0) * (count - 10000.0) / 10000.0;
  // 6 degrees of freedom: above 22.5 with probability 1e-3.
  CHECK(chi_square < 22.5);
  CHECK(stream.below(1) == 0);
}
