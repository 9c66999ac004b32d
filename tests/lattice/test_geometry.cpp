// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "lattice/geometry.h"
#include "support/catch.h"

using floe::ShapeError;
using namespace floe::lattice;

TEST_CASE("sites are numbered row-major with the last axis fastest", "[geometry]") {
  const Geometry geometry({2, 3, 4});
  CHECK(geometry.dimension() == 3);
  CHECK(geometry.volume() == 24);
  CHECK(geometry.row_length() == 4);
  CHECK(geometry.row_count() == 6);
  CHECK(geometry.site({1, 2, 3, 0}) == 23);
  CHECK(geometry.site({1, 0, 2, 0}) == 14);
  CHECK(geometry.site({-1, 3, -6, 0}) == geometry.site({1, 0, 2, 0}));
  for (int site = 0; site < geometry.volume(); ++site) CHECK(geometry.site(geometry.coordinates(site)) == site);
}

TEST_CASE("neighbours step along one axis and wrap around", "[geometry]") {
  for (const char* shape : {"5", "1", "2x2", "3x1x4", "2x3x4x5"}) {
    CAPTURE(shape);
    const Geometry geometry = parse_geometry(shape);
    bool good = true;
    for (int site = 0; site < geometry.volume(); ++site) {
      for (int mu = 0; mu < geometry.dimension(); ++mu) {
        auto next = geometry.coordinates(site);
        ++next[static_cast<std::size_t>(mu)];
        good = good && geometry.forward(site, mu) == geometry.site(next);
        good = good && geometry.backward(geometry.forward(site, mu), mu) == site;
        good = good && geometry.neighbours(site)[2 * mu] == geometry.forward(site, mu);
        good = good && geometry.neighbours(site)[2 * mu + 1] == geometry.backward(site, mu);
        if (mu + 1 < geometry.dimension() && site % geometry.row_length() == 0) {
          const int row = site / geometry.row_length();
          good = good && geometry.row_neighbours(row)[2 * mu] * geometry.row_length() == geometry.forward(site, mu);
          good =
              good && geometry.row_neighbours(row)[2 * mu + 1] * geometry.row_length() == geometry.backward(site, mu);
        }
      }
    }
    CHECK(good);
  }
}

TEST_CASE("khat squared is the spectrum of the lattice Laplacian", "[geometry]") {
  const Geometry geometry({3, 4});
  CHECK(geometry.khat_squared(0) == 0);
  CHECK(geometry.khat_squared(geometry.site({0, 1, 0, 0})) == Approx(2).epsilon(1e-15));
  CHECK(geometry.khat_squared(geometry.site({1, 2, 0, 0})) == Approx(7).epsilon(1e-15));
  // The trace of the Laplacian: sum_k khat^2 = 2 d V.
  CHECK(geometry.khat_squared().sum() == Approx(2 * 2 * 12).epsilon(1e-14));
  CHECK(Geometry({1}).khat_squared(0) == 0);
}

TEST_CASE("lattices are read from and written as text", "[geometry]") {
  CHECK(parse_geometry("8x8") == Geometry({8, 8}));
  CHECK(parse_geometry("16") == Geometry({16}));
  CHECK(to_string(parse_geometry("3x4x5x6")) == "3x4x5x6");
  CHECK_FALSE(parse_geometry("4x8") == parse_geometry("8x4"));
}

TEST_CASE("impossible lattices are refused with the reason", "[geometry]") {
  CHECK_THROWS_WITH(parse_geometry("8x"), ContainsSubstring("\"8x\" is no lattice"));
  for (const char* text : {"", "x8", "8,8", "8x8 ", "eight", "8xx8", "99999999999"}) {
    CHECK_THROWS_AS(parse_geometry(text), ShapeError);
  }
  CHECK_THROWS_WITH(parse_geometry("8x-8"), ContainsSubstring("has the size -8"));
  CHECK_THROWS_WITH(Geometry({8, 0}), ContainsSubstring("every size is at least 1"));
  CHECK_THROWS_WITH(Geometry({}), ContainsSubstring("0 dimensions"));
  CHECK_THROWS_WITH(Geometry({2, 2, 2, 2, 2}), ContainsSubstring("1 to 4 are supported"));
  CHECK_THROWS_WITH(Geometry({65536, 65536}), ContainsSubstring("too large"));
}
