// SPDX-License-Identifier: MIT
#include "lattice/monte_carlo.h"

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/threads.h"
#include "lattice/conventions.h"
#include "support/catch.h"

using floe::Block;
using namespace floe::lattice;

namespace {

struct Reference {
  std::string name;
  double value;
  double error;
};

/// Runs, and compares quantities with reference values within 3 sigma of the combined errors.
void check_run(const Geometry& geometry, const Phi4& phi4, const MonteCarloOptions& options, std::uint64_t seed,
               const std::vector<Reference>& references, double largest_tau) {
  MonteCarlo simulation(geometry, phi4, options, seed);
  REQUIRE(simulation.run());
  const std::vector<Quantity> quantities = simulation.observables().quantities();
  const std::vector<Estimate> estimates = simulation.estimates();
  double phi_fourth = 0;
  for (std::size_t i = 0; i < quantities.size(); ++i) {
    if (quantities[i].name == "phi_fourth") phi_fourth = estimates[i].value;
    for (const Reference& reference : references) {
      if (reference.name != quantities[i].name) continue;
      CAPTURE(reference.name, estimates[i].value, estimates[i].error, reference.value, estimates[i].tau_int);
      CHECK(std::abs(estimates[i].value - reference.value) < 3 * std::hypot(estimates[i].error, reference.error));
      CHECK(estimates[i].tau_int < largest_tau);
      CHECK(estimates[i].tau_int > 0.3);
      CHECK(estimates[i].error < 0.05 * std::abs(reference.value));
    }
  }
  // <S>/V = 1/2 - lambda <phi^4>, with the error of the sum of both sides.
  const int action = simulation.observables().index("action");
  const int fourth = simulation.observables().index("phi_fourth");
  const Estimate identity = gamma_method(simulation.series(), [&](const Eigen::ArrayXd& means) {
    return means[action] + phi4.coupling * means[fourth] - 0.5;
  });
  CAPTURE(identity.value, identity.error, phi_fourth);
  CHECK(std::abs(identity.value) < 3 * identity.error);
  CHECK(identity.error < 0.005);
}

MonteCarloOptions options_for(Algorithm algorithm, std::int64_t measurements) {
  MonteCarloOptions options;
  options.algorithm = algorithm;
  options.chains = 32;
  options.thermalisation = 300;
  options.measurements = measurements;
  if (algorithm == Algorithm::fourier_hmc) options.hmc.trajectory_length = std::numbers::pi / 2;
  return options;
}

}  // namespace

namespace {

void check_phi4(int size, double coupling, std::int64_t measurements, const std::vector<Reference>& references) {
  for (const Algorithm algorithm : {Algorithm::wolff, Algorithm::hmc, Algorithm::fourier_hmc}) {
    CAPTURE(static_cast<int>(algorithm));
    MonteCarloOptions options = options_for(algorithm, measurements);
    if (algorithm == Algorithm::hmc) options.interval = size / 4;
    check_run(Geometry({size, size}), {-4, coupling}, options, 21, references, algorithm == Algorithm::wolff ? 3 : 10);
  }
}

}  // namespace

// Reference values of independent Monte Carlo programs of high statistics at m^2 = -4.
TEST_CASE("phi^4 on 6x6 agrees with independent simulations", "[monte_carlo]") {
  check_phi4(6, 6.975, 1500,
             {{"abs_magnetisation", 0.141536, 0.000064},
              {"susceptibility", 1.06355, 0.00085},
              {"connected_susceptibility", 0.34238, 0.00026},
              {"binder", 0.19210, 0.00043},
              {"phi_squared", 0.161399, 0.000022},
              {"phi_fourth", 0.052582, 0.000013},
              {"two_point_k_min", 0.33219, 0.00011},
              {"xi_second_moment", 1.4838, 0.0009}});
}

TEST_CASE("phi^4 on 8x8 agrees with independent simulations", "[monte_carlo]") {
  check_phi4(8, 6.008, 1000,
             {{"abs_magnetisation", 0.142377, 0.000079},
              {"susceptibility", 1.8993, 0.0019},
              {"binder", 0.20991, 0.00052},
              {"phi_squared", 0.183916, 0.000024},
              {"phi_fourth", 0.066796, 0.000014},
              {"xi_second_moment", 2.0019, 0.0015}});
}

TEST_CASE("phi^4 on 12x12 agrees with independent simulations", "[monte_carlo]") {
  check_phi4(12, 5.276, 500,
             {{"abs_magnetisation", 0.14016, 0.00010},
              {"susceptibility", 4.1136, 0.0050},
              {"phi_squared", 0.210446, 0.000027},
              {"phi_fourth", 0.084968, 0.000017},
              {"xi_second_moment", 2.9989, 0.0025}});
}

