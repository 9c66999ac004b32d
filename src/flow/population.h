// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include <Eigen/Core>

#include "base/lanes.h"
#include "random/philox.h"

namespace floe::flow {

/// Weighted samples that follow a path of distributions, p_t = exp(-f_t) / Z_t: sequential Monte Carlo. A sample that
/// is carried from t to t' by a map, x' = T(x), gains
///
///   log w += f_t(x) - f_t'(x') + log |dT/dx| ,
///
/// after which averages with weights are those of p_t', whatever T, and a Markov update that leaves p_t' as it is
/// leaves the weights as they are (Jarzynski, Phys. Rev. Lett. 78 (1997) 2690; Neal, Stat. Comput. 11 (2001) 125). The
/// mean weight estimates Z_t without bias.
template <class T>
struct Population {
  std::vector<Block<T>> blocks;
  Eigen::VectorXd log_weights;  ///< one per sample, since the last resampling
  double log_z = 0;             ///< of what has been resampled, and of the base

  std::int64_t size() const { return log_weights.size(); }
  /// Weights with mean 1.
  Eigen::VectorXd weights() const;
  /// (sum w)^2 / (n sum w^2).
  double effective_share() const;
  /// log Z_t: that of the base and the log of the mean weight.
  double log_normalisation() const;
  /// Replaces samples by copies in proportion to their weights (systematic resampling, one uniform of the key's stream
  /// `round`), and resets the weights to their mean.
  void resample(random::Key key, std::uint64_t round);
};

}  // namespace floe::flow
