// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "flow/flow.h"
#include "flow/importance_weights.h"
#include "flow/metropolis.h"

namespace floe::flow {

struct EvaluationOptions {
  std::int64_t samples = 16384;  ///< fresh samples of the flow
  int steps = 16;                ///< Runge-Kutta steps of order four
  std::int64_t halved = 256;     ///< samples repeated with twice the steps, to bound the error of integration
  int updates = 0;  ///< Markov updates along the way of a sample (StochasticTransport); 0 for the flow alone

  /// Throws ConfigError.
  void validate() const;
};

/// A quantity by name, with its error.
struct NamedEstimate {
  std::string name;
  Estimate value;
};

/// What is measured on samples: columns (measured, lane) of a block, and the quantities that are functions of their
/// means.
template <class T>
struct Measurement {
  struct Quantity {
    std::string name;
    ImportanceWeights::Function function;
  };
  int columns = 0;
  std::function<Eigen::ArrayXXd(const Block<T>&)> measure = {};
  std::vector<Quantity> quantities = {};
};

/// A sampler of one thread: as Flow::sample.
template <class T>
using Draw = std::function<LaneSums<T>(random::Key key, std::uint64_t first, Block<T>& x)>;

/// What is judged. Functions are called from one thread each and make what their thread works with.
template <class T>
struct Samplers {
  std::function<Draw<T>()> samples;  ///< with EvaluationOptions::steps
  std::function<Draw<T>()> fine;     ///< with twice the steps and the same random numbers
  std::function<std::function<LaneSums<T>(const Block<T>&)>()> log_weight;  ///< of given samples, by the flow backwards
  bool even = false;  ///< whether the target has the symmetry x -> -x
};

/// The samplers of a flow alone.
template <class T>
Samplers<T> flow_samplers(const Flow<T>& flow, bool even);

/// How good a flow is, seen from both sides.
struct FlowEvaluation {
  ImportanceWeights weights;     ///< of fresh samples; holds ESS, log Z, ELBO
  TargetWeights target_weights;  ///< of samples of the target carried backwards; holds forward ESS, EUBO; may be empty
  IndependenceChain chain;       ///< independence Metropolis over the fresh samples
  std::vector<NamedEstimate> reweighted, raw;
  std::vector<double> log_weights, target_log_weights;  ///< one per sample
  /// The change of log w by twice the steps, mean over EvaluationOptions::halved samples: the bias of log Z that the
  /// integration leaves. The second: the change of log of the mean weight, which is what log Z and ESS feel.
  Estimate step_bias;
  double log_z_change = 0;
  double ess_change = 0;  ///< of the effective sample size of the same samples
  /// For an even target, E[(log w(x) - log w(-x))^2] / 4: the part of the variance of log w that is odd. A sampler that
  /// has lost one of two mirrored modes shows it (reverse ESS does not). 0 for an odd field.
  double odd_variance = 0;
  double tail_index = 0;  ///< of the weights: see weight_tail_index

  /// Whether the integration's bias exceeds three statistical errors of log Z.
  bool steps_too_coarse() const;
  /// Whether ELBO <= log Z <= EUBO within three errors. A violation means missed parts of the target or a wrong
  /// density.
  bool bounds_hold() const;
};

/// Evaluates: fresh samples, and samples of the target (blocks of eight; may be empty; taken as independent) integrated
/// backwards. `stop` is polled; throws TrainingStopped. Memory does not grow with samples but for one log-weight and
/// the measured columns each.
template <class T>
FlowEvaluation evaluate(const Samplers<T>& samplers, const Measurement<T>& measurement,
                        const EvaluationOptions& options, const std::vector<Block<double>>& target_samples,
                        std::uint64_t seed, const std::function<bool()>& stop = {});

/// Forward log-weights alone, of given samples of the target, sample after sample.
template <class T>
std::vector<double> target_log_weights(const Samplers<T>& samplers, const std::vector<Block<double>>& samples);

/// The index k of the power law that the tail of the weights follows, P(w > u) ~ u^(-1/k), from a generalised Pareto
/// distribution fitted to the largest min(n / 5, 3 sqrt(n)) weights (Zhang and Stephens, Technometrics 51 (2009) 316,
/// as in Pareto smoothed importance sampling, Vehtari et al., arXiv:1507.02646). Beyond 1/2 the variance of the weights
/// is infinite, and above 0.7 estimates are not to be trusted whatever their errors say. 0 for fewer than 25 weights.
double weight_tail_index(std::vector<double> log_weights);

}  // namespace floe::flow
