// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Eigenvalues>
#include <cmath>

#include "lattice/phi4.h"

namespace floe::lattice::reference {

/// Exact values of phi^4 theory on a circle from the eigenvalues of its transfer matrix, trapezoidal in the field: the
/// error falls faster than any power of the number of points.
struct CircleValues {
  double log_z, phi_squared, phi_fourth, opposite /* <phi_0 phi_{N/2}> */, mean_squared /* <M^2> */, action;
};

inline CircleValues circle_values(const Phi4& phi4, int sites, double range, int points = 481) {
  const double spacing = 2 * range / (points - 1);
  const Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(points, -range, range);
  const Eigen::ArrayXd square = x * x;
  const Eigen::ArrayXd well = phi4.mass_squared * square + phi4.coupling * square * square;
  Eigen::MatrixXd transfer(points, points);
  for (int i = 0; i < points; ++i) {
    for (int j = 0; j < points; ++j) {
      const double difference = x[i] - x[j];
      transfer(i, j) = spacing * std::exp(-difference * difference - (well[i] + well[j]) / 2);
    }
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(transfer);
  const double largest = solver.eigenvalues().maxCoeff();
  const Eigen::ArrayXd scaled = solver.eigenvalues().array().max(0) / largest;
  const Eigen::MatrixXd& vectors = solver.eigenvectors();
  const Eigen::ArrayXd powers = scaled.pow(sites);
  const double trace = powers.sum();
  const auto average = [&](const Eigen::ArrayXd& values) {
    const Eigen::ArrayXd diagonal = (vectors.array().square().colwise() * values).colwise().sum();
    return (diagonal * powers).sum() / trace;
  };
  const Eigen::ArrayXXd position = (vectors.transpose() * x.matrix().asDiagonal() * vectors).array().square();
  const auto correlation = [&](int distance) {
    const Eigen::VectorXd left = scaled.pow(distance), right = scaled.pow(sites - distance);
    return left.dot(position.matrix() * right) / trace;
  };
  CircleValues result{};
  result.log_z = sites * std::log(largest) + std::log(trace);
  result.phi_squared = average(square);
  result.phi_fourth = average(square * square);
  result.opposite = correlation(sites / 2);
  for (int distance = 0; distance < sites; ++distance) result.mean_squared += correlation(distance) / sites;
  result.action = sites * (2 * result.phi_squared - 2 * correlation(1) + phi4.mass_squared * result.phi_squared +
                           phi4.coupling * result.phi_fourth);
  return result;
}

}  // namespace floe::lattice::reference
