// SPDX-License-Identifier: MIT
#pragma once

#include <complex>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "fft/real_transform.h"
#include "ode/semilinear.h"

namespace floe::pde {

struct VorticityOptions {
  int resolution = 256;     ///< points per side; modes with |k| < resolution / 3 are kept
  double viscosity = 1e-3;  ///< nu, above zero or zero
  double forcing = 0.1;     ///< amplitude A of f = A (sin 2 pi (x + y) + cos 2 pi (x + y))
  double step = 0;          ///< longest time step; 0 leaves it to the Courant number
  double courant = 0.5;     ///< largest (|u| + |v|) step resolution when the step is automatic
  ode::SemilinearMethod method = ode::SemilinearMethod::etdrk4;

  /// Throws ConfigError.
  void validate() const;
};

/// The incompressible Navier-Stokes equations on the unit torus, as vorticity w = v_x - u_y:
///
///   w_t + u . grad w = nu Lap w + f,   u = psi_y, v = -psi_x, -Lap psi = w,   f = A (sin 2 pi (x + y) + cos 2 pi (x +
///   y))
///
/// by a Fourier-Galerkin method: modes |k_x|, |k_y| < n / 3 on n x n points, so that the product terms are free of
/// aliasing (2/3 rule). They are kept in the form of Basdevant (J. Comput. Phys. 50 (1983) 209),
///
///   u . grad w = (d_xx - d_yy)(u v) + d_xy (v^2 - u^2),
///
/// which takes four real transforms per evaluation: u and v back, the two products forth. The viscous term is in the
/// diagonal operator of ode::SemilinearIntegrator. Fields are (y, x), x fastest, values at x_i = i / n. The mean of w
/// is kept. Reusable: no memory is allocated after construction and the first step. One object per thread.
class VorticitySolver final {
 public:
  explicit VorticitySolver(const VorticityOptions& options);

  /// Starts at time 0 from values on the grid, projected on the modes kept. Throws ShapeError, NumericalError if a
  /// value is not finite.
  void start(std::span<const double> vorticity);

  /// Advances by `duration` in equal steps: of the given length at most, or as many as the Courant number needs. If the
  /// flow gets faster meanwhile than a step can follow, an automatic step is made again, shorter; a given one is an
  /// error. Throws NumericalError, with the time.
  void advance(double duration);

  /// The vorticity on the grid.
  void values(std::span<double> out);
  double time() const { return time_; }
  int resolution() const { return options_.resolution; }

  /// Half of the mean of |u|^2 and of w^2, and the rates at which the forcing feeds them: mean(psi f), mean(w f).
  double energy() const;
  double enstrophy() const;
  double energy_input() const;
  double enstrophy_input() const;

  /// max(|u| + |v|) at the last node at which it was measured.
  double speed() const { return speed_; }
  /// Evaluations of the right-hand side and steps so far.
  const ode::Stats& stats() const { return stats_; }

  /// Products of the velocity and the forcing, dw/dt without viscosity: what a step evaluates; for the benchmark.
  void nonlinear(const std::vector<std::complex<double>>& modes, std::vector<std::complex<double>>& rate);
  const std::vector<std::complex<double>>& modes() const { return modes_; }

 private:
  using Complex = std::complex<double>;

  void spread(const std::vector<Complex>& modes);
  void measure_speed();
  std::size_t modes_per_row() const { return static_cast<std::size_t>(cutoff_) + 1; }
  /// Sum over all modes of weight(|2 pi k|^2) |w_k|^2.
  template <class Weight>
  double sum_modes(const Weight& weight) const;

  VorticityOptions options_;
  int cutoff_;                   ///< largest wave number kept in each direction
  std::vector<double> wave_;     ///< 2 pi k_y of each row
  std::vector<double> inverse_;  ///< 1 / |2 pi k|^2, 0 for k = 0
  fft::RealTransform<double> pair_, single_;
  ode::SemilinearIntegrator<Complex> integrate_;
  std::vector<Complex> modes_, before_;
  std::vector<Complex> spectrum_;  ///< of two fields
  std::vector<double> field_;      ///< two fields
  std::size_t forced_;             ///< where the mode (1, 1) is kept
  double time_ = 0;
  double speed_ = 0;
  bool measure_ = false;
  ode::Stats stats_;
};

}  // namespace floe::pde
