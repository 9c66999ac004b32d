// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "ode/semilinear.h"
#include "pde/grid_transform.h"
#include "pde/poisson/poisson_solver.h"

namespace floe::pde {

/// R of a ReactionDiffusionSolver: overwrites the fields (species, points) by their rates.
using Reaction = std::function<void(std::span<double> fields)>;

struct ReactionDiffusionOptions {
  std::vector<GridAxis> axes;         ///< each periodic, Neumann or Dirichlet
  std::vector<double> diffusivities;  ///< D_s, one per species, not negative
  LaplaceMethod method = LaplaceMethod::spectral;
  double step = 0.01;  ///< longest time step

  /// Throws ConfigError.
  void validate() const;
};

/// Systems of reactions with diffusion on a box,
///
///   d u_s / dt = D_s Lap u_s + R_s(u),   s = 1 ... species,
///
/// in the eigenfunctions of the Laplacian (cosines for no flux, Fourier modes, sines), where diffusion is diagonal:
/// exponential time differencing of order four, the reaction on the points of the grid, not dealiased. With
/// LaplaceMethod::finite_difference it is the solution in time of the usual scheme of three points per axis. Equal
/// steps, not longer than the given one, divide every duration. Fields are (species, axes...). One object per thread.
class ReactionDiffusionSolver final {
 public:
  ReactionDiffusionSolver(const ReactionDiffusionOptions& options, Reaction reaction);

  /// Starts at time 0 from values on the grid. Throws ShapeError.
  void start(std::span<const double> fields);
  /// Throws NumericalError, with the time, when the solution is not finite.
  void advance(double duration);
  void values(std::span<double> fields);

  double time() const { return time_; }
  std::size_t species() const { return options_.diffusivities.size(); }
  /// Numbers of all fields.
  std::size_t size() const { return species() * grid_.size(); }

 private:
  void to_grid(const std::vector<double>& modes);
  void to_modes(std::vector<double>& modes);

  ReactionDiffusionOptions options_;
  Reaction reaction_;
  GridTransform grid_;
  ode::SemilinearIntegrator<double> integrate_;
  std::vector<double> modes_, coefficients_, fields_;
  double time_ = 0;
};

}  // namespace floe::pde
