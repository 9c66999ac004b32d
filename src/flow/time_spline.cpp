// SPDX-License-Identifier: MIT
#include "flow/time_spline.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"

namespace floe::flow {

TimeSpline::TimeSpline(Eigen::MatrixXd values) : values_(std::move(values)) {
  const Eigen::Index n = values_.cols();
  if (n < 4)
    throw ShapeError(fmt::format("{} time nodes (a cubic spline needs at least 4); set train.nodes to 4 or more", n));
  if (!values_.allFinite())
    throw NumericalError(
        "coefficients are not finite (the regression broke down); increase train.ridge or train.walkers");
  // Continuity of the first derivative at the inner nodes, and a continuous third derivative next to the ends.
  const double h = 1.0 / static_cast<double>(n - 1);
  Eigen::MatrixXd system = Eigen::MatrixXd::Zero(n, n);
  Eigen::MatrixXd right = Eigen::MatrixXd::Zero(n, values_.rows());
  for (Eigen::Index i = 1; i + 1 < n; ++i) {
    system(i, i - 1) = h / 6;
    system(i, i) = 2 * h / 3;
    system(i, i + 1) = h / 6;
    right.row(i) = (values_.col(i + 1) - 2 * values_.col(i) + values_.col(i - 1)).transpose() / h;
  }
  system(0, 0) = 1, system(0, 1) = -2, system(0, 2) = 1;
  system(n - 1, n - 1) = 1, system(n - 1, n - 2) = -2, system(n - 1, n - 3) = 1;
  curvatures_ = system.partialPivLu().solve(right).transpose();
}

Eigen::VectorXd TimeSpline::operator()(double t) const {
  const Eigen::Index intervals = values_.cols() - 1;
  const double position = std::clamp(t, 0.0, 1.0) * static_cast<double>(intervals);
  const auto i = std::min(static_cast<Eigen::Index>(position), intervals - 1);
  const double b = position - static_cast<double>(i), a = 1 - b;
  const double h = 1.0 / static_cast<double>(intervals), scale = h * h / 6;
  return a * values_.col(i) + b * values_.col(i + 1) + scale * (a * a * a - a) * curvatures_.col(i) +
         scale * (b * b * b - b) * curvatures_.col(i + 1);
}

Eigen::VectorXd b_splines(int count, double t) {
  const int degree = std::min(3, count - 1);
  std::vector<double> knots(degree, 0.0);
  for (int i = 0; i <= count - degree; ++i) knots.push_back(static_cast<double>(i) / (count - degree));
  knots.insert(knots.end(), degree, 1.0);
  // Cox-de Boor recurrence; the last interval includes t = 1.
  Eigen::VectorXd basis = Eigen::VectorXd::Zero(count + degree);
  const int interval = std::min(static_cast<int>(t * (count - degree)), count - degree - 1) + degree;
  basis[interval] = 1;
  for (int p = 1; p <= degree; ++p)
    for (int i = 0; i < count + degree - p; ++i) {
      const double left = knots[i + p] - knots[i], right = knots[i + p + 1] - knots[i + 1];
      basis[i] = (left > 0 ? (t - knots[i]) / left * basis[i] : 0.0) +
                 (right > 0 ? (knots[i + p + 1] - t) / right * basis[i + 1] : 0.0);
    }
  return basis.head(count);
}

}  // namespace floe::flow
