// SPDX-License-Identifier: MIT
#include "lattice/thermodynamic_integration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "lattice/site_mean.h"

namespace floe::lattice {
namespace {

struct Node {
  double position;  // in (0, 1)
  double weight;
};

/// Where the weight of a site has fallen by exp(-drop) against its largest value.
double site_range(double quadratic, double quartic, double drop) {
  const double well = quadratic < 0 ? -quadratic / (2 * quartic) : 0;  // phi^2 at the minima
  const double minimum = quadratic < 0 ? -quadratic * quadratic / (4 * quartic) : 0;
  double range = std::sqrt(well) + 1e-3;
  while (range * range * (quadratic + quartic * range * range) - minimum < drop) range *= 1.1;
  return range;
}

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

/// sum_{x,mu} phi_x phi_{x+mu} = sum_x phi_x J_x / 2 of each sample, phi_x replaced by its mean given J_x.
Eigen::ArrayXXd conditional_links(const Geometry& geometry, const SiteMean& site_mean, const Block<double>& phi) {
  const int neighbours = 2 * geometry.dimension();
  Lanes<double> sum = Lanes<double>::Zero();
  for (int site = 0; site < geometry.volume(); ++site) {
    const int* others = geometry.neighbours(site);
    Lanes<double> source = phi.col(others[0]);
    for (int i = 1; i < neighbours; ++i) source += phi.col(others[i]);
    for (Eigen::Index lane = 0; lane < source.size(); ++lane) sum[lane] += source[lane] * site_mean(source[lane]);
  }
  return 0.5 * sum.transpose();
}

/// <sum_{x,mu} phi_x phi_{x+mu}> of a theory, from a simulation to its end. False if it was stopped.
bool measure_links(const Geometry& geometry, const Phi4& theory, const MonteCarloOptions& options, std::uint64_t seed,
                   const std::function<bool()>& stop, Estimate& links) {
  MonteCarlo simulation(geometry, theory, options, seed);
  MonteCarloHooks hooks;
  hooks.stop = stop;
  // A site that is its own neighbour has no mean given the others.
  if (std::find(geometry.sizes().begin(), geometry.sizes().end(), 1) != geometry.sizes().end()) {
    if (!simulation.run(hooks)) return false;
    const int column = simulation.observables().index("links");
    const double volume = geometry.volume();
    links = gamma_method(simulation.series(), [=](const Eigen::ArrayXd& means) { return volume * means[column]; });
    return true;
  }
  const double quadratic = theory.mass_squared + 2 * geometry.dimension();
  // Sites move together where neighbours bind them: as far as the weight of a constant field lets them.
  const double range =
      std::max(site_range(quadratic, theory.coupling, 8), site_range(theory.mass_squared, theory.coupling, 8));
  const double largest = 2 * geometry.dimension() * range;
  const SiteMean site_mean(quadratic, theory.coupling, largest);
  Series series(1, options.chains);
  hooks.measurement = [&](int first_chain, const Block<double>& phi) {
    series.append_block(first_chain, conditional_links(geometry, site_mean, phi));
  };
  if (!simulation.run(hooks)) return false;
  links = gamma_method(series, mean_of(0));
  return true;
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
  const double minimum = quadratic < 0 ? -quadratic * quadratic / (4 * quartic) : 0;
  const auto excess = [&](double phi) { return phi * phi * (quadratic + quartic * phi * phi) - minimum; };
  const double range = site_range(quadratic, quartic, 45);
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
    Estimate integrand;
    if (!measure_links(geometry, theory, chains, node_seed++, stop, integrand)) {
      throw DataError("thermodynamic integration was stopped (not all nodes are measured); run it again");
    }
    // phi = sqrt(a) times the field of the theory.
    integrand.value *= 2 / a;
    integrand.error *= 2 / a;
    integrand.error_of_error *= 2 / a;
    result.hopping.push_back(a);
    result.integrand.push_back(integrand);
    result.value += node.weight * integrand.value;
    variance += std::pow(node.weight * integrand.error, 2);
  }
  result.error = std::sqrt(variance);
  return result;
}

}  // namespace floe::lattice
