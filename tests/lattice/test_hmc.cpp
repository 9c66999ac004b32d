// SPDX-License-Identifier: MIT
#include "lattice/hmc.h"

#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <optional>

#include "base/error.h"
#include "lattice/free_field.h"
#include "lattice/kick.h"
#include "lattice/local_update.h"
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

TEST_CASE("jitter stretches the time of each chain by its own factor", "[hmc]") {
  const Phi4 phi4{-4, 6.975};
  for (const char* shape : {"7", "3x5", "4x4"}) {
    for (const bool fourier : {false, true}) {
      for (const auto method : {ode::SymplecticMethod::leapfrog, ode::SymplecticMethod::fourth_order}) {
        CAPTURE(shape, fourier, static_cast<int>(method));
        const Geometry geometry = parse_geometry(shape);
        HmcOptions options;
        options.method = method;
        options.jitter = 0.4;
        Hmc hmc(geometry, phi4, options, mass_for(geometry, fourier));
        const Block<double> start = 0.3 * reference::random_block<double>(geometry.volume(), 12);
        Block<double> field = start;
        random_numbers::LaneStream random(random_numbers::make_key(6, "test"), 0);
        const Hmc::Result result = hmc(field, random);

        random_numbers::LaneStream again(random_numbers::make_key(6, "test"), 0);
        const Lanes<double> stretch = 1 + 0.4 * (2 * again.uniform() - 1);
        const Lanes<double> decision = again.uniform();
        Block<double> drawn;
        hmc.draw_momentum(drawn, again);
        CHECK(again.position() == random.position());
        const Lanes<double> before = hmc.energy(start, drawn);
        for (int lane = 0; lane < 8; ++lane) {
          Block<double> end = start;
          Block<double> momentum = drawn;
          hmc.integrate(end, momentum, stretch[lane] * options.trajectory_length, hmc.steps());
          const double change = hmc.energy(end, momentum)[lane] - before[lane];
          CHECK(std::abs(result.energy_change[lane] - change) < 1e-10);
          CHECK(result.accepted[lane] == (decision[lane] < std::exp(-change) ? 1 : 0));
          const Block<double>& kept = result.accepted[lane] != 0 ? end : start;
          CHECK((field.row(lane) - kept.row(lane)).abs().maxCoeff() < 1e-10);
        }
      }
    }
  }
}

TEST_CASE("dH of the free field in equilibrium is distributed exactly", "[hmc]") {
  // In the units x = (phi_k, pi_k) / (their widths) n leapfrog steps of w = omega h are the matrix
  //     T = (cos na, r sin na; -(1/r) sin na, cos na),   cos a = 1 - w^2 / 2,   r = 1 / sqrt(1 - w^2 / 4),
  // and dH = x (T^t T - 1) x / 2 with normal x. With e = tr T^t T - 2 = (r - 1/r)^2 sin^2(na), for each mode,
  //     <dH> = e / 2,   Var dH = e (2 + e) / 2,   <exp(-2 dH)> = 1 / sqrt(1 - 2 e):
  // the errors of both means are known, not estimated.
  constexpr double mass_squared = 0.5;
  for (const char* shape : {"1", "5", "4x4", "3x5"}) {
    for (const bool fourier : {false, true}) {
      for (const double jitter : {0.0, 0.2}) {
        const Geometry geometry = parse_geometry(shape);
        const FreeField free(geometry, mass_squared);
        HmcOptions options;
        options.trajectory_length = fourier ? 1.7 : 1;
        options.initial_step = fourier ? 0.4 : 0.2;
        options.jitter = jitter;
        std::optional<FourierMass> mass;
        if (fourier) mass.emplace(geometry, 0.9, 1.7);
        Hmc hmc(geometry, free.phi4(), options, mass);

        constexpr int points = 400;  // midpoint rule in the stretch
        double change = 0, square = 0, boltzmann_square = 0;
        for (int point = 0; point < points; ++point) {
          const double stretch = 1 + jitter * (2 * (point + 0.5) / points - 1);
          double mean = 0, variance = 0, log_square = 0;
          for (int k = 0; k < geometry.volume(); ++k) {
            const double khat_squared = geometry.khat_squared(k);
            const double inertia = fourier ? 1.7 * (khat_squared + 0.9) : 1;
            const double w2 = 2 * (khat_squared + mass_squared) / inertia * std::pow(stretch * hmc.step_size(), 2);
            const double sine = std::sin(hmc.steps() * std::acos(1 - w2 / 2));
            const double e = w2 * w2 / (16 - 4 * w2) * sine * sine;
            mean += e / 2;
            variance += e * (2 + e) / 2;
            log_square -= 0.5 * std::log(1 - 2 * e);
          }
          change += mean / points;
          square += (variance + mean * mean) / points;
          boltzmann_square += std::exp(log_square) / points;
        }

        random_numbers::LaneStream fields(random_numbers::make_key(7, "fields"), 0);
        random_numbers::LaneStream random(random_numbers::make_key(7, "trajectories"), 0);
        Mean energy_change, boltzmann;
        Block<double> field;
        for (int i = 0; i < 2000; ++i) {
          free.sample(fields, field);
          const Hmc::Result result = hmc(field, random);
          for (const double dh : result.energy_change) {
            energy_change.add(dh);
            boltzmann.add(std::exp(-dh));
          }
        }
        CAPTURE(shape, fourier, jitter, hmc.steps(), energy_change.value(), change, boltzmann.value());
        CHECK(hmc.steps() == 5);
        CHECK(std::abs(energy_change.value() - change) < 3 * std::sqrt((square - change * change) / boltzmann.count));
        CHECK(std::abs(boltzmann.value() - 1) < 3 * std::sqrt((boltzmann_square - 1) / boltzmann.count));
        CHECK(std::sqrt((boltzmann_square - 1) / boltzmann.count) < 0.003);
      }
    }
  }
}

