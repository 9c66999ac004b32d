// SPDX-License-Identifier: MIT
#include "lattice/monte_carlo.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

#include "base/error.h"

namespace floe::lattice {
namespace {

constexpr int lanes = lane_count<double>;
// Site updates of all chains in one round, a fraction of a second on one core: how often hooks are called.
constexpr std::int64_t round_work = 4'000'000;

std::unique_ptr<Update> make_update(const Geometry& geometry, const Phi4& phi4, const MonteCarloOptions& options) {
  switch (options.algorithm) {
    case Algorithm::hmc:
      return make_hmc_update(geometry, phi4, options.hmc);
    case Algorithm::fourier_hmc:
      return make_fourier_hmc_update(geometry, phi4, options.hmc, options.fourier);
    case Algorithm::wolff:
      break;
  }
  return make_wolff_update(geometry, phi4, options.wolff, options.hmc);
}

// Validated before any other member is built from them.
const MonteCarloOptions& checked(const MonteCarloOptions& options, const Phi4& phi4) {
  phi4.validate();
  options.validate();
  return options;
}

}  // namespace

void MonteCarloOptions::validate() const {
  if (chains < lanes || chains % lanes != 0) {
    throw ConfigError(
        fmt::format("chains={} ({} chains are updated together); choose a multiple of {}", chains, lanes, lanes));
  }
  if (thermalisation < 0 || measurements < 0 || interval < 1) {
    throw ConfigError(
        fmt::format("thermalisation={}, measurements={}, interval={} (counts of updates); choose at least 0, "
                    "0 and 1",
                    thermalisation, measurements, interval));
  }
  if (!(start_width >= 0 && std::isfinite(start_width))) {
    throw ConfigError(
        fmt::format("start_width={} (a standard deviation is not negative); choose for example 0.5", start_width));
  }
  hmc.validate();
  fourier.validate();
  wolff.validate();
}

MonteCarlo::MonteCarlo(Geometry geometry, const Phi4& phi4, const MonteCarloOptions& options, std::uint64_t seed)
    : geometry_(std::move(geometry)),
      options_(checked(options, phi4)),
      observables_(geometry_, phi4),
      series_(observables_.count(), options.chains),
      totals_(Eigen::ArrayXXd::Zero(3, options.chains)) {
  const random::Key key = random::make_key(seed, "monte carlo");
  for (int chain = 0; chain < options.chains; chain += lanes) {
    random_.emplace_back(key, static_cast<std::uint64_t>(chain));
    Block<double> field(lanes, geometry_.volume());
    random_.back().fill_normal(field);
    fields_.push_back(options.start_width * field);
    update_.push_back(make_update(geometry_, phi4, options));
  }
}

MonteCarlo::~MonteCarlo() = default;

bool MonteCarlo::complete() const {
  return updates_ >= options_.thermalisation + options_.measurements * options_.interval;
}

// Updates from + 1 ... to of one block. After thermalisation, every interval-th update is followed by a measurement.
void MonteCarlo::advance_block(std::size_t block, std::int64_t from, std::int64_t to, const MonteCarloHooks& hooks) {
  Block<double>& field = fields_[block];
  const int first_chain = static_cast<int>(block) * lanes;
  for (std::int64_t update = from; update < to; ++update) {
    const bool thermalising = update < options_.thermalisation;
    if (update == options_.thermalisation) update_[block]->finish_thermalisation();
    const UpdateReport report =
        (*update_[block])(field, random_[block], thermalising ? Phase::thermalisation : Phase::measurement);
    if (thermalising) continue;
    auto totals = totals_.middleCols(first_chain, lanes);
    totals.row(0) += report.acceptance.transpose();
    totals.row(1) += report.boltzmann.transpose();
    totals.row(2) += report.flipped.transpose();
    if ((update + 1 - options_.thermalisation) % options_.interval == 0) {
      series_.append_block(first_chain, observables_(field));
      if (hooks.measurement) hooks.measurement(first_chain, field);
    }
  }
  if (!(field * 0.0 == 0.0).all()) {
    throw NumericalError(
        fmt::format("a chain among {} to {} is no longer finite after {} updates (the field overflowed); "
                    "check the couplings",
                    first_chain, first_chain + lanes - 1, to));
  }
}

bool MonteCarlo::run(const MonteCarloHooks& hooks) {
  const std::int64_t total = options_.thermalisation + options_.measurements * options_.interval;
  const std::int64_t site_updates = static_cast<std::int64_t>(geometry_.volume()) * options_.chains;
  const std::int64_t round = std::max<std::int64_t>(1, round_work / site_updates);
  const std::int64_t configuration_updates =
      std::max<std::int64_t>(1, hooks.configuration_interval) * options_.interval;
  const auto blocks = static_cast<std::int64_t>(fields_.size());
  while (!complete()) {
    if (hooks.stop && hooks.stop()) return false;
    std::int64_t target = std::min(total, updates_ + round);
    // The measurement whose configurations are wanted next ends a round.
    std::int64_t next_configuration = total + 1;
    if (hooks.configurations) {
      const std::int64_t first = options_.thermalisation + options_.interval;
      const std::int64_t passed = updates_ < first ? 0 : (updates_ - first) / configuration_updates + 1;
      next_configuration = first + passed * configuration_updates;
      target = std::min(target, next_configuration);
    }
    std::exception_ptr failure;
#ifdef _OPENMP
#pragma omp parallel for schedule(dynamic)
#endif
    for (std::int64_t block = 0; block < blocks; ++block) {
      try {
        advance_block(static_cast<std::size_t>(block), updates_, target, hooks);
      } catch (...) {
#ifdef _OPENMP
#pragma omp critical(floe_monte_carlo_failure)
#endif
        if (!failure) failure = std::current_exception();
      }
    }
    if (failure) std::rethrow_exception(failure);
    updates_ = target;
    if (hooks.configurations && updates_ == next_configuration) {
      hooks.configurations((updates_ - options_.thermalisation) / options_.interval - 1, fields_);
    }
    if (hooks.progress) hooks.progress(updates_, total);
  }
  return true;
}

UpdateStatistics MonteCarlo::statistics() const {
  const double count = static_cast<double>(std::max<std::int64_t>(0, updates_ - options_.thermalisation));
  if (count == 0) return {};
  const Eigen::ArrayXd mean = totals_.rowwise().mean() / count;
  return {mean[0], mean[1], mean[2]};
}

std::vector<Estimate> MonteCarlo::estimates() const {
  return gamma_method(series_, observables_.quantities());
}

MonteCarloState MonteCarlo::state() const {
  MonteCarloState state;
  state.updates = updates_;
  state.configurations = fields_;
  for (const random::LaneStream& stream : random_) state.positions.push_back(stream.position());
  for (const auto& update : update_) state.adapted.push_back(update->state());
  state.totals = totals_;
  return state;
}

void MonteCarlo::restore(const MonteCarloState& state, Series series) {
  const std::size_t blocks = fields_.size();
  const std::int64_t measured = std::max<std::int64_t>(0, state.updates - options_.thermalisation) / options_.interval;
  bool fits = state.configurations.size() == blocks && state.positions.size() == blocks &&
              state.adapted.size() == blocks && state.totals.rows() == totals_.rows() &&
              state.totals.cols() == totals_.cols() && series.chains() == options_.chains &&
              series.observables() == observables_.count();
  for (const Block<double>& field : state.configurations) fits = fits && field.cols() == geometry_.volume();
  for (int chain = 0; fits && chain < series.chains(); ++chain) fits = series.length(chain) == measured;
  if (!fits) {
    throw ShapeError(
        fmt::format("the saved state of another simulation ({} blocks, {} updates, {} measured chains; this "
                    "one has {} blocks of {} sites, {} chains and would hold {} measurements of each); "
                    "continue with the options it was made with",
                    state.configurations.size(), state.updates, series.chains(), blocks, geometry_.volume(),
                    options_.chains, measured));
  }
  for (std::size_t block = 0; block < blocks; ++block) {
    update_[block]->set_state(state.adapted[block]);
    random_[block].set_position(state.positions[block]);
  }
  updates_ = state.updates;
  fields_ = state.configurations;
  totals_ = state.totals;
  series_ = std::move(series);
}

}  // namespace floe::lattice
