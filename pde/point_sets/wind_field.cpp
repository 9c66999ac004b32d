// SPDX-License-Identifier: MIT
#include "pde/point_sets/wind_field.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "base/error.h"

namespace floe::pde {

void WindOptions::validate() const {
  if (!(smallest_eddy < largest_eddy)) {
    throw ConfigError(
        fmt::format("smallest_eddy = {} km, largest_eddy = {} km (nothing lies between); set the first "
                    "below the second",
                    smallest_eddy, largest_eddy));
  }
}

void bind(config::Section& section, WindOptions& options) {
  using namespace config;
  section.key("mean_speed", options.mean_speed, "m/s, of the mean wind at 11 km", at_least(0));
  section.key("mean_speed_spread", options.mean_speed_spread, "m/s, its standard deviation over weather situations",
              at_least(0));
  section.key("eddy_speed", options.eddy_speed, "m/s, root mean square of a component of the eddies at 11 km",
              at_least(0));
  section.key("largest_eddy", options.largest_eddy, "km, wavelength", positive());
  section.key("smallest_eddy", options.smallest_eddy, "km, wavelength", positive());
  section.key("decorrelation_time", options.decorrelation_time,
              "h, of the largest eddies; of others in proportion to wavelength^(2/3)", positive());
  section.key("eddy_depth", options.eddy_depth, "km, vertical scale of the largest eddies; others in proportion",
              positive());
  section.key("modes", options.modes, "Fourier modes of the eddies", at_least(1));
}

std::vector<WindScale> wind_scales(const WindOptions& options) {
  std::vector<WindScale> scales;
  double sum = 0;
  for (int n = 0; n < options.modes; ++n) {
    const double part = std::pow(options.smallest_eddy / options.largest_eddy, (n + 0.5) / options.modes);
    const double turnover = std::pow(part, 2.0 / 3.0);
    scales.push_back({options.largest_eddy * part, turnover, 3600 * options.decorrelation_time * turnover});
    sum += turnover;
  }
  for (WindScale& scale : scales) scale.weight /= sum;
  return scales;
}

double WindField::profile(double z) {
  return z < 11 ? 0.25 + 0.75 * z / 11 : 1 - 0.06 * (z - 11);
}

WindField::WindField(const WindOptions& options, random::Stream& stream) {
  const double speed = std::abs(options.mean_speed + options.mean_speed_spread * stream.normal());
  const double towards = (90 + 40 * stream.normal()) * std::numbers::pi / 180;  // clockwise from north
  mean_ = {speed * std::sin(towards), speed * std::cos(towards)};
  for (std::size_t a = 0; a < 2; ++a) steering_[a] = profile(5.5) * mean_[a];
  for (const WindScale& scale : wind_scales(options)) {
    const double k = 2 * std::numbers::pi / scale.wavelength;
    const double direction = 2 * std::numbers::pi * stream.uniform();
    Mode mode{};
    mode.kx = k * std::cos(direction);
    mode.ky = k * std::sin(direction);
    mode.m = stream.normal() / (options.eddy_depth * scale.wavelength / options.largest_eddy);
    mode.w = stream.normal() / scale.time - (mode.kx * steering_[0] + mode.ky * steering_[1]) / 1000;
    mode.phase = 2 * std::numbers::pi * stream.uniform();
    // |A|^2 / 2 on average, in equal parts along both axes.
    const double amplitude = 2 * options.eddy_speed * std::sqrt(scale.weight);
    mode.ax = -amplitude * std::sin(direction);
    mode.ay = amplitude * std::cos(direction);
    modes_.push_back(mode);
  }
}

std::array<double, 2> WindField::operator()(double x, double y, double z, double t) const {
  std::array<double, 2> v = mean_;
  for (const Mode& mode : modes_) {
    const double c = std::cos(mode.kx * x + mode.ky * y + mode.m * z + mode.w * t + mode.phase);
    v[0] += mode.ax * c;
    v[1] += mode.ay * c;
  }
  const double s = profile(z);
  return {s * v[0], s * v[1]};
}

}  // namespace floe::pde
