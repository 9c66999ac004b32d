// SPDX-License-Identifier: MIT
#include "lattice/free_field.h"

#include <fmt/format.h>

#include <cmath>
#include <complex>
#include <numbers>

#include "base/error.h"

namespace floe::lattice {
namespace {

Phi4 checked(double mass_squared) {
  if (!(mass_squared > 0 && std::isfinite(mass_squared))) {
    throw ConfigError(fmt::format(
        "free field with mass_squared={} (only a positive mass makes it normalisable); choose mass_squared > 0",
        mass_squared));
  }
  return {mass_squared, 0};
}

// The momentum, as a number of the geometry, of a mode of the half spectrum of the real transform.
int momentum_of_mode(const Geometry& geometry, std::ptrdiff_t mode) {
  const std::ptrdiff_t half = geometry.row_length() / 2 + 1;
  return static_cast<int>(mode / half) * geometry.row_length() + static_cast<int>(mode % half);
}

}  // namespace

FreeField::FreeField(Geometry geometry, double mass_squared)
    : geometry_(std::move(geometry)),
      phi4_(checked(mass_squared)),
      transform_(geometry_.sizes(), lane_count<double>, fft::Layout::batch_last) {
  two_point_.resize(transform_.modes());
  for (Eigen::Index mode = 0; mode < two_point_.size(); ++mode) {
    two_point_[mode] = two_point(momentum_of_mode(geometry_, mode));
  }
  const double volume = geometry_.volume();
  const Eigen::ArrayXd spectrum = geometry_.khat_squared() + mass_squared;
  log_z_ = 0.5 * (volume * std::log(std::numbers::pi) - spectrum.log().sum());
  phi_squared_ = 0.5 * spectrum.inverse().sum() / volume;
}

void FreeField::sample(random::LaneStream& stream, Block<double>& phi) const {
  phi.resize(Eigen::NoChange, geometry_.volume());
  stream.fill_normal(phi);
  // Real and imaginary parts of all lanes of a mode: one column.
  Eigen::Array<double, 2 * lane_count<double>, Eigen::Dynamic> spectrum(2 * lane_count<double>, transform_.modes());
  auto* const modes = reinterpret_cast<std::complex<double>*>(spectrum.data());
  transform_.forward(phi.data(), modes);
  spectrum.rowwise() *= (two_point_.sqrt() / geometry_.volume()).transpose();
  transform_.inverse_overwriting(modes, phi.data());
}

Eigen::ArrayXd FreeField::two_point_position() const {
  const fft::RealTransform<double> transform(geometry_.sizes());
  Eigen::ArrayXcd spectrum = two_point_ / geometry_.volume();
  Eigen::ArrayXd result(geometry_.volume());
  transform.inverse_overwriting(spectrum.data(), result.data());
  return result;
}

Eigen::ArrayXd FreeField::correlator(int mu) const {
  const int period = geometry_.size(mu);
  Eigen::ArrayXd result = Eigen::ArrayXd::Zero(period);
  for (int n = 0; n < period; ++n) {
    const double sine = std::sin(std::numbers::pi * n / period);
    const double two_point = 0.5 / (4 * sine * sine + phi4_.mass_squared);
    for (int t = 0; t < period; ++t) {
      result[t] += std::cos(2 * std::numbers::pi * n * t / period) * two_point / period;
    }
  }
  return result;
}

}  // namespace floe::lattice
