// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "config/section.h"
#include "io/description.h"
#include "pde/grid_transform.h"
#include "random/stream.h"

namespace floe::pde {

/// The law of a GaussianField.
struct GaussianFieldOptions {
  double alpha = 2;        ///< decay of the spectrum
  double tau = 3;          ///< inverse length beyond which the spectrum decays
  double sigma = 1;        ///< scale
  bool mean_zero = false;  ///< without the constant mode
  /// Modes along each axis; 0: as many as the grid resolves. With a number the same sample is the same function on
  /// every grid, to rounding.
  int modes = 0;

  /// Throws ConfigError.
  void validate() const;
  /// Keys alpha, tau, sigma, mean_zero, modes.
  friend void bind(config::Section& section, GaussianFieldOptions& options);
};

/// The attributes <prefix>alpha, <prefix>tau, ... of a dataset.
void describe(const GaussianFieldOptions& options, const std::string& prefix,
              std::map<std::string, io::hdf5::AttributeValue>& attributes);

/// Gaussian random fields with the covariance operator
///
///     C = sigma^2 (-Laplace + tau^2)^(-alpha)
///
/// on boxes in one to four dimensions, each axis periodic, Neumann or Dirichlet: u(x) = sum_j sqrt(lambda_j) xi_j
/// phi_j(x), xi_j ~ N(0, 1), with the L2-orthonormal eigenfunctions of the Laplacian. Along an axis of length L they
/// are, in this order,
///
/// ```
///              eigenfunctions                                      wavenumbers
///  periodic    1, sqrt2 cos(2 pi x/L), sqrt2 sin(2 pi x/L), ...    0, 2 pi/L, 2 pi/L, 4 pi/L, ...
///  Neumann     1, sqrt2 cos(pi x/L), sqrt2 cos(2 pi x/L), ...      0, pi/L, 2 pi/L, ...
///  Dirichlet   sqrt2 sin(pi x/L), sqrt2 sin(2 pi x/L), ...         pi/L, 2 pi/L, ...
/// ```
///
/// divided by sqrt(L), and lambda_j = sigma^2 (|k_j|^2 + tau^2)^(-alpha). In law these are the fields of Li et al.,
/// "Fourier neural operator" (ICLR 2021): coefficients of Darcy flow, Neumann, alpha = 2, tau = 3,
/// sigma = tau^(alpha - 1), mean zero; of Burgers, periodic, alpha = 2, tau = 5, sigma = 25; of Navier-Stokes,
/// periodic, alpha = 2.5, tau = 7, sigma = 7^1.5 in their program (7^0.75 by the formula of their paper), mean zero.
///
/// The numbers xi_j are drawn in an order that depends on the dimension only: those with max_a j_a = 0, then 1, 2, ...
/// So the same stream gives the same function on every grid, up to the modes a coarser one leaves out (none, if
/// `modes` is given: a mode beyond what the grid resolves is then taken at its points like any other).
///
/// Owns buffers: one object per thread.
class GaussianField final {
 public:
  /// Throws ConfigError for wrong options or axes.
  GaussianField(std::vector<GridAxis> box, const GaussianFieldOptions& options);

  /// Writes the field, the last axis fastest; draws mode_count() normal numbers from the stream.
  void operator()(random::Stream& stream, std::span<double> field);

  /// The sum of the given coefficients: u(x) = sum_p xi[p] sqrt(lambda_p) phi_p(x), in the order of drawing.
  void synthesize(std::span<const double> xi, std::span<double> field);

  const std::vector<GridAxis>& axes() const { return grid_.axes(); }
  /// Points of a field.
  std::size_t size() const { return grid_.size(); }
  /// Numbers drawn for a field.
  std::size_t mode_count() const { return modes_.size(); }

  /// The eigenvalue lambda_p and the eigenfunction phi_p(x) of the mode that is drawn p-th.
  double eigenvalue(std::size_t p) const { return modes_[p].eigenvalue; }
  double eigenfunction(std::size_t p, std::span<const double> x) const;
  /// E u(x) u(y), by the sum over modes.
  double covariance(std::span<const double> x, std::span<const double> y) const;

 private:
  struct Mode {
    std::size_t target;  ///< where its coefficient goes
    double weight;       ///< by which factor
    double eigenvalue;
  };
  int wave_index(std::size_t p, std::size_t axis) const { return indices_[p * axes().size() + axis]; }

  GridTransform grid_;
  std::vector<int> indices_;  ///< (mode, axis)
  std::vector<Mode> modes_;
  std::vector<double> coefficients_;
};

}  // namespace floe::pde
