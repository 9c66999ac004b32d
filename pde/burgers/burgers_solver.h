// SPDX-License-Identifier: MIT
#pragma once

#include <complex>
#include <span>
#include <vector>

#include "fft/real_transform.h"
#include "ode/semilinear.h"

namespace floe::pde {

struct BurgersSolverOptions {
  int resolution = 8192;   ///< points; modes below resolution / 3 are kept
  double viscosity = 0.1;  ///< nu, positive
  double courant = 0.25;   ///< bounds the time step, see BurgersSolver

  /// Throws ConfigError.
  void validate() const;
};

/// Burgers' equation on the unit circle,
///
///   u_t + (u^2 / 2)_x = nu u_xx,
///
/// by a Fourier-Galerkin method (modes k < n / 3, so that u^2 is free of aliasing) and exponential time differencing
/// of order four. The step is courant / (|u| k) with the largest |u| at that time and k the smaller of the largest wave
/// number kept and |u| / nu, beyond which viscosity rules: it grows as the solution decays. Values at x_i = i / n. One
/// object per thread.
class BurgersSolver final {
 public:
  explicit BurgersSolver(const BurgersSolverOptions& options);

  /// Starts at time 0 from values on the grid, projected on the modes kept. Throws ShapeError.
  void start(std::span<const double> values);
  /// Throws NumericalError, with the time, if the solution is not finite.
  void advance(double duration);
  void values(std::span<double> out);
  double time() const { return time_; }
  const ode::Stats& stats() const { return stats_; }

 private:
  void to_grid(const std::vector<std::complex<double>>& modes);
  double measure_speed();

  BurgersSolverOptions options_;
  fft::RealTransform<double> transform_;
  ode::SemilinearIntegrator<std::complex<double>> integrate_;
  std::vector<std::complex<double>> modes_, spectrum_;
  std::vector<double> field_;
  double time_ = 0;
  ode::Stats stats_;
};

/// The solution of Burgers' equation on the unit circle at time t > 0 by the transformation of Cole and Hopf: with the
/// mean c of u0, v0 = u0 - c and its primitive V,
///
///   u(x + c t, t) = c + sum_y (x - y) / t g(x, y) / sum_y g(x, y),   g = exp(-(x - y)^2 / (4 nu t) - V(y) / (2 nu)),
///
/// the integrals over the line by the trapezoid rule on the grid, whose error falls faster than any power of the
/// spacing h for smooth u0 once h^2 is below nu t. u0 is a trigonometric polynomial given at n points; all n values of
/// u are computed, in n^2 times the width of the kernel. A reference for small grids. Throws ShapeError, ConfigError.
std::vector<double> cole_hopf_solution(std::span<const double> u0, double viscosity, double t);

}  // namespace floe::pde
