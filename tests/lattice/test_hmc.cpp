// SPDX-License-Identifier: MIT
#include "lattice/hmc.h"

#include <cmath>
#include <limits>
#include <numbers>
#include <optional>

#include "base/error.h"
#include "lattice/kick.h"
#include "lattice/reference.h"
#include "support/catch.h"

using floe::Block;
using floe::Lanes;
using namespace floe::lattice;
namespace ode = floe::ode;
namespace random_numbers = floe::random;

namespace {

std::optional<FourierMass> mass_for(const Geometry& geometry, bool fourier) {
  if (fourier) return FourierMass(geometry, 0.5);
  return std::nullopt;
}

/// The mean over lanes and repetitions with its error.
struct Mean {
  double sum = 0, squares = 0;
  int count = 0;
  void add(double x) {
    sum += x;
    squares += x * x;
    ++count;
  }
  double value() const { return sum / count; }
  double error() const { return std::sqrt((squares / count - value() * value()) / (count - 1)); }
};

}  // namespace

TEST_CASE("a kick adds the gradient of the action", "[hmc]") {
  const Phi4 phi4{-1.7, 0.9};
  for (const std::string& shape : reference::shapes) {
    CAPTURE(shape);
    const Geometry geometry = parse_geometry(shape);
    const Block<double> phi = reference::random_block<double>(geometry.volume(), 1);
    const Block<double> start = reference::random_block<double>(geometry.volume(), 2);
    Lanes<double> factor;
    factor << -1, 0.5, 0, 2, 1, -0.25, 3, 1e-3;
    Block<double> gradient;
    action_gradient(geometry, phi4, phi, gradient);
    Block<double> momentum = start;
    add_action_gradient(geometry, phi4, phi, factor, momentum);
    CHECK((momentum - start - gradient.colwise() * factor).abs().maxCoeff() < 1e-12);
  }
  Block<double> wrong = Block<double>::Zero(8, 5);
  const Block<double> phi = Block<double>::Zero(8, 4);
  CHECK_THROWS_WITH(add_action_gradient(Geometry({4}), phi4, phi, Lanes<double>::Ones(), wrong),
                    ContainsSubstring("blocks of 4 and 5 sites"));
}

TEST_CASE("molecular dynamics is reversible", "[hmc]") {
  const Phi4 phi4{-4, 6.975};
  for (const char* shape : {"7", "8x8", "3x4x5", "2x3x2x4"}) {
    for (const bool fourier : {false, true}) {
      for (const auto method : {ode::SymplecticMethod::leapfrog, ode::SymplecticMethod::fourth_order}) {
        CAPTURE(shape, fourier, static_cast<int>(method));
        const Geometry geometry = parse_geometry(shape);
        HmcOptions options;
        options.method = method;
        Hmc hmc(geometry, phi4, options, mass_for(geometry, fourier));
        random_numbers::LaneStream random(random_numbers::make_key(1, "test"), 0);
        const Block<double> start = 0.3 * reference::random_block<double>(geometry.volume(), 5);
        Block<double> field = start;
        Block<double> momentum;
        hmc.draw_momentum(momentum, random);
        const Block<double> first_momentum = momentum;
        hmc.integrate(field, momentum, 1, 20);
        CHECK((field - start).abs().maxCoeff() > 0.1);
        momentum = -momentum;
        hmc.integrate(field, momentum, 1, 20);
        CHECK((field - start).abs().maxCoeff() < 1e-10);
        CHECK((momentum + first_momentum).abs().maxCoeff() < 1e-10);
      }
    }
  }
}

