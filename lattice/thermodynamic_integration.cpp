// SPDX-License-Identifier: MIT
#include "lattice/thermodynamic_integration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace floe::lattice {
namespace {

struct Node {
  double position;  // in (0, 1)
  double weight;
};

// Gauss-Legendre nodes by Newton's method on the Legendre polynomial.
std::vector<Node> gauss_legendre(int count) {
  std::vector<Node> nodes;
  const auto n = static_cast<unsigned>(count);
  for (int i = 0; i < count; ++i) {
    double x = std::cos(std::numbers::pi * (i + 0.75) / (count + 0.5));
    double derivative = 0;
    for (int iteration = 0; iteration < 100; ++iteration) {
      const double value = std::legendre(n, x);
      derivative = count * (x * value - std::legendre(n - 1, x)) / (x * x - 1);
      const double change = value / derivative;
      x -= change;
      if (std::abs(change) < 1e-15) break;
    }
    nodes.push_back({(1 - x) / 2, 1 / ((1 - x * x) * derivative * derivative)});
  }
  return nodes;
}

}  // namespace

void ThermodynamicIntegrationOptions::validate() const {
  if (nodes < 1) {
    throw ConfigError(fmt::format("nodes={} (a quadrature needs at least one); choose for example 12", nodes));
  }
  chains.validate();
  if (chains.measurements < 1) {
    throw ConfigError("measurements=0 (the integrand is measured); choose for example 1000");
  }
}

double log_site_integral(double quadratic, double quartic) {
  if (!(quartic > 0 || (quartic == 0 && quadratic > 0)) || !std::isfinite(quadratic) || !std::isfinite(quartic)) {
    throw ConfigError(
        fmt::format("the integral over one site with quadratic={}, quartic={} diverges (exp(-S) of a site does "
                    "not decay); choose quartic > 0, or quartic = 0 with quadratic > 0",
                    quadratic, quartic));
  }
  // The trapezoidal rule converges faster than any power once it resolves the wells.
  const double well = quadratic < 0 ? -quadratic / (2 * quartic) : 0;  // phi^2 at the minima
  const double minimum = quadratic < 0 ? -quadratic * quadratic / (4 * quartic) : 0;
  const auto excess = [&](double phi) { return phi * phi * (quadratic + quartic * phi * phi) - minimum; };
  double range = std::sqrt(well) + 1e-3;
  while (excess(range) < 45) range *= 1.1;
  constexpr int intervals = 4000;
  const double step = 2 * range / intervals;
  double sum = 0;
  for (int i = 0; i <= intervals; ++i) sum += std::exp(-excess(-range + step * i));
  return std::log(sum * step) - minimum;
}

LogZEstimate integrate_log_z(const Geometry& geometry, const Phi4& phi4, const ThermodynamicIntegrationOptions& options,
                             std::uint64_t seed, const std::function<bool()>& stop) {
  phi4.validate();
  options.validate();
  const double dimension = geometry.dimension();
  const double volume = geometry.volume();
  const double quadratic = phi4.mass_squared + 2 * dimension;
  LogZEstimate result;
  result.log_z_0 = volume * log_site_integral(quadratic, phi4.coupling);
  result.value = result.log_z_0;
  double variance = 0;
  std::uint64_t node_seed = random::make_key(seed, "thermodynamic integration").value;
  for (const Node& node : gauss_legendre(options.nodes)) {
    const double a = node.position;
    const Phi4 theory{(quadratic - 2 * dimension * a) / a, phi4.coupling / (a * a)};
    MonteCarloOptions chains = options.chains;
    chains.start_width *= std::sqrt(a);
    chains.wolff.local.initial_width *= std::sqrt(a);
    chains.hmc.initial_step *= std::sqrt(a);
    MonteCarlo simulation(geometry, theory, chains, node_seed++);
    MonteCarloHooks hooks;
    hooks.stop = stop;
    if (!simulation.run(hooks)) {
      throw DataError("thermodynamic integration was stopped (not all nodes are measured); run it again");
    }
    const int links = simulation.observables().index("links");
    const double factor = 2 * volume / a;
    const Estimate integrand = gamma_method(
        simulation.series(), [links, factor](const Eigen::ArrayXd& means) { return factor * means[links]; });
    result.hopping.push_back(a);
    result.integrand.push_back(integrand);
    result.value += node.weight * integrand.value;
    variance += std::pow(node.weight * integrand.error, 2);
  }
  result.error = std::sqrt(variance);
  return result;
}

}  // namespace floe::lattice