TEST_CASE("dH of phi^4 in equilibrium obeys the fluctuation relation", "[hmc]") {
  // P(dH) exp(-dH) = P(-dH), of which <exp(-dH)> = 1 is the integral. Its sample mean is no test at large steps: where
  // P(dH > D) = 0.03 the average owes 0.03 to dH < -D, of probability below exp(-D) 0.03, which no sample shows.
  // Integrals of bounded functions have no such tail. The fields come from local updates, which know nothing of
  // trajectories.
  const Geometry geometry({4, 4});
  const Phi4 phi4{-4, 6.975};
  // 4 sigma, as compilers differ in rounding and so in the course of a chain.
  for (const bool fourier : {false, true}) {
    HmcOptions options;
    options.trajectory_length = fourier ? std::numbers::pi / 2 : 1;
    Hmc hmc(geometry, phi4, options, mass_for(geometry, fourier));
    random_numbers::LaneStream random(random_numbers::make_key(3, "test"), 0);
    LocalUpdate update(geometry, phi4, {});
    Block<double> field = 0.3 * reference::random_block<double>(16, 7);
    for (int i = 0; i < 200; ++i) update.adapt(update(field, random));
    for (int i = 0; i < 300; ++i) hmc.adapt(hmc(field, random));
    hmc.finish_adaptation();
    CHECK(hmc.steps() > 2);
    Mean acceptance, accepted, uphill, inner;
    for (int i = 0; i < 1500; ++i) {
      for (int sweep = 0; sweep < 10; ++sweep) update(field, random);
      Block<double> end = field;
      const Hmc::Result result = hmc(end, random);
      for (int lane = 0; lane < 8; ++lane) {
        const double dh = result.energy_change[lane];
        acceptance.add(result.acceptance[lane]);
        accepted.add(result.accepted[lane]);
        uphill.add(dh > 0 ? std::exp(-dh) : -1);              // <exp(-dH); dH > 0> = P(dH < 0)
        inner.add(std::abs(dh) < 2 ? std::exp(-dh) - 1 : 0);  // <exp(-dH); |dH| < 2> = P(|dH| < 2)
      }
    }
    CAPTURE(fourier, hmc.steps(), acceptance.value(), uphill.value(), inner.value());
    CHECK(std::abs(uphill.value()) < 4 * uphill.error());
    CHECK(std::abs(inner.value()) < 4 * inner.error());
    CHECK(uphill.error() < 0.01);
    CHECK(inner.error() < 0.01);
    // The number of steps is whole, and the adaptation has seen 300 trajectories.
    CHECK(acceptance.value() == Approx(0.8).margin(0.05));
    CHECK(std::abs(acceptance.value() - accepted.value()) < 4 * accepted.error());
  }
}

TEST_CASE("momenta of a Fourier mass have its distribution and energy", "[hmc]") {
  for (const char* shape : {"1", "2", "5", "6x4", "3x5x2"}) {
    CAPTURE(shape);
    const Geometry geometry = parse_geometry(shape);
    const int volume = geometry.volume();
    FourierMass mass(geometry, 0.7, 1.5);
    Eigen::MatrixXcd modes(volume, volume);  // exp(-i k x), by the definition of the transform
    Eigen::ArrayXcd inertia(volume);
    for (int k = 0; k < volume; ++k) {
      inertia[k] = 1.5 * (geometry.khat_squared(k) + 0.7);
      for (int x = 0; x < volume; ++x) {
        double phase = 0;
        for (int mu = 0; mu < geometry.dimension(); ++mu) {
          const auto axis = static_cast<std::size_t>(mu);
          phase -=
              2 * std::numbers::pi * geometry.coordinates(k)[axis] * geometry.coordinates(x)[axis] / geometry.size(mu);
        }
        modes(x, k) = std::polar(1.0, phase);
      }
    }
    const auto transformed = [&](const Block<double>& block) -> Eigen::ArrayXXcd {
      return (block.matrix().cast<std::complex<double>>() * modes).array();
    };
    // pi_k = sqrt(M(k)) xi_k with the normal xi of the same stream: covariance V M(k), exactly, for every mode.
    random_numbers::LaneStream random(random_numbers::make_key(4, "test"), 0);
    random_numbers::LaneStream again = random;
    Block<double> momentum;
    mass.draw(momentum, random);
    Block<double> noise(8, volume);
    again.fill_normal(noise);
    const Eigen::ArrayXXcd spectrum = transformed(momentum);
    CHECK((spectrum - (transformed(noise).rowwise() * inertia.sqrt().transpose())).abs().maxCoeff() < 1e-11);
    CHECK(random.position() == again.position());
    // K = 1/2 sum_k |pi_k|^2 / (V M(k)) and the velocity pi_k / M(k).
    const Eigen::ArrayXd energy =
        0.5 / volume * (spectrum.abs2().rowwise() / inertia.real().transpose()).rowwise().sum();
    CHECK((mass.energy(momentum) - energy).abs().maxCoeff() < 1e-11);
    Block<double> velocity;
    mass.velocity(momentum, velocity);
    CHECK((transformed(velocity) - (spectrum.rowwise() / inertia.transpose())).abs().maxCoeff() < 1e-11);
    // Each mode holds 1/2 on average: <K> = V / 2 with variance V / 2.
    Mean mean;
    for (int i = 0; i < 500; ++i) {
      mass.draw(momentum, random);
      for (const double value : mass.energy(momentum)) mean.add(value);
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