TEST_CASE("the energy error falls with the order of the method", "[hmc]") {
  const Geometry geometry({6, 6});
  const Phi4 phi4{-4, 6.975};
  for (const bool fourier : {false, true}) {
    for (const auto method : {ode::SymplecticMethod::leapfrog, ode::SymplecticMethod::fourth_order}) {
      CAPTURE(fourier, static_cast<int>(method));
      HmcOptions options;
      options.method = method;
      Hmc hmc(geometry, phi4, options, mass_for(geometry, fourier));
      random_numbers::LaneStream random(random_numbers::make_key(2, "test"), 0);
      const Block<double> start = 0.3 * reference::random_block<double>(36, 6);
      Block<double> first_momentum;
      hmc.draw_momentum(first_momentum, random);
      const auto error = [&](int steps) {
        Block<double> field = start;
        Block<double> momentum = first_momentum;
        const Lanes<double> before = hmc.energy(field, momentum);
        const std::size_t evaluations = hmc.integrate(field, momentum, 1, steps);
        CHECK(evaluations ==
              static_cast<std::size_t>(method == ode::SymplecticMethod::leapfrog ? steps + 1 : 5 * steps));
        return std::sqrt((hmc.energy(field, momentum) - before).square().mean());
      };
      const double order = std::log2(error(40) / error(80));
      CHECK(order == Approx(method == ode::SymplecticMethod::leapfrog ? 2 : 4).margin(0.2));
    }
  }
}

TEST_CASE("exp(-dH) averages to one and dH is as acceptance says", "[hmc]") {
  const Geometry geometry({4, 4});
  const Phi4 phi4{-4, 6.975};
  for (const bool fourier : {false, true}) {
    CAPTURE(fourier);
    HmcOptions options;
    options.trajectory_length = fourier ? std::numbers::pi / 2 : 1;
    options.target_acceptance = 0.95;  // at larger steps exp(-dH) has tails that hide from its measured variance
    Hmc hmc(geometry, phi4, options, mass_for(geometry, fourier));
    random_numbers::LaneStream random(random_numbers::make_key(3, "test"), 0);
    Block<double> field = 0.3 * reference::random_block<double>(16, 7);
    for (int i = 0; i < 300; ++i) hmc.adapt(hmc(field, random));
    hmc.finish_adaptation();
    CHECK(hmc.steps() > 2);
    Mean boltzmann, acceptance, accepted;
    for (int i = 0; i < 1500; ++i) {
      const Hmc::Result result = hmc(field, random);
      for (int lane = 0; lane < 8; ++lane) {
        boltzmann.add(std::exp(-result.energy_change[lane]));
        acceptance.add(result.acceptance[lane]);
        accepted.add(result.accepted[lane]);
      }
    }
    CAPTURE(boltzmann.value(), boltzmann.error(), acceptance.value(), hmc.steps());
    CHECK(std::abs(boltzmann.value() - 1) < 3 * boltzmann.error());
    // The number of steps is whole, and the adaptation has seen 300 trajectories.
    CHECK(acceptance.value() == Approx(0.95).margin(0.03));
    CHECK(std::abs(acceptance.value() - accepted.value()) < 3 * accepted.error());
  }
}

TEST_CASE("momenta of a Fourier mass have its distribution and energy", "[hmc]") {
  for (const char* shape : {"5", "6x4", "3x5x2"}) {
    CAPTURE(shape);
    const Geometry geometry = parse_geometry(shape);
    const int volume = geometry.volume();
    FourierMass mass(geometry, 0.7, 1.5);
    // K = 1/2 sum_k |pi_k|^2 / (V M(k)), by the definition of the transform.
    const Block<double> momentum = reference::random_block<double>(volume, 8);
    const Lanes<double> energy = mass.energy(momentum);
    double direct = 0;
    for (int k = 0; k < volume; ++k) {
      double real = 0, imaginary = 0;
      for (int x = 0; x < volume; ++x) {
        double phase = 0;
        for (int mu = 0; mu < geometry.dimension(); ++mu) {
          const auto axis = static_cast<std::size_t>(mu);
          phase +=
              2 * std::numbers::pi * geometry.coordinates(k)[axis] * geometry.coordinates(x)[axis] / geometry.size(mu);
        }
        real += std::cos(phase) * momentum(3, x);
        imaginary += std::sin(phase) * momentum(3, x);
      }
      direct += 0.5 * (real * real + imaginary * imaginary) / (volume * 1.5 * (geometry.khat_squared(k) + 0.7));
    }
    CHECK(energy[3] == Approx(direct).epsilon(1e-12));
    // Each mode holds 1/2 on average: <K> = V / 2 with variance V / 2.
    random_numbers::LaneStream random(random_numbers::make_key(4, "test"), 0);
    Mean mean;
    Block<double> drawn;
    for (int i = 0; i < 500; ++i) {
      mass.draw(drawn, random);
      const Lanes<double> energies = mass.energy(drawn);
      for (int lane = 0; lane < 8; ++lane) mean.add(energies[lane]);
    }
    CHECK(std::abs(mean.value() - 0.5 * volume) < 3 * std::sqrt(0.5 * volume / mean.count));
  }
}

