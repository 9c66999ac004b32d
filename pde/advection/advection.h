// SPDX-License-Identifier: MIT
#pragma once

#include <complex>
#include <memory>
#include <span>
#include <vector>

#include "fft/real_transform.h"
#include "pde/problem.h"

namespace floe::pde {

/// h where the distance of x to the centre around the unit circle is below width / 2, 0 elsewhere.
double square_wave(double x, double centre, double width, double height);

/// Shifts fields on the unit circle, given at x_i = i / n, by any distance: u(x) becomes u(x - distance). Exact for
/// sums of the modes below n / 2. One object per thread.
class PeriodicShift final {
 public:
  explicit PeriodicShift(int points);
  /// Throws ShapeError.
  void operator()(std::span<const double> field, double distance, std::span<double> out);

 private:
  fft::RealTransform<double> transform_;
  std::vector<std::complex<double>> modes_;
};

/// u_t + c u_x = 0 on the unit circle, solved exactly: u(x, t) = u(x - c t, 0). Square waves as the first advection
/// problem of Lu et al. (Comput. Methods Appl. Mech. Eng. 393 (2022) 114778), or Gaussian random fields.
///
///     inputs/u (x)        outputs/u (time, x)
///     parameters/centre, parameters/width, parameters/height   of square waves
std::unique_ptr<Problem> make_advection_problem();

}  // namespace floe::pde
