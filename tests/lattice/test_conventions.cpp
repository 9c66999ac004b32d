// SPDX-License-Identifier: MIT
#include "lattice/conventions.h"

#include <numbers>

#include "base/error.h"
#include "lattice/reference.h"
#include "lattice/transfer_matrix.h"
#include "support/catch.h"

using floe::Block;
using floe::ConfigError;
using namespace floe::lattice;

namespace {

// sum over directed links of chi_x chi_{x+mu}, of (chi_{x+mu} - chi_x)^2, and over sites of chi^2, chi^4.
struct Sums {
  double hopping = 0, kinetic = 0, square = 0, fourth = 0;
  Sums(const Geometry& geometry, const Eigen::ArrayXd& chi) {
    for (int x = 0; x < geometry.volume(); ++x) {
      for (int mu = 0; mu < geometry.dimension(); ++mu) {
        const double next = chi[geometry.forward(x, mu)];
        hopping += chi[x] * next;
        kinetic += (next - chi[x]) * (next - chi[x]);
      }
    }
    square = chi.square().sum();
    fourth = chi.square().square().sum();
  }
};

}  // namespace

TEST_CASE("actions of other conventions equal ours on the rescaled field", "[conventions]") {
  for (const char* shape : {"6", "4x5", "2x3x4", "3x2x2x3"}) {
    CAPTURE(shape);
    const Geometry geometry = parse_geometry(shape);
    const Eigen::ArrayXd chi = reference::sample(reference::random_block<double>(geometry.volume(), 5), 0);
    const Sums sums(geometry, chi);
    const auto ours = [&](const Rescaled& map) { return reference::action(geometry, map.phi4, chi / map.field_scale); };

    const Hopping hopping{0.2705, 0.022};
    CHECK(ours(to_phi4(hopping, geometry.dimension())) ==
          Approx(-2 * hopping.kappa * sums.hopping + (1 - 2 * hopping.lambda) * sums.square +
                 hopping.lambda * sums.fourth)
              .epsilon(1e-13));
    const HalfConvention half{-0.7, 1.3};
    CHECK(
        ours(to_phi4(half)) ==
        Approx(sums.kinetic / 2 + half.mass_squared / 2 * sums.square + half.lambda / 24 * sums.fourth).epsilon(1e-13));
    const SchaichLoinaz schaich{-0.72, 0.5};
    CHECK(ours(to_phi4(schaich)) ==
          Approx(sums.kinetic / 2 + schaich.mu_squared / 2 * sums.square + schaich.lambda / 4 * sums.fourth)
              .epsilon(1e-13));
  }
  const DoubleWell well{4.5, 1.2, 4};
  const Geometry circle({10});
  const Eigen::ArrayXd x = reference::sample(reference::random_block<double>(10, 6), 0);
  const Sums sums(circle, x);
  const Rescaled map = to_phi4(well, 10);
  CHECK(reference::action(circle, map.phi4, x / map.field_scale) ==
        Approx(0.4 * (well.lambda / 4 * sums.fourth - well.mass / 2 * sums.square +
                      well.mass / 2 * sums.kinetic / (0.4 * 0.4)))
            .epsilon(1e-13));
}

TEST_CASE("the maps have inverses and published values", "[conventions]") {
  for (const Phi4 phi4 : {Phi4{-4, 6.975}, Phi4{-4, 4.25}, Phi4{0.3, 0.1}, Phi4{-12, 2}, Phi4{0.5, 0}}) {
    for (int dimension = 1; dimension <= 4; ++dimension) {
      const Phi4 back = to_phi4(to_hopping(phi4, dimension), dimension).phi4;
      CHECK(back.mass_squared == Approx(phi4.mass_squared).epsilon(1e-12).margin(1e-12));
      CHECK(back.coupling == Approx(phi4.coupling).epsilon(1e-12).margin(1e-15));
    }
    CHECK(to_phi4(to_half(phi4)).phi4.coupling == Approx(phi4.coupling));
    CHECK(to_phi4(to_schaich_loinaz(phi4)).phi4.coupling == phi4.coupling);
  }
  const Phi4 critical = to_phi4(Hopping{0.27088, 0.022}, 2).phi4;
  CHECK(critical.mass_squared == Approx(-0.470762).margin(1e-6));
  CHECK(critical.coupling == Approx(0.299826).margin(1e-6));
  // In two dimensions m^2 = -4 is the line lambda = 1/2 of the hopping convention.
  CHECK(to_hopping({-4, 6.975}, 2).lambda == Approx(0.5).epsilon(1e-14));
}

TEST_CASE("the double well on a circle has its transfer-matrix values", "[conventions]") {
  struct Row {
    int sites;
    double mass, log_z, x_squared, x_fourth, opposite, mean_squared, energy;
  };
  const Row rows[] = {{4, 1.5, 3.65815370, 1.06521700, 1.99291129, 0.80459083, 0.89924142, 0.00177218},
                      {16, 1.5, 1.05092446, 1.01283913, 1.97140201, 0.73451193, 0.82220012, 0.37678737},
                      {64, 1.5, -42.21313044, 1.00829386, 1.97065294, 0.72841934, 0.81566874, 0.46920855},
                      {16, 4.5, 9.76523399, 4.33738136, 20.19488074, 4.26664389, 4.28602557, -0.76218005}};
  for (const Row& row : rows) {
    CAPTURE(row.sites, row.mass);
    const Rescaled map = to_phi4(DoubleWell{row.mass, 1, 4}, row.sites);
    const double square = map.field_scale * map.field_scale;
    const auto values = reference::circle_values(map.phi4, row.sites, 6 / map.field_scale);
    CHECK(values.log_z + map.log_z_offset(row.sites) == Approx(row.log_z).margin(1.5e-8));
    CHECK(square * values.phi_squared == Approx(row.x_squared).margin(1.5e-8));
    CHECK(square * square * values.phi_fourth == Approx(row.x_fourth).margin(1.5e-8));
    CHECK(square * values.opposite == Approx(row.opposite).margin(1.5e-8));
    CHECK(square * values.mean_squared == Approx(row.mean_squared).margin(1.5e-8));
    CHECK(values.action / row.sites == Approx(row.energy).margin(1.5e-8));
  }
}

TEST_CASE("theories outside a convention are refused", "[conventions]") {
  CHECK_THROWS_WITH(to_phi4(Hopping{0, 0.1}, 2), ContainsSubstring("kappa must be positive"));
  CHECK_THROWS_AS(to_phi4(DoubleWell{-1, 1, 4}, 8), ConfigError);
  CHECK_THROWS_AS(to_hopping(Phi4{-1, 0}, 2), ConfigError);
}
