// SPDX-License-Identifier: MIT
// Calls something of several installed libraries and prints what a user of the package would.
#include <cmath>
#include <complex>
#include <cstdio>
#include <vector>

#include "base/error.h"
#include "fft/real_transform.h"
#include "lattice/geometry.h"
#include "lattice/phi4.h"
#include "random/stream.h"

int main() {
  const floe::lattice::Geometry geometry({4, 6});
  floe::Block<double> phi(floe::lane_count<double>, geometry.volume());
  floe::random::Stream stream(floe::random::make_key(1, "consumer"), 0);
  for (double& value : phi.reshaped()) value = stream.normal();

  // One sample's sum over sites is its zero mode.
  std::vector<double> sample(static_cast<std::size_t>(geometry.volume()));
  for (int site = 0; site < geometry.volume(); ++site) sample[static_cast<std::size_t>(site)] = phi(3, site);
  const floe::fft::RealTransform<double> transform(geometry.sizes());
  std::vector<std::complex<double>> spectrum(static_cast<std::size_t>(transform.modes()));
  transform.forward(sample.data(), spectrum.data());
  const double sum = phi.row(3).sum();
  if (!(std::abs(spectrum[0] - sum) < 1e-12)) {
    std::printf("the zero mode is %.17g, the sum is %.17g\n", spectrum[0].real(), sum);
    return 1;
  }

  try {
    floe::lattice::Phi4{.mass_squared = -1, .coupling = 0}.validate();
  } catch (const floe::ConfigError& error) {
    std::printf("the action is %g; an unbounded one is refused: %s\n",
                floe::lattice::action(geometry, floe::lattice::Phi4{.mass_squared = 1, .coupling = 1}, phi)[3],
                error.what());
    return 0;
  }
  std::puts("an action without lower bound was accepted");
  return 1;
}
