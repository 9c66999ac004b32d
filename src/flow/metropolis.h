// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "random/philox.h"

namespace floe::flow {

/// A Markov chain over independent proposals x_0, x_1, ... of a model.
struct IndependenceChain {
  std::vector<std::int64_t> indices;  ///< which proposal the chain holds after each proposal
  std::int64_t accepted = 0;          ///< of the proposals after the first
  double acceptance = 0;              ///< mean of min(1, w' / w) along the chain: less noise than accepted / proposed
  double autocorrelation_time = 0.5;  ///< integrated, of any observable, from the runs of rejections; see below
  std::int64_t longest_run = 0;       ///< most rejections in a row: the chain's tail diagnostic
};

/// Independence Metropolis: proposal i replaces the chain's state with probability min(1, w_i / w_state), for the
/// target exp(log w) q. The chain starts in proposal 0, or in a state of weight initial_log_weight from an earlier
/// part, which indices calls -1. Uniform number i of the stream (key, chain) decides on proposal i + first_position, so
/// that a chain continued in parts is the chain in one piece.
///
/// The autocorrelation of a chain of independent proposals is the probability of t rejections in a row, whatever the
/// observable; so tau = 1/2 + sum_t P(t rejections), from the run lengths r: 1/2 + sum r (r + 1) / 2 / n (Albergo,
/// Kanwar, Shanahan, arXiv 1904.12072, section II.D).
///
/// Throws NumericalError for a log-weight that is not finite, DataError without proposals.
IndependenceChain independence_metropolis(std::span<const double> log_weights, random::Key key,
                                          std::uint64_t chain = 0);
IndependenceChain continue_metropolis(double initial_log_weight, std::span<const double> log_weights, random::Key key,
                                      std::uint64_t chain, std::uint64_t first_position);

/// The mean acceptance of the stationary chain, E_p(x) E_q(y) min(1, w_y / w_x), from one set of samples of q and
/// without random numbers: sum_ij min(w_i, w_j) / (n sum w), by sorting.
double expected_acceptance(std::span<const double> log_weights);

}  // namespace floe::flow
