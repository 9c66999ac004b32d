// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/lanes.h"
#include "lattice/error_analysis.h"
#include "lattice/geometry.h"
#include "lattice/observables.h"
#include "lattice/phi4.h"
#include "lattice/update.h"

namespace floe::lattice {

enum class Algorithm { hmc, fourier_hmc, wolff };

/// A simulation as data. One update is a trajectory (hmc, fourier_hmc) or cluster updates and radial sweeps (wolff).
struct MonteCarloOptions {
  Algorithm algorithm = Algorithm::wolff;
  int chains = 64;                    ///< Independent chains, a multiple of 8.
  std::int64_t thermalisation = 500;  ///< Updates of each chain before the first measurement; adaptation happens here.
  std::int64_t measurements = 1000;   ///< Of each chain.
  int interval = 1;                   ///< Updates between measurements.
  double start_width = 0.5;           ///< Chains start from independent normals of this standard deviation.
  HmcOptions hmc;                     ///< For hmc, fourier_hmc, and wolff with trajectories as radial update.
  FourierOptions fourier;
  WolffOptions wolff;

  /// Throws ConfigError.
  void validate() const;
};

/// What a simulation calls while it runs, from the thread that called run() between updates unless said otherwise.
struct MonteCarloHooks {
  /// Polled several times a second; true ends the run early, after the current round.
  std::function<bool()> stop;
  /// Updates of each chain done and wanted, thermalisation included.
  std::function<void(std::int64_t done, std::int64_t total)> progress;
  /// The configurations of all chains, block after block, at every configuration_interval-th measurement (counted from
  /// 0): measurement 0, configuration_interval, ...
  std::function<void(std::int64_t measurement, const std::vector<Block<double>>& blocks)> configurations;
  std::int64_t configuration_interval = 1;
  /// The configurations of chains first_chain, first_chain + 1, ... at each of their measurements, unlike the others
  /// from the thread that works on them: what it does for different chains happens at the same time.
  std::function<void(int first_chain, const Block<double>& block)> measurement;
};

/// All that a simulation needs to go on bit for bit as if it had not been interrupted, besides its measurements.
struct MonteCarloState {
  std::int64_t updates = 0;  ///< Of each chain, thermalisation included.
  std::vector<Block<double>> configurations;
  std::vector<std::uint64_t> positions;      ///< Of the random numbers of each block.
  std::vector<std::vector<double>> adapted;  ///< Update::state() of each block.
  Eigen::ArrayXXd totals;                    ///< Sums behind the statistics: (acceptance, boltzmann, flipped; chain).
};

/// Averages over all updates after thermalisation and all chains.
struct UpdateStatistics {
  double acceptance = 0;
  /// The sample mean of exp(-dH), whose expectation is 1 in equilibrium. It falls short of 1 by about the fraction of
  /// trajectories with large dH, as P(dH) exp(-dH) = P(-dH) and no sample is long enough to see their mirror images:
  /// by some percent at an acceptance of 0.8, by nothing visible above 0.95.
  double boltzmann = 0;
  double flipped = 0;
};

/// Many independent Markov chains of phi^4 theory, eight side by side, blocks over OpenMP threads.
///
/// Chain c draws from the random stream of sample c under the key made of the seed and "monte carlo". The step sizes of
/// molecular dynamics are adapted block by block, all else chain by chain: results depend neither on the number of
/// threads nor on the number of other blocks.
class MonteCarlo final {
 public:
  /// Throws ConfigError.
  MonteCarlo(Geometry geometry, const Phi4& phi4, const MonteCarloOptions& options, std::uint64_t seed);
  ~MonteCarlo();
  MonteCarlo(const MonteCarlo&) = delete;
  MonteCarlo& operator=(const MonteCarlo&) = delete;

  /// Runs until all measurements are taken or a hook stops it. Returns whether it is complete; if not, run() goes on.
  /// Throws NumericalError when a configuration is no longer finite.
  bool run(const MonteCarloHooks& hooks = {});

  bool complete() const;
  const Geometry& geometry() const { return geometry_; }
  const MonteCarloOptions& options() const { return options_; }
  const Observables& observables() const { return observables_; }
  /// The measurements so far, (observable, time) of each chain.
  const Series& series() const { return series_; }
  /// The present configurations, block after block.
  const std::vector<Block<double>>& configurations() const { return fields_; }
  UpdateStatistics statistics() const;
  /// Quantities of observables().quantities() with errors by the Gamma-method.
  std::vector<Estimate> estimates() const;

  MonteCarloState state() const;
  /// Goes on from a state, which must come from a simulation of the same lattice, theory, options and seed, with the
  /// measurements taken until then. Throws ShapeError.
  void restore(const MonteCarloState& state, Series series);

 private:
  void advance_block(std::size_t block, std::int64_t from, std::int64_t to, const MonteCarloHooks& hooks);

  Geometry geometry_;
  MonteCarloOptions options_;
  Observables observables_;
  Series series_;
  std::int64_t updates_ = 0;
  std::vector<Block<double>> fields_;
  std::vector<random::LaneStream> random_;
  std::vector<std::unique_ptr<Update>> update_;
  Eigen::ArrayXXd totals_;
};

}  // namespace floe::lattice
