// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <span>
#include <string>

#include "config/section.h"
#include "io/description.h"
#include "pde/grid_axis.h"
#include "pde/random_fields/gaussian_field.h"
#include "random/stream.h"

namespace floe::pde {

/// The law of the coefficient a(x) of -div(a grad u) = f.
struct DarcyCoefficientOptions {
  enum class Kind {
    piecewise,   ///< `high` where a Gaussian field is positive or zero, `low` elsewhere
    lognormal,   ///< exp of a Gaussian field
    multiscale,  ///< a product of trigonometric functions, see multiscale_coefficient()
  };
  Kind kind = Kind::piecewise;
  double high = 12.0, low = 3.0;
  GaussianFieldOptions field{.alpha = 2.0, .tau = 3.0, .sigma = 3.0, .mean_zero = true};

  /// Throws ConfigError.
  void validate() const;
};

void bind(config::Section& section, DarcyCoefficientOptions& options);
void describe(const DarcyCoefficientOptions& options, std::map<std::string, io::hdf5::AttributeValue>& attributes);

/// Six scales, from 1 to 48 half-waves per unit length of [-1, 1].
using MultiscaleFrequencies = std::array<double, 6>;

/// a_k uniform in [2^(k-1), 1.5 2^(k-1)], k = 1 ... 6.
MultiscaleFrequencies draw_multiscale_frequencies(random::Stream& stream);

/// The multiscale trigonometric coefficient at the point (x, y) of the unit square, with X = 2x - 1, Y = 2y - 1:
///
///     a = prod_{k=1}^{6} (1 + cos(a_k pi (X + Y)) / 2) (1 + sin(a_k pi (Y - 3 X)) / 2)
///
/// Owhadi, SIAM Review 59 (2017) 99; with random a_k in Liu, Xu, Cao, Zhang, J. Comput. Phys. 506 (2024) 112944.
double multiscale_coefficient(const MultiscaleFrequencies& frequencies, double x, double y);

/// Draws coefficients on a grid of the unit square. One object per thread.
class DarcyCoefficient final {
 public:
  DarcyCoefficient(const DarcyCoefficientOptions& options, const GridAxis& axis);

  /// Writes axis.points squared values, index (y, x).
  void operator()(random::Stream& stream, std::span<double> a);

 private:
  DarcyCoefficientOptions options_;
  std::vector<double> points_;
  GaussianField field_;
};

}  // namespace floe::pde
