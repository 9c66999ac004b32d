// SPDX-License-Identifier: MIT
#include "pde/random_fields/kernel_series.h"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace floe::pde {

Quadrature gauss_legendre(int count, double length) {
  Eigen::VectorXd below(count - 1);
  for (int i = 1; i < count; ++i) below[i - 1] = i / std::sqrt(4.0 * i * i - 1);
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> jacobi;
  jacobi.computeFromTridiagonal(Eigen::VectorXd::Zero(count), below);
  return {.nodes = 0.5 * length * (jacobi.eigenvalues().array() + 1),
          .weights = length * jacobi.eigenvectors().row(0).transpose().array().square()};
}

SquaredExponentialSeries::SquaredExponentialSeries(double length, double extent) : length_(length), extent_(extent) {
  if (!(extent > 0) || !(length >= 0.005 * extent)) {
    throw ConfigError(fmt::format("length = {} on an interval of {} (too short for the series); set it to {} or more",
                                  length, extent, 0.005 * extent));
  }
  // A Gaussian of width l is resolved to rounding by a node every l / 4.
  const int count = 32 + static_cast<int>(std::ceil(4 * extent / length));
  const Quadrature quadrature = gauss_legendre(count, extent);
  nodes_ = quadrature.nodes;
  const Eigen::VectorXd root = quadrature.weights.cwiseSqrt();
  Eigen::MatrixXd kernel(count, count);
  for (int i = 0; i < count; ++i) {
    for (int j = 0; j < count; ++j) {
      kernel(i, j) = root[i] * root[j] * std::exp(-0.5 * std::pow((nodes_[i] - nodes_[j]) / length, 2));
    }
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(kernel);
  const double least = 1e-13 * solver.eigenvalues()[count - 1];
  int kept = 0;
  while (kept < count && solver.eigenvalues()[count - 1 - kept] > least) ++kept;
  eigenvalues_.resize(kept);
  expansion_.resize(count, kept);
  for (int j = 0; j < kept; ++j) {
    eigenvalues_[j] = solver.eigenvalues()[count - 1 - j];
    const Eigen::VectorXd mode = solver.eigenvectors().col(count - 1 - j);
    const double sign = mode[0] < 0 ? -1 : 1;  // eigenfunctions begin positive, whatever the eigensolver gives
    expansion_.col(j) = sign / eigenvalues_[j] * root.cwiseProduct(mode);
  }
}

Eigen::MatrixXd SquaredExponentialSeries::eigenfunctions(std::span<const double> x) const {
  Eigen::MatrixXd kernel(static_cast<Eigen::Index>(x.size()), nodes_.size());
  for (Eigen::Index i = 0; i < kernel.rows(); ++i) {
    for (Eigen::Index q = 0; q < kernel.cols(); ++q) {
      kernel(i, q) = std::exp(-0.5 * std::pow((x[static_cast<std::size_t>(i)] - nodes_[q]) / length_, 2));
    }
  }
  return kernel * expansion_;
}

Eigen::MatrixXd SquaredExponentialSeries::antiderivatives(std::span<const double> x) const {
  Eigen::MatrixXd kernel(static_cast<Eigen::Index>(x.size()), nodes_.size());
  const double width = std::numbers::sqrt2 * length_;
  const double scale = length_ * std::sqrt(std::numbers::pi / 2);
  for (Eigen::Index i = 0; i < kernel.rows(); ++i) {
    for (Eigen::Index q = 0; q < kernel.cols(); ++q) {
      kernel(i, q) =
          scale * (std::erf((x[static_cast<std::size_t>(i)] - nodes_[q]) / width) + std::erf(nodes_[q] / width));
    }
  }
  return kernel * expansion_;
}

}  // namespace floe::pde