TEST_CASE("variants of the cluster algorithm agree", "[monte_carlo]") {
  const std::vector<Reference> references = {{"susceptibility", 1.06355, 0.00085}, {"phi_squared", 0.161399, 0.000022}};
  for (const ClusterChoice clusters : {ClusterChoice::one, ClusterChoice::all}) {
    for (const RadialUpdate radial : {RadialUpdate::metropolis, RadialUpdate::hmc}) {
      CAPTURE(static_cast<int>(clusters), static_cast<int>(radial));
      MonteCarloOptions options = options_for(Algorithm::wolff, 1500);
      options.wolff.clusters = clusters;
      options.wolff.radial = radial;
      options.wolff.cluster_updates = clusters == ClusterChoice::one ? 2 : 1;
      check_run(Geometry({6, 6}), {-4, 6.975}, options, 22, references, 4);
    }
  }
}

TEST_CASE("the double well on a circle agrees with its transfer matrix", "[monte_carlo]") {
  struct Case {
    int sites;
    double mass, x_squared, x_fourth, opposite, mean_squared, energy_per_site;
  };
  for (const Case& c : {Case{16, 1.5, 1.01283913, 1.97140201, 0.73451193, 0.82220012, 0.37678737},
                        Case{8, 6.0, 5.88532794, 35.97144886, 5.83539478, 5.84963457, -3.99643111}}) {
    CAPTURE(c.sites, c.mass);
    const Rescaled well = to_phi4(DoubleWell{.mass = c.mass}, c.sites);
    MonteCarloOptions options = options_for(Algorithm::wolff, 4000);
    options.start_width = 2;
    options.interval = 5;
    MonteCarlo simulation(Geometry({c.sites}), well.phi4, options, 23);
    REQUIRE(simulation.run());
    const Observables& observables = simulation.observables();
    const auto check = [&](const std::string& column, double factor, double exact) {
      const int index = observables.index(column);
      const Estimate estimate =
          gamma_method(simulation.series(), [=](const Eigen::ArrayXd& means) { return factor * means[index]; });
      CAPTURE(column, estimate.value, estimate.error, estimate.tau_int, exact);
      CHECK(std::abs(estimate.value - exact) < 3 * estimate.error);
      CHECK(estimate.error < 0.01 * std::abs(exact));
    };
    const double square = well.field_scale * well.field_scale;
    check("phi_squared", square, c.x_squared);
    check("phi_fourth", square * square, c.x_fourth);
    check("m_squared", square, c.mean_squared);
    // In one dimension the slices are the sites: the sum over tau is over all pairs at this distance.
    check("correlator_" + std::to_string(c.sites / 2), square, c.opposite);
    check("action", 1, c.energy_per_site);
  }
}

TEST_CASE("the free field is exact in one to four dimensions", "[monte_carlo]") {
  const Phi4 phi4{1, 0};
  for (const char* shape : {"8", "6x4", "4x3x5", "3x4x2x3"}) {
    for (const Algorithm algorithm : {Algorithm::wolff, Algorithm::hmc, Algorithm::fourier_hmc}) {
      CAPTURE(shape, static_cast<int>(algorithm));
      const Geometry geometry = parse_geometry(shape);
      double phi_squared = 0;
      for (int k = 0; k < geometry.volume(); ++k) {
        phi_squared += 0.5 / (geometry.khat_squared(k) + 1) / geometry.volume();
      }
      MonteCarloOptions options = options_for(algorithm, 400);
      options.interval = 2;
      check_run(geometry, phi4, options, 34, {{"susceptibility", 0.5, 0}, {"phi_squared", phi_squared, 0}}, 3);
    }
  }
}

TEST_CASE("exp(-dH) averages to one over a run", "[monte_carlo]") {
  for (const Algorithm algorithm : {Algorithm::hmc, Algorithm::fourier_hmc}) {
    MonteCarloOptions options = options_for(algorithm, 1000);
    options.hmc.target_acceptance = 0.95;
    MonteCarlo simulation(Geometry({6, 6}), {-4, 6.975}, options, 25);
    simulation.run();
    const UpdateStatistics statistics = simulation.statistics();
    CHECK(statistics.acceptance == Approx(0.95).margin(0.03));
    // For normal dH the acceptance erfc(sigma / sqrt 8) is 0.92 or more: sigma^2 < 0.05, Var(exp(-dH)) = exp(sigma^2)
    // - 1.
    CHECK(std::abs(statistics.boltzmann - 1) < 3 * std::sqrt(std::expm1(0.05) / 32000));
    CHECK(statistics.flipped == 0);
  }
}

TEST_CASE("results do not depend on threads or other chains", "[monte_carlo]") {
  const Geometry geometry({4, 6});
  for (const Algorithm algorithm : {Algorithm::wolff, Algorithm::hmc, Algorithm::fourier_hmc}) {
    CAPTURE(static_cast<int>(algorithm));
    MonteCarloOptions options = options_for(algorithm, 30);
    options.thermalisation = 60;
    options.interval = 2;
    const auto run = [&](int threads, int chains) {
      floe::set_threads(threads);
      options.chains = chains;
      MonteCarlo simulation(geometry, {-4, 6}, options, 26);
      simulation.run();
      return simulation.series();
    };
    const Series one = run(1, 32);
    const Series two = run(2, 32);
    const Series fewer = run(2, 16);
    floe::set_threads(0);
    for (int chain = 0; chain < 32; ++chain) {
      CHECK((one.chain(chain) == two.chain(chain)).all());
      if (chain < 16) CHECK((one.chain(chain) == fewer.chain(chain)).all());
    }
    CHECK((one.chain(0).col(0) != one.chain(1).col(0)).any());
  }
}

