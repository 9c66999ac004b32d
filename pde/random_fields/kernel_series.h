// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <span>
#include <vector>

namespace floe::pde {

/// Nodes and weights of Gauss and Legendre on [0, length], from the eigenvalues of the Jacobi matrix. Golub, Welsch,
/// Math. Comp. 23 (1969) 221.
struct Quadrature {
  Eigen::VectorXd nodes;
  Eigen::VectorXd weights;
};
Quadrature gauss_legendre(int count, double length);

/// The Karhunen-Loeve series of the Gaussian process on [0, extent] with covariance exp(-(x - y)^2 / (2 length^2)):
/// u(x) = sum_j sqrt(lambda_j) xi_j phi_j(x), with the eigenpairs of the integral operator, largest first, down to
/// 1e-13 of the largest (what is left out is below 1e-6 of the field). They come from Gauss-Legendre quadrature
/// (Nystroem's method), which converges exponentially for this kernel, and are functions: the same u may be taken, and
/// integrated, at any points.
class SquaredExponentialSeries final {
 public:
  /// Throws ConfigError unless 0.005 <= length / extent and both are positive.
  SquaredExponentialSeries(double length, double extent = 1);

  std::size_t terms() const { return static_cast<std::size_t>(eigenvalues_.size()); }
  double eigenvalue(std::size_t j) const { return eigenvalues_[static_cast<Eigen::Index>(j)]; }
  const Eigen::VectorXd& eigenvalues() const { return eigenvalues_; }
  double extent() const { return extent_; }

  /// phi_j(x_i): (points, terms).
  Eigen::MatrixXd eigenfunctions(std::span<const double> x) const;
  /// int_0^{x_i} phi_j: (points, terms).
  Eigen::MatrixXd antiderivatives(std::span<const double> x) const;

 private:
  double length_;
  double extent_;
  Eigen::VectorXd nodes_;
  Eigen::VectorXd eigenvalues_;
  Eigen::MatrixXd expansion_;  ///< phi_j(x) = sum_q k(x, x_q) expansion_(q, j)
};

}  // namespace floe::pde
