// SPDX-License-Identifier: MIT
#include "flow/double_well.h"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace floe::flow {

void DoubleWellOptions::validate() const {
  if (sites < 3) throw ConfigError(fmt::format("target.sites = {} (a circle has at least 3); raise it", sites));
  const auto check = [](const char* key, double value) {
    if (!(value > 0) || !std::isfinite(value))
      throw ConfigError(fmt::format("target.{} = {} (must be positive); correct it", key, value));
  };
  check("mass", mass);
  check("coupling", coupling);
  check("time", time);
}

template <class T>
LaneSums<T> DoubleWell<T>::energy(const Block<T>& x) const {
  const double dt = options_.time / options_.sites;
  LaneSums<T> sum = LaneSums<T>::Zero();
  LaneSums<T> before = x.col(size() - 1).template cast<double>();
  for (Eigen::Index i = 0; i < size(); ++i) {
    const LaneSums<T> here = x.col(i).template cast<double>(), square = here.square();
    sum += dt * (options_.coupling / 4 * square - options_.mass / 2) * square +
           options_.mass / (2 * dt) * (here - before).square();
    before = here;
  }
  return sum;
}

template <class T>
void DoubleWell<T>::gradient(const Block<T>& x, Block<T>& gradient) const {
  const double dt = options_.time / options_.sites;
  const T hopping = static_cast<T>(options_.mass / dt), fourth = static_cast<T>(dt * options_.coupling),
          second = static_cast<T>(dt * options_.mass);
  const Eigen::Index n = size();
  gradient.resize(lane_count<T>, n);
  for (Eigen::Index i = 0; i < n; ++i)
    gradient.col(i) = (fourth * x.col(i).square() - second) * x.col(i) +
                      hopping * (2 * x.col(i) - x.col((i + n - 1) % n) - x.col((i + 1) % n));
}

DoubleWellValues exact_double_well(const DoubleWellOptions& options) {
  options.validate();
  const double dt = options.time / options.sites, well = std::sqrt(options.mass / options.coupling);
  // Far enough out that what the quartic wall leaves is below rounding, and points close enough for the narrower of the
  // kinetic Gaussian and the wells.
  const double range = 2 * well + 4 / std::pow(options.coupling, 0.25);
  const double width = std::min(std::sqrt(dt / options.mass), 1.0);
  const int points = std::clamp(static_cast<int>(2 * range / (0.4 * width)) | 1, 201, 1201);
  const double spacing = 2 * range / (points - 1);
  const Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(points, -range, range);
  const Eigen::ArrayXd square = x.square();
  const Eigen::ArrayXd half = dt / 2 * (options.coupling / 4 * square - options.mass / 2) * square;
  Eigen::MatrixXd transfer(points, points);
  for (int j = 0; j < points; ++j)
    transfer.col(j) = spacing * (-half - half[j] - options.mass / (2 * dt) * (x - x[j]).square()).exp();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(transfer);
  const double largest = solver.eigenvalues().maxCoeff();
  const Eigen::ArrayXd scaled = solver.eigenvalues().array().max(0) / largest;
  const Eigen::MatrixXd& vectors = solver.eigenvectors();
  const Eigen::ArrayXd powers = scaled.pow(options.sites);
  const double trace = powers.sum();
  const auto average = [&](const Eigen::ArrayXd& values) {
    const Eigen::ArrayXd diagonal = (vectors.array().square().colwise() * values).colwise().sum();
    return (diagonal * powers).sum() / trace;
  };
  DoubleWellValues result{options.sites * std::log(largest) + std::log(trace), average(square),
                          average(square.square()), 0};
  const Eigen::MatrixXd position = (vectors.transpose() * x.matrix().asDiagonal() * vectors).array().square();
  for (int distance = 0; distance < options.sites; ++distance) {
    const Eigen::VectorXd left = scaled.pow(distance), right = scaled.pow(options.sites - distance);
    result.mean_squared += left.dot(position * right) / trace / options.sites;
  }
  return result;
}

template class DoubleWell<float>;
template class DoubleWell<double>;

}  // namespace floe::flow