TEST_CASE("a trajectory of a quarter period decorrelates every mode of the free field", "[hmc]") {
  // With M(k) = 2 (khat^2 + m^2) the flow for pi/2 replaces phi by M^-1 pi, whatever phi was.
  const Geometry geometry({8, 6});
  const Phi4 phi4{0.3, 0};
  HmcOptions options;
  options.method = ode::SymplecticMethod::fourth_order;
  Hmc hmc(geometry, phi4, options, FourierMass(geometry, 0.3));
  Block<double> field = reference::random_block<double>(48, 9);
  Block<double> momentum = reference::random_block<double>(48, 10);
  Block<double> expected;
  hmc.mass()->velocity(momentum, expected);
  hmc.integrate(field, momentum, std::numbers::pi / 2, 100);
  CHECK((field - expected).abs().maxCoeff() < 1e-7);
}

TEST_CASE("the step size finds its target and keeps its state", "[hmc]") {
  StepSizeAdaptation adaptation(1e-3, 0.8);
  // An acceptance that falls linearly with the step crosses 0.8 at 0.4.
  for (int i = 0; i < 2000; ++i) adaptation.update(1 - 0.5 * adaptation.step());
  StepSizeAdaptation copy(1e-3, 0.8);
  copy.set_state(adaptation.state());
  copy.update(0.3);
  adaptation.update(0.3);
  CHECK(copy.step() == adaptation.step());
  adaptation.finish();
  CHECK(adaptation.step() == Approx(0.4).epsilon(0.05));
  CHECK_THROWS_AS(copy.set_state({1, 2}), floe::ShapeError);
}

TEST_CASE("a trajectory that overflows is rejected", "[hmc]") {
  const Geometry geometry({4, 4});
  HmcOptions options;
  options.trajectory_length = 100;
  options.initial_step = 10;
  Hmc hmc(geometry, {-4, 6.975}, options);
  random_numbers::LaneStream random(random_numbers::make_key(5, "test"), 0);
  const Block<double> start = 0.3 * reference::random_block<double>(16, 11);
  Block<double> field = start;
  const Hmc::Result result = hmc(field, random);
  CHECK((result.energy_change == std::numeric_limits<double>::infinity()).all());
  CHECK((result.acceptance == 0).all());
  CHECK((result.accepted == 0).all());
  CHECK((field == start).all());
}

TEST_CASE("impossible trajectories are refused with the reason", "[hmc]") {
  const auto message = [](auto change) {
    HmcOptions options;
    change(options);
    try {
      options.validate();
    } catch (const floe::ConfigError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(message([](HmcOptions& o) { o.trajectory_length = 0; }), ContainsSubstring("trajectory_length=0"));
  CHECK_THAT(message([](HmcOptions& o) { o.jitter = 1; }), ContainsSubstring("run backwards"));
  CHECK_THAT(message([](HmcOptions& o) { o.max_steps = 0; }), ContainsSubstring("at least one step"));
  CHECK_THAT(message([](HmcOptions& o) { o.initial_step = -1; }), ContainsSubstring("initial_step=-1"));
  CHECK_THAT(message([](HmcOptions& o) { o.target_acceptance = 1; }), ContainsSubstring("target_acceptance=1"));
  CHECK_THROWS_WITH(FourierMass(Geometry({4}), 0), ContainsSubstring("must be positive"));
}
