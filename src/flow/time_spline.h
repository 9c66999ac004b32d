// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>

namespace floe::flow {

/// Coefficients as smooth functions of time: the cubic spline (twice differentiable, not-a-knot ends) through values at
/// the nodes t_i = i / (n - 1) of [0, 1].
class TimeSpline final {
 public:
  TimeSpline() = default;
  /// values: (coefficient, node), at least four nodes. Throws ShapeError for fewer, NumericalError for what is not
  /// finite.
  explicit TimeSpline(Eigen::MatrixXd values);

  Eigen::Index coefficient_count() const { return values_.rows(); }
  Eigen::Index node_count() const { return values_.cols(); }
  const Eigen::MatrixXd& values() const { return values_; }

  /// All coefficients at a time in [0, 1].
  Eigen::VectorXd operator()(double t) const;

 private:
  Eigen::MatrixXd values_;
  Eigen::MatrixXd curvatures_;  // second derivatives at the nodes
};

/// The T clamped uniform B-splines of the highest degree up to 3 on [0, 1] at time t: a smooth partition of unity, for
/// corrections to coefficients that vary slowly in time.
Eigen::VectorXd b_splines(int count, double t);

}  // namespace floe::flow
