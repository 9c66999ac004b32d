// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>

#include "flow/flow.h"
#include "flow/population.h"

namespace floe::flow {

/// A Markov update of a block of samples that leaves exp(-f_t) as it is, whatever random numbers it draws from the
/// key's streams first, first + 1, ...; `node` is the number of the time. Called from all threads.
template <class T>
using PathUpdate = std::function<void(double t, int node, random::Key key, std::uint64_t first, Block<T>& x)>;

/// A flow interrupted by Markov updates at equidistant times: between them samples follow the field, and log-weights
/// gain f_t - f_t' + int div V (see Population), so that whatever the field and however slowly the updates mix,
/// averages and log Z are unbiased up to the error of the integration: nonequilibrium transport sampling (Albergo and
/// Vanden-Eijnden, arXiv:2410.02711), stochastic normalizing flows (Wu, Koehler, Noe, arXiv:2002.06707), and for a
/// field of zero annealed importance sampling (Neal 2001). The field should be one that follows the path; updates make
/// up for what it misses at each time, so that errors of different times no longer add up.
template <class T>
class StochasticTransport final {
 public:
  /// `updates` times in (0, 1]; flow.options().steps Runge-Kutta steps are shared among the intervals. Throws
  /// ConfigError for updates < 1.
  StochasticTransport(const Flow<T>& flow, int updates, PathUpdate<T> update);

  const EnergyPath<T>& path() const { return flow_.path(); }

  /// Samples first, first + 1, ... with their log-weights: as Flow::sample, for one thread.
  LaneSums<T> sample(random::Key key, std::uint64_t first, Block<T>& x);

  /// `count` samples that are resampled when less than the share `resample_below` of them counts, on all threads: the
  /// mean of exp(log_weights + log_z) is Z without bias, and samples are no longer independent. Samples first, ... of
  /// the key; `stop` is polled and ends with TrainingStopped.
  Population<T> population(random::Key key, std::uint64_t first, std::int64_t count, double resample_below,
                           const std::function<bool()>& stop = {}) const;

 private:
  double time(int node) const { return node == updates_ ? 1 : static_cast<double>(node) / updates_; }
  LaneSums<T> advance(Flow<T>& flow, int node, Block<T>& x) const;

  Flow<T> flow_;
  int updates_;
  PathUpdate<T> update_;
};

}  // namespace floe::flow
