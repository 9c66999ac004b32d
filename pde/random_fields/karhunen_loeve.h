// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "config/section.h"
#include "io/description.h"
#include "random/stream.h"

namespace floe::pde {

/// Covariance as a function of the distance r.
enum class Kernel {
  squared_exponential,  ///< exp(-r^2 / (2 length^2))
  spherical             ///< 1 - 3 r / (2 length) + r^3 / (2 length^3) for r < length, 0 beyond
};

struct KarhunenLoeveOptions {
  Kernel kernel = Kernel::squared_exponential;
  double length = 0.25;  ///< correlation length, in units of the side
  double sigma = 1;      ///< standard deviation of the field
  int terms = 100;

  /// Throws ConfigError.
  void validate() const;
  /// Keys kernel, length, sigma, terms.
  friend void bind(config::Section& section, KarhunenLoeveOptions& options);
};

/// sigma^2 times the kernel at distance r.
double covariance(const KarhunenLoeveOptions& options, double r);
/// The attributes <prefix>kernel, <prefix>length, ... of a dataset.
void describe(const KarhunenLoeveOptions& options, const std::string& prefix,
              std::map<std::string, io::hdf5::AttributeValue>& attributes);

/// Gaussian random fields on the unit square by the first terms of the Karhunen-Loeve series
/// u(x) = sum_p sqrt(lambda_p) xi_p phi_p(x), (lambda_p, phi_p) the largest eigenpairs of the covariance as an integral
/// operator. The squared exponential is a product of one kernel per axis, and so are its eigenfunctions
/// (SquaredExponentialSeries); fewer than `terms` are taken where the others are below rounding. Those of the spherical
/// kernel, which is not smooth, come from Nystroem's method with 28 x 28 Gauss-Legendre nodes.
///
/// The same stream gives the same function at any points. Const: threads may share an object.
class KarhunenLoeve final {
 public:
  /// Fields at the points (x_i, y_j). Throws ConfigError.
  KarhunenLoeve(std::vector<double> x, std::vector<double> y, const KarhunenLoeveOptions& options);

  /// Writes the field, (x, y) with y fastest; draws terms() normal numbers. Throws ShapeError.
  void operator()(random::Stream& stream, std::span<double> field) const;

  std::size_t terms() const { return static_cast<std::size_t>(eigenvalues_.size()); }
  /// lambda_p, largest first.
  double eigenvalue(std::size_t p) const { return eigenvalues_[static_cast<Eigen::Index>(p)]; }
  /// phi_p at all points, (x, y) with y fastest.
  Eigen::VectorXd eigenfunction(std::size_t p) const;
  std::size_t size() const { return static_cast<std::size_t>(rows_ * columns_); }

 private:
  void make_products(const std::vector<double>& x, const std::vector<double>& y);
  void make_by_quadrature(const std::vector<double>& x, const std::vector<double>& y);

  KarhunenLoeveOptions options_;
  Eigen::Index rows_;
  Eigen::Index columns_;
  Eigen::VectorXd eigenvalues_;
  // Products: phi_p(x, y) = along_x_(x, first_[p]) along_y_(y, second_[p]).
  Eigen::MatrixXd along_x_;
  Eigen::MatrixXd along_y_;
  std::vector<Eigen::Index> first_;
  std::vector<Eigen::Index> second_;
  Eigen::MatrixXd modes_;  ///< otherwise: (point, p)
};

}  // namespace floe::pde
