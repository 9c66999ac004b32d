// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "base/lanes.h"
#include "random/philox.h"

namespace floe::flow {

/// An energy f, the distribution being exp(-f) / Z. Blocks are (lane, site). Safe to call from several threads.
template <class T>
class Energy {
 public:
  virtual ~Energy() = default;
  /// The number of sites (coordinates) of one sample.
  virtual Eigen::Index size() const = 0;
  /// f(x).
  virtual LaneSums<T> energy(const Block<T>& x) const = 0;
  /// df/dx of every site.
  virtual void gradient(const Block<T>& x, Block<T>& gradient) const = 0;
};

/// An energy that is sampled exactly and whose normalisation is known: where a path begins.
template <class T>
class BaseEnergy : public Energy<T> {
 public:
  /// Exact samples of exp(-f) / Z, those with indices first, first + 1, ... of the key's streams.
  virtual void sample(random::Key key, std::uint64_t first, Block<T>& x) const = 0;
  /// log Z.
  virtual double log_z() const = 0;
};

}  // namespace floe::flow