TEST_CASE("an interrupted simulation resumes bit for bit", "[monte_carlo]") {
  const Geometry geometry({32, 32});
  for (const Algorithm algorithm : {Algorithm::wolff, Algorithm::hmc, Algorithm::fourier_hmc}) {
    // Stopped within thermalisation, at its end, and between measurements: rounds are 244 updates of this size.
    for (const std::int64_t thermalisation : {30, 20, 7}) {
      CAPTURE(static_cast<int>(algorithm), thermalisation);
      MonteCarloOptions options = options_for(algorithm, 5);
      options.chains = 16;
      options.thermalisation = thermalisation;
      options.interval = 5;
      MonteCarlo whole(geometry, {-4, 4.572}, options, 27);
      REQUIRE(whole.run());
      MonteCarlo first(geometry, {-4, 4.572}, options, 27);
      MonteCarloHooks hooks;
      std::vector<std::int64_t> saved;
      hooks.configurations = [&](std::int64_t measurement, const std::vector<Block<double>>&) {
        saved.push_back(measurement);
      };
      hooks.stop = [&] { return saved.size() == 2; };
      REQUIRE_FALSE(first.run(hooks));
      CHECK_FALSE(first.complete());
      const MonteCarloState state = first.state();
      CHECK(state.updates == thermalisation + 10);
      MonteCarlo second(geometry, {-4, 4.572}, options, 27);
      second.restore(state, first.series());
      REQUIRE(second.run());
      for (int chain = 0; chain < 16; ++chain) {
        CHECK((whole.series().chain(chain) == second.series().chain(chain)).all());
      }
      for (std::size_t block = 0; block < 2; ++block) {
        CHECK((whole.configurations()[block] == second.configurations()[block]).all());
      }
      CHECK(whole.statistics().acceptance == second.statistics().acceptance);
    }
  }
}

TEST_CASE("configurations and progress are reported in order", "[monte_carlo]") {
  MonteCarloOptions options = options_for(Algorithm::wolff, 10);
  options.thermalisation = 5;
  options.interval = 3;
  MonteCarlo simulation(Geometry({4, 4}), {-4, 6}, options, 28);
  MonteCarloHooks hooks;
  std::vector<std::int64_t> measurements, progress;
  const int column = simulation.observables().index("phi_squared");
  hooks.configuration_interval = 4;
  hooks.configurations = [&](std::int64_t measurement, const std::vector<Block<double>>& blocks) {
    measurements.push_back(measurement);
    REQUIRE(blocks.size() == 4);
    // What is handed over is what was measured.
    const double phi_squared = blocks[2].row(3).square().mean();
    CHECK(phi_squared == Approx(simulation.series().chain(19)(column, measurement)).epsilon(1e-13));
  };
  hooks.progress = [&](std::int64_t done, std::int64_t total) {
    progress.push_back(done);
    CHECK(total == 35);
  };
  REQUIRE(simulation.run(hooks));
  CHECK(measurements == std::vector<std::int64_t>{0, 4, 8});
  CHECK(progress == std::vector<std::int64_t>{8, 20, 32, 35});
  CHECK(simulation.series().length(0) == 10);
}

TEST_CASE("impossible simulations are refused with the reason", "[monte_carlo]") {
  const Geometry geometry({4, 4});
  const Phi4 phi4{-4, 6};
  MonteCarloOptions options;
  options.chains = 12;
  CHECK_THROWS_WITH(MonteCarlo(geometry, phi4, options, 1),
                    ContainsSubstring("chains=12") && ContainsSubstring("choose a multiple of 8"));
  options = {};
  options.interval = 0;
  CHECK_THROWS_WITH(MonteCarlo(geometry, phi4, options, 1), ContainsSubstring("interval=0"));
  options = {};
  options.start_width = -1;
  CHECK_THROWS_AS(MonteCarlo(geometry, phi4, options, 1), floe::ConfigError);
  options = {};
  options.wolff.sweeps = 0;
  CHECK_THROWS_WITH(MonteCarlo(geometry, phi4, options, 1), ContainsSubstring("sweeps=0"));
  options = {};
  options.fourier.mass_squared = -1;
  CHECK_THROWS_WITH(MonteCarlo(geometry, phi4, options, 1), ContainsSubstring("fourier mass_squared=-1"));
  CHECK_THROWS_AS(MonteCarlo(geometry, Phi4{-4, 0}, {}, 1), floe::ConfigError);

  options = {};
  options.chains = 8;
  options.thermalisation = 2;
  options.measurements = 2;
  MonteCarlo simulation(geometry, phi4, options, 1);
  simulation.run();
  MonteCarlo other(Geometry({5, 4}), phi4, options, 1);
  CHECK_THROWS_WITH(other.restore(simulation.state(), simulation.series()), ContainsSubstring("another simulation"));
  Series empty(simulation.observables().count(), 8);
  CHECK_THROWS_AS(simulation.restore(simulation.state(), empty), floe::ShapeError);
}
