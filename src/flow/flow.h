// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "flow/energy_path.h"
#include "flow/vector_field.h"
#include "ode/options.h"

namespace floe::flow {

/// A continuous normalizing flow: the base p_0 of an energy path carried by dx/dt = V_t(x) from t = 0 to t = 1. Its
/// density q follows from the divergence along the way,
///
///   log q(x_1) = log p_0(x_0) - int_0^1 div V_t(x_t) dt ,
///
/// and the importance weight of a sample for the target exp(-f_1) is w = exp(-f_1) / q, with E_q[w] = Z_1. Integration
/// uses buffers of the object: every thread works on a clone. T is the precision of the fields; weights are float64.
template <class T>
class Flow final {
 public:
  Flow(std::shared_ptr<const EnergyPath<T>> path, std::unique_ptr<VectorField<T>> field, ode::Options options);
  Flow(const Flow& other);

  const EnergyPath<T>& path() const { return *path_; }
  VectorField<T>& field() { return *field_; }
  const ode::Options& options() const { return options_; }
  /// The same flow, integrated otherwise.
  Flow with_options(const ode::Options& options) const { return Flow(path_, field_->clone(), options); }

  /// Moves samples along the flow and returns the integral of the divergence. Backwards for t1 < t0. Throws
  /// NumericalError when a sample leaves the numbers.
  LaneSums<T> transport(Block<T>& x, double t0, double t1);

  /// Fresh samples of the flow with their log-weights: x becomes the images of the base samples first, first + 1, ...
  LaneSums<T> sample(random::Key key, std::uint64_t first, Block<T>& x);

  /// log w of given samples, by integrating them back to the base.
  LaneSums<T> log_weight(const Block<T>& x);

  /// log q of given samples.
  LaneSums<T> log_density(const Block<T>& x);

 private:
  std::shared_ptr<const EnergyPath<T>> path_;
  std::unique_ptr<VectorField<T>> field_;
  ode::Options options_;
};

}  // namespace floe::flow
