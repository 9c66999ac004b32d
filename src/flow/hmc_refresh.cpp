// SPDX-License-Identifier: MIT
#include "flow/hmc_refresh.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/parallel_for.h"
#include "flow/require.h"
#include "ode/hamiltonian.h"

namespace floe::flow {
namespace {

/// Normals for every site of every sample of a block, from streams that come in blocks of doubles.
template <class T>
struct Streams {
  static constexpr int width = lane_count<double>, parts = lane_count<T> / width;
  std::vector<random::LaneStream> streams;

  Streams(random::Key key, std::uint64_t first) {
    for (int part = 0; part < parts; ++part)
      streams.emplace_back(key, first + static_cast<std::uint64_t>(part * width));
  }
  void normal(Block<T>& x) {
    Block<double> values(width, x.cols());
    for (int part = 0; part < parts; ++part) {
      streams[static_cast<std::size_t>(part)].fill_normal(values);
      x.template middleRows<width>(part * width) = values.template cast<T>();
    }
  }
  LaneSums<T> uniform() {
    LaneSums<T> values;
    for (int part = 0; part < parts; ++part)
      values.template segment<width>(part * width) = streams[static_cast<std::size_t>(part)].uniform();
    return values;
  }
};

}  // namespace

void HmcRefreshOptions::validate() const {
  require_at_least("refresh.trajectories", trajectories, 0);
  require_at_least("refresh.steps", steps, 1);
  if (!(acceptance > 0 && acceptance < 1))
    throw ConfigError(
        fmt::format("refresh.acceptance = {} (between 0 and 1, both excluded); 0.85 is a good value", acceptance));
}

template <class T>
double hmc_refresh(const EnergyPath<T>& path, double t, const HmcRefreshOptions& options, double step, random::Key key,
                   std::uint64_t first, Block<T>& x) {
  Streams<T> random(key, first);
  ode::HamiltonianIntegrator<Block<T>> integrator;
  Block<T> momentum(lane_count<T>, x.cols()), start;
  double acceptance = 0;
  for (int trajectory = 0; trajectory < options.trajectories; ++trajectory) {
    start = x;
    random.normal(momentum);
    const auto kinetic = [&] {
      LaneSums<T> sum = LaneSums<T>::Zero();
      for (Eigen::Index site = 0; site < momentum.cols(); ++site)
        sum += momentum.col(site).template cast<double>().square() / 2;
      return sum;
    };
    const LaneSums<T> before = path.energy(t, x) + kinetic();
    // Each sample stretches its own time, by the factor s: the force and the drift are both multiplied by it.
    const LaneSums<T> stretch = 0.8 + 0.4 * random.uniform();
    const Lanes<T> factor = stretch.template cast<T>();
    Block<T> rate;
    const auto force = [&](const Block<T>& q, Block<T>& p_rate) {
      path.gradient(t, q, p_rate);
      p_rate.colwise() *= -factor;
    };
    const auto velocity = [&](const Block<T>& p, Block<T>& q_rate) { q_rate = p.colwise() * factor; };
    integrator(force, x, momentum, step * options.steps, options.steps, velocity);
    const LaneSums<T> change = path.energy(t, x) + kinetic() - before;
    const LaneSums<T> uniform = random.uniform();
    for (int lane = 0; lane < lane_count<T>; ++lane) {
      const double probability = std::isfinite(change[lane]) ? std::min(1.0, std::exp(-change[lane])) : 0.0;
      acceptance += probability;
      if (!(uniform[lane] < probability)) x.row(lane) = start.row(lane);
    }
  }
  return options.trajectories > 0 ? acceptance / (options.trajectories * lane_count<T>) : 1;
}

template <class T>
std::vector<double> tune_hmc(const EnergyPath<T>& path, const HmcRefreshOptions& options, int nodes,
                             std::uint64_t seed) {
  options.validate();
  constexpr int blocks = 8, first_rounds = 30, rounds = 4;
  std::vector<Block<T>> walkers(blocks);
  const auto key = random::make_key(seed, "hmc tuning walkers");
  for (int b = 0; b < blocks; ++b) path.sample_base(key, static_cast<std::uint64_t>(b * lane_count<T>), walkers[b]);
  HmcRefreshOptions one = options;
  one.trajectories = 1;
  std::vector<double> steps;
  double step = 0.1;
  for (int node = 0; node < nodes; ++node) {
    const double t = static_cast<double>(node) / (nodes - 1);
    for (int round = 0; round < (node == 0 ? first_rounds : rounds); ++round) {
      const auto round_key = random::make_key(seed, fmt::format("hmc tuning {} {}", node, round));
      std::vector<double> acceptances(blocks);
      parallel_for(blocks, [&](std::int64_t b) {
        acceptances[static_cast<std::size_t>(b)] =
            hmc_refresh(path, t, one, step, round_key, static_cast<std::uint64_t>(b * lane_count<T>),
                        walkers[static_cast<std::size_t>(b)]);
      });
      double mean = 0;
      for (const double acceptance : acceptances) mean += acceptance / blocks;
      step *= std::exp(mean - options.acceptance);
    }
    steps.push_back(step);
  }
  return steps;
}

template double hmc_refresh(const EnergyPath<float>&, double, const HmcRefreshOptions&, double, random::Key,
                            std::uint64_t, Block<float>&);
template double hmc_refresh(const EnergyPath<double>&, double, const HmcRefreshOptions&, double, random::Key,
                            std::uint64_t, Block<double>&);
template std::vector<double> tune_hmc(const EnergyPath<float>&, const HmcRefreshOptions&, int, std::uint64_t);
template std::vector<double> tune_hmc(const EnergyPath<double>&, const HmcRefreshOptions&, int, std::uint64_t);

}  // namespace floe::flow
