// SPDX-License-Identifier: MIT
#include "lattice/fourier_mass.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "lattice/lane_mask.h"

namespace floe::lattice {
namespace {

// khat^2 of the half spectrum, sizes (n_1, ..., n_last / 2 + 1).
std::vector<double> half_spectrum(const Geometry& geometry) {
  std::vector<double> result;
  for (int momentum = 0; momentum < geometry.volume(); ++momentum) {
    const int last = momentum % geometry.row_length();
    if (last <= geometry.row_length() / 2) result.push_back(geometry.khat_squared(momentum));
  }
  return result;
}

}  // namespace

FourierMass::FourierMass(const Geometry& geometry, double mass_squared, double scale)
    : transform_(geometry.sizes(), lane_count<double>, fft::Layout::batch_last),
      khat_squared_(half_spectrum(geometry)),
      volume_(geometry.volume()),
      root_(khat_squared_.size()),
      inverse_(khat_squared_.size()) {
  spectrum_.resize(Eigen::NoChange, static_cast<Eigen::Index>(khat_squared_.size()));
  scratch_.resize(Eigen::NoChange, geometry.volume());
  set(mass_squared, scale);
}

void FourierMass::set(double mass_squared, double scale) {
  if (!(mass_squared > 0 && std::isfinite(mass_squared) && scale > 0 && std::isfinite(scale))) {
    throw ConfigError(
        fmt::format("Fourier mass with mass_squared={}, scale={} (both must be positive, else momenta have "
                    "no distribution); choose for example the inverse square of the correlation length",
                    mass_squared, scale));
  }
  mass_squared_ = mass_squared;
  scale_ = scale;
  for (std::size_t mode = 0; mode < khat_squared_.size(); ++mode) {
    const double mass = scale * (khat_squared_[mode] + mass_squared);
    root_[mode] = std::sqrt(mass) / volume_;
    inverse_[mode] = 1 / (mass * volume_);
  }
}

void FourierMass::multiply(const Block<double>& in, const std::vector<double>& factors, Block<double>& out) {
  auto* const modes = reinterpret_cast<std::complex<double>*>(spectrum_.data());
  transform_.forward(in.data(), modes);
  for (Eigen::Index mode = 0; mode < spectrum_.cols(); ++mode) {
    spectrum_.col(mode) *= factors[static_cast<std::size_t>(mode)];
  }
  out.resize(Eigen::NoChange, in.cols());
  transform_.inverse_overwriting(modes, out.data());
}

void FourierMass::draw(Block<double>& momentum, random::LaneStream& random) {
  random.fill_normal(scratch_);
  multiply(scratch_, root_, momentum);
}

void FourierMass::velocity(const Block<double>& momentum, Block<double>& result) {
  multiply(momentum, inverse_, result);
}

Lanes<double> FourierMass::energy(const Block<double>& momentum) {
  velocity(momentum, scratch_);
  const Vector<double>* const p = sites(momentum);
  const Vector<double>* const v = sites(static_cast<const Block<double>&>(scratch_));
  LaneAccumulator<double> sum;
  for (Eigen::Index site = 0; site < momentum.cols(); ++site) sum.add(0.5 * p[site] * v[site]);
  return sum.total();
}

}  // namespace floe::lattice
