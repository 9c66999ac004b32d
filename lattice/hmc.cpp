// SPDX-License-Identifier: MIT
#include "lattice/hmc.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "lattice/kick.h"
#include "lattice/lane_mask.h"

namespace floe::lattice {

void HmcOptions::validate() const {
  if (!(trajectory_length > 0 && std::isfinite(trajectory_length))) {
    throw ConfigError(fmt::format("trajectory_length={} (a trajectory takes a positive time); choose for example 1",
                                  trajectory_length));
  }
  if (!(jitter >= 0 && jitter < 1)) {
    throw ConfigError(
        fmt::format("jitter={} (trajectories would run backwards); choose at least 0 and below 1", jitter));
  }
  if (max_steps < 1) {
    throw ConfigError(
        fmt::format("max_steps={} (a trajectory has at least one step); choose for example 1000", max_steps));
  }
  StepSizeAdaptation(initial_step, target_acceptance);
}

Hmc::Hmc(const Geometry& geometry, const Phi4& phi4, const HmcOptions& options, std::optional<FourierMass> mass)
    : geometry_(&geometry),
      phi4_(phi4),
      options_(options),
      mass_(std::move(mass)),
      adaptation_(options.initial_step, options.target_acceptance),
      integrator_(options.method) {
  options.validate();
  trial_.resize(Eigen::NoChange, geometry.volume());
  momentum_.resize(Eigen::NoChange, geometry.volume());
}

int Hmc::steps() const {
  const double steps = std::ceil(options_.trajectory_length / adaptation_.step());
  return static_cast<int>(std::clamp(steps, 1.0, static_cast<double>(options_.max_steps)));
}

double Hmc::step_size() const {
  return options_.trajectory_length / steps();
}

void Hmc::draw_momentum(Block<double>& momentum, random::LaneStream& random) {
  if (mass_) {
    mass_->draw(momentum, random);
  } else {
    momentum.resize(Eigen::NoChange, geometry_->volume());
    random.fill_normal(momentum);
  }
}

Lanes<double> Hmc::energy(const Block<double>& field, const Block<double>& momentum) {
  const Lanes<double> potential = action(*geometry_, phi4_, field);
  if (mass_) return potential + mass_->energy(momentum);
  const Vector<double>* const p = sites(momentum);
  LaneAccumulator<double> sum;
  for (int site = 0; site < geometry_->volume(); ++site) sum.add(0.5 * p[site] * p[site]);
  return potential + sum.total();
}

std::size_t Hmc::integrate(Block<double>& field, Block<double>& momentum, double length, int steps) {
  return integrate(field, momentum, length, steps, Lanes<double>::Ones());
}

// Time stretched by c: with P = c pi the drift is the usual one and the force gets c^2.
std::size_t Hmc::integrate(Block<double>& field, Block<double>& momentum, double length, int steps,
                           const Lanes<double>& stretch) {
  momentum.colwise() *= stretch;
  const Lanes<double> factor = -stretch.square();
  const auto kick = [&](const Block<double>& phi, Block<double>& p, double h) {
    add_action_gradient(*geometry_, phi4_, phi, h * factor, p);
  };
  std::size_t evaluations = 0;
  if (mass_) {
    const auto velocity = [&](const Block<double>& p, Block<double>& dqdt) { mass_->velocity(p, dqdt); };
    evaluations = static_cast<std::size_t>(integrator_(kick, field, momentum, length, steps, velocity).nfe);
  } else {
    evaluations = static_cast<std::size_t>(integrator_(kick, field, momentum, length, steps).nfe);
  }
  momentum.colwise() /= stretch;
  return evaluations;
}

Hmc::Result Hmc::operator()(Block<double>& field, random::LaneStream& random) {
  const Lanes<double> stretch = 1 + options_.jitter * (2 * random.uniform() - 1);
  const Lanes<double> decision = random.uniform();
  draw_momentum(momentum_, random);
  trial_ = field;
  const Lanes<double> before = energy(field, momentum_);
  integrate(trial_, momentum_, options_.trajectory_length, steps(), stretch);
  Result result;
  result.energy_change = energy(trial_, momentum_) - before;
  for (int lane = 0; lane < lane_count<double>; ++lane) {
    double& change = result.energy_change[lane];
    if (std::isnan(change)) change = std::numeric_limits<double>::infinity();
    result.acceptance[lane] = std::min(1.0, std::exp(-change));
    result.accepted[lane] = decision[lane] < result.acceptance[lane] ? 1 : 0;
  }
  const auto accept = as_vector(result.accepted) != 0.0;
  Vector<double>* const old_field = sites(field);
  const Vector<double>* const new_field = sites(static_cast<const Block<double>&>(trial_));
  for (int site = 0; site < geometry_->volume(); ++site) {
    old_field[site] = accept ? new_field[site] : old_field[site];
  }
  return result;
}

void Hmc::adapt(const Result& result) {
  adaptation_.update(result.acceptance.mean());
}

void Hmc::finish_adaptation() {
  adaptation_.finish();
}

std::vector<double> Hmc::state() const {
  std::vector<double> result = adaptation_.state();
  if (mass_) {
    result.push_back(mass_->mass_squared());
    result.push_back(mass_->scale());
  }
  return result;
}

void Hmc::set_state(const std::vector<double>& state) {
  const std::size_t expected = mass_ ? 6 : 4;
  if (state.size() != expected) {
    throw ShapeError(fmt::format("{} numbers as the state of a hybrid Monte Carlo (it has {}); pass what state() gave",
                                 state.size(), expected));
  }
  adaptation_.set_state({state.begin(), state.begin() + 4});
  if (mass_) mass_->set(state[4], state[5]);
}

}  // namespace floe::lattice
