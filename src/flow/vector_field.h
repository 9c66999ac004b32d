// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "flow/energy_path.h"

namespace floe::flow {

/// A velocity field V_t(x) with its divergence. Evaluation uses buffers of the object: every thread works on a clone.
template <class T>
class VectorField {
 public:
  virtual ~VectorField() = default;
  virtual std::unique_ptr<VectorField> clone() const = 0;
  /// The number of sites of one sample.
  virtual Eigen::Index size() const = 0;
  /// The velocity (lane, site) and its exact divergence, sum over sites of dV_x / dphi_x, per sample.
  virtual void velocity_and_divergence(double t, const Block<T>& x, Block<T>& velocity, LaneSums<T>& divergence) = 0;
};

/// A field at one time that is linear in its coefficients, V = sum_k c_k v_k: what the least-squares trainer needs to
/// know. Evaluation uses buffers of the object: every thread works on a clone.
template <class T>
class LinearField {
 public:
  /// One row per basis field, one column per sample.
  using Rows = Eigen::Array<T, lane_count<T>, Eigen::Dynamic>;

  virtual ~LinearField() = default;
  virtual std::unique_ptr<LinearField> clone() const = 0;
  virtual Eigen::Index size() const = 0;
  virtual Eigen::Index parameter_count() const = 0;
  virtual void set_coefficients(const Eigen::VectorXd& coefficients) = 0;

  /// V(x) and div V(x).
  virtual void velocity_and_divergence(const Block<T>& x, Block<T>& velocity, LaneSums<T>& divergence) = 0;

  /// Fixes the point x of the two functions below, which share what depends on x alone; it holds until the next call of
  /// velocity_and_divergence, linearize or add_velocity_gram.
  virtual void linearize(const Block<T>& x) = 0;
  /// rows(lane, k) = div v_k + cotangent . v_k. With cotangent = -grad f these are the Stein features of
  /// least-squares training; with the adjoint variable, the derivative of a log-weight by a coefficient.
  virtual void features(const Block<T>& cotangent, Rows& rows) = 0;
  /// result = (dV/dx)^T cotangent + grad div V.
  virtual void adjoint(const Block<T>& cotangent, Block<T>& result) = 0;

  /// gram += sum over the block's samples of v_k . v_l, the metric of the velocity; (parameters, parameters), its lower
  /// triangle.
  virtual void add_velocity_gram(const Block<T>& x, Eigen::MatrixXd& gram) = 0;
};

}  // namespace floe::flow
