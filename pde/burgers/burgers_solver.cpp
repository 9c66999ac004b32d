// SPDX-License-Identifier: MIT
#include "pde/burgers/burgers_solver.h"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace floe::pde {
namespace {

constexpr double two_pi = 2 * std::numbers::pi;

std::vector<double> make_rates(int resolution, double viscosity) {
  std::vector<double> rates;
  for (int k = 0; k <= (resolution - 1) / 3; ++k) rates.push_back(-viscosity * (two_pi * k) * (two_pi * k));
  return rates;
}

void check_size(std::size_t size, int resolution) {
  if (size != static_cast<std::size_t>(resolution))
    throw ShapeError(
        fmt::format("{} values of u (the grid has {} points); give one value per point", size, resolution));
}

}  // namespace

void BurgersSolverOptions::validate() const {
  if (resolution < 8 || resolution > (1 << 24))
    throw ConfigError(fmt::format("invalid resolution={} (must be 8 to 2^24); 1024 to 8192 are usual", resolution));
  if (!(viscosity > 0) || !std::isfinite(viscosity))
    throw ConfigError(fmt::format("invalid viscosity={} (must be positive); 0.1 and 0.01 are usual", viscosity));
  if (!(courant > 0 && courant <= 1))
    throw ConfigError(fmt::format("invalid courant={} (must be positive and at most 1); 0.25 is usual", courant));
}

BurgersSolver::BurgersSolver(const BurgersSolverOptions& options)
    : options_((options.validate(), options)),
      transform_({options.resolution}),
      integrate_(make_rates(options.resolution, options.viscosity)),
      modes_(integrate_.rates().size()),
      spectrum_(static_cast<std::size_t>(transform_.modes())),
      field_(static_cast<std::size_t>(transform_.volume())) {}

void BurgersSolver::start(std::span<const double> values) {
  check_size(values.size(), options_.resolution);
  std::copy(values.begin(), values.end(), field_.begin());
  transform_.forward(field_.data(), spectrum_.data());
  for (std::size_t k = 0; k < modes_.size(); ++k) modes_[k] = spectrum_[k] / static_cast<double>(options_.resolution);
  time_ = 0;
  stats_ = {};
}

void BurgersSolver::to_grid(const std::vector<std::complex<double>>& modes) {
  std::copy(modes.begin(), modes.end(), spectrum_.begin());
  std::fill(spectrum_.begin() + static_cast<std::ptrdiff_t>(modes.size()), spectrum_.end(), 0.0);
  transform_.inverse_overwriting(spectrum_.data(), field_.data());
}

double BurgersSolver::measure_speed() {
  to_grid(modes_);
  return Eigen::Map<const Eigen::ArrayXd>(field_.data(), transform_.volume()).abs().maxCoeff();
}

void BurgersSolver::advance(double duration) {
  const double end = time_ + duration;
  const double largest_wave = two_pi * static_cast<double>(modes_.size() - 1);
  const auto nonlinear = [&](const auto& modes, auto& rate, double) {
    to_grid(modes);
    for (double& value : field_) value *= value;
    transform_.forward(field_.data(), spectrum_.data());
    const double scale = -0.5 * two_pi / static_cast<double>(options_.resolution);
    for (std::size_t k = 0; k < rate.size(); ++k) {
      const double factor = scale * static_cast<double>(k);  // of i
      rate[k] = {-factor * spectrum_[k].imag(), factor * spectrum_[k].real()};
    }
  };
  // Steps in powers of sqrt 2, so that their tables serve for long.
  constexpr int steps_at_once = 32;
  while (time_ < end) {
    const double speed = measure_speed() + 1e-12;
    const double longest = options_.courant / (speed * std::min(largest_wave, speed / options_.viscosity));
    double step = std::exp2(std::floor(2 * std::log2(longest)) / 2);
    const double remaining = end - time_;
    int steps = steps_at_once;
    double reached = time_ + steps * step;
    if (!(reached < end)) {
      steps = std::max(1, static_cast<int>(std::ceil(remaining / step * (1 - 1e-12))));
      reached = end;
    }
    const ode::Stats stats = integrate_(nonlinear, modes_, time_, reached, steps);
    stats_.nfe += stats.nfe;
    stats_.accepted += stats.accepted;
    time_ = reached;
  }
}

void BurgersSolver::values(std::span<double> out) {
  check_size(out.size(), options_.resolution);
  to_grid(modes_);
  std::copy(field_.begin(), field_.end(), out.begin());
}

std::vector<double> cole_hopf_solution(std::span<const double> u0, double viscosity, double t) {
  const auto n = static_cast<int>(u0.size());
  if (n < 2) throw ShapeError(fmt::format("{} values of u0 (a grid has more points); give at least two", n));
  if (!(viscosity > 0 && t > 0))
    throw ConfigError(fmt::format("viscosity={}, t={} (must be positive); give positive ones", viscosity, t));
  const double width = n;
  // The primitive, by its modes, and the shift of the frame of the mean.
  const fft::RealTransform<double> transform({n});
  std::vector<std::complex<double>> modes(static_cast<std::size_t>(transform.modes()));
  transform.forward(u0.data(), modes.data());
  const double mean = modes[0].real() / width;
  const double shift = mean * t;
  modes[0] = 0;
  std::vector<double> primitive(u0.size());
  for (std::size_t k = 1; k < modes.size(); ++k) {
    modes[k] /= width * std::complex<double>{0, two_pi * static_cast<double>(k)};
  }
  if (n % 2 == 0) modes.back() = 0;
  transform.inverse(modes.data(), primitive.data());

  const double lowest = *std::min_element(primitive.begin(), primitive.end());
  const double span = *std::max_element(primitive.begin(), primitive.end()) - lowest;
  // Beyond this distance every weight is below exp(-40) of the largest.
  const double reach = std::sqrt(4 * viscosity * t * (40 + span / (2 * viscosity)));
  std::vector<double> u;
  for (int i = 0; i < n; ++i) {
    const double x = i / width - shift;
    const auto first = static_cast<std::int64_t>(std::ceil((x - reach) * n));
    const auto last = static_cast<std::int64_t>(std::floor((x + reach) * n));
    double weighted = 0, total = 0;
    for (std::int64_t j = first; j <= last; ++j) {
      const double distance = x - static_cast<double>(j) / width;
      const auto y = static_cast<std::size_t>(((j % n) + n) % n);
      const double weight =
          std::exp(-distance * distance / (4 * viscosity * t) - (primitive[y] - lowest) / (2 * viscosity));
      weighted += distance / t * weight;
      total += weight;
    }
    u.push_back(mean + weighted / total);
  }
  return u;
}

}  // namespace floe::pde
