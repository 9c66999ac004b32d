// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "base/lanes.h"
#include "random/philox.h"

namespace floe::flow {

/// A path of energies f_t, t in [0, 1], with p_t = exp(-f_t) / Z_t: from a base that is sampled exactly to the target.
/// Blocks are (lane, site).
template <class T>
class EnergyPath {
 public:
  virtual ~EnergyPath() = default;

  /// The number of sites of one sample.
  virtual Eigen::Index size() const = 0;
  /// f_t(x).
  virtual LaneSums<T> energy(double t, const Block<T>& x) const = 0;
  /// The gradient of f_t with respect to every site.
  virtual void gradient(double t, const Block<T>& x, Block<T>& gradient) const = 0;
  /// The derivative of f_t(x) with respect to t at fixed x.
  virtual LaneSums<T> time_derivative(double t, const Block<T>& x) const = 0;
  /// Exact samples of p_0, those with indices first, first + 1, ... of the key's streams.
  virtual void sample_base(random::Key key, std::uint64_t first, Block<T>& x) const = 0;
  /// log Z_0.
  virtual double base_log_z() const = 0;
};

}  // namespace floe::flow
