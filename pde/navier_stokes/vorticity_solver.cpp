// SPDX-License-Identifier: MIT
#include "pde/navier_stokes/vorticity_solver.h"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "base/error.h"

namespace floe::pde {
namespace {

constexpr double two_pi = 2 * std::numbers::pi;

/// The largest (|u| + |v|) step resolution for which four-stage methods are stable at the cutoff n / 3: the stability
/// interval 2.83 on the imaginary axis over 2 pi / 3.
constexpr double stable_courant = 1.35;

/// Rows of wave numbers 0 ... K, -K ... -1.
std::vector<double> make_waves(int cutoff) {
  std::vector<double> waves;
  for (int row = 0; row <= 2 * cutoff; ++row) waves.push_back(two_pi * (row <= cutoff ? row : row - 2 * cutoff - 1));
  return waves;
}

std::vector<double> make_rates(const std::vector<double>& waves, int cutoff, double viscosity) {
  std::vector<double> rates;
  for (const double ky : waves) {
    for (int column = 0; column <= cutoff; ++column) {
      rates.push_back(-viscosity * (ky * ky + two_pi * column * (two_pi * column)));
    }
  }
  return rates;
}

}  // namespace

void VorticityOptions::validate() const {
  const auto fail = [](const std::string& what) { throw ConfigError(what); };
  if (resolution < 8 || resolution > 16384 || resolution % 2 != 0)
    fail(fmt::format("invalid resolution={} (must be even, 8 to 16384); 64, 128 or 256 are usual", resolution));
  if (!(viscosity >= 0) || !std::isfinite(viscosity))
    fail(fmt::format("invalid viscosity={} (must not be negative); 1e-3 to 1e-5 are usual", viscosity));
  if (!std::isfinite(forcing)) fail(fmt::format("invalid forcing={} (must be finite); 0.1 is usual", forcing));
  if (!(step >= 0) || !std::isfinite(step))
    fail(fmt::format("invalid step={} (must not be negative); give a time, or 0 for one by the Courant number", step));
  if (!(courant > 0 && courant <= stable_courant))
    fail(fmt::format("invalid courant={} (explicit steps are stable up to {}); 0.5 is usual", courant, stable_courant));
}

VorticitySolver::VorticitySolver(const VorticityOptions& options)
    : options_((options.validate(), options)),
      cutoff_((options.resolution - 1) / 3),
      wave_(make_waves(cutoff_)),
      pair_({options.resolution, options.resolution}, 2),
      single_({options.resolution, options.resolution}),
      integrate_(make_rates(wave_, cutoff_, options.viscosity), options.method),
      modes_(integrate_.rates().size()),
      before_(modes_.size()),
      spectrum_(static_cast<std::size_t>(2 * single_.modes())),
      field_(static_cast<std::size_t>(2 * single_.volume())),
      forced_(modes_per_row() + 1) {
  const std::vector<double> squares = make_rates(wave_, cutoff_, -1.0);
  for (const double square : squares) inverse_.push_back(square > 0 ? 1 / square : 0);
}

void VorticitySolver::start(std::span<const double> vorticity) {
  const auto volume = static_cast<std::size_t>(single_.volume());
  if (vorticity.size() != volume)
    throw ShapeError(fmt::format("an initial vorticity of {} values (the grid has {} x {}); give one per point",
                                 vorticity.size(), options_.resolution, options_.resolution));
  if (!ode::detail::all_finite(vorticity.data(), volume))
    throw NumericalError("the initial vorticity is not finite (NaN or infinity in it); check where it comes from");
  std::copy(vorticity.begin(), vorticity.end(), field_.begin());
  single_.forward(field_.data(), spectrum_.data());
  const double scale = 1 / static_cast<double>(volume);
  const auto n = static_cast<std::size_t>(options_.resolution);
  std::size_t i = 0;
  for (std::size_t row = 0; row < wave_.size(); ++row) {
    const std::size_t source = (row < modes_per_row() ? row : n - wave_.size() + row) * (n / 2 + 1);
    for (std::size_t column = 0; column < modes_per_row(); ++column) modes_[i++] = scale * spectrum_[source + column];
  }
  time_ = 0;
  stats_ = {};
  spread(modes_);
  pair_.inverse_overwriting(spectrum_.data(), field_.data());
  measure_speed();
}

void VorticitySolver::spread(const std::vector<Complex>& modes) {
  // u = psi_y, v = -psi_x with psi = w / |k|^2: i k_y w / |k|^2 and -i k_x w / |k|^2.
  const auto n = static_cast<std::size_t>(options_.resolution);
  const std::size_t width = n / 2 + 1;
  const std::size_t kept = modes_per_row();
  std::size_t i = 0;
  for (std::size_t y = 0; y < n; ++y) {
    Complex* u = spectrum_.data() + y * width;
    Complex* v = u + n * width;
    std::size_t done = 0;
    if (y < kept || y > n - kept) {
      const double ky = wave_[i / kept];
      for (; done < kept; ++done, ++i) {
        const Complex psi = {inverse_[i] * modes[i].real(), inverse_[i] * modes[i].imag()};
        const double kx = two_pi * static_cast<double>(done);
        u[done] = {-ky * psi.imag(), ky * psi.real()};
        v[done] = {kx * psi.imag(), -kx * psi.real()};
      }
    }
    std::memset(static_cast<void*>(u + done), 0, (width - done) * sizeof(Complex));
    std::memset(static_cast<void*>(v + done), 0, (width - done) * sizeof(Complex));
  }
}

void VorticitySolver::measure_speed() {
  const Eigen::Map<const Eigen::ArrayXd> u(field_.data(), single_.volume());
  const Eigen::Map<const Eigen::ArrayXd> v(field_.data() + single_.volume(), single_.volume());
  speed_ = (u.abs() + v.abs()).maxCoeff();
  measure_ = false;
}

void VorticitySolver::nonlinear(const std::vector<Complex>& modes, std::vector<Complex>& rate) {
  spread(modes);
  pair_.inverse_overwriting(spectrum_.data(), field_.data());
  if (measure_) measure_speed();
  const auto volume = static_cast<std::size_t>(single_.volume());
  double* first = field_.data();
  double* second = first + volume;
  for (std::size_t i = 0; i < volume; ++i) {
    const double u = first[i], v = second[i];
    first[i] = u * v;
    second[i] = v * v - u * u;
  }
  pair_.forward(field_.data(), spectrum_.data());
  // -(d_xx - d_yy)(uv) - d_xy(v^2 - u^2) and the scale of the transforms.
  const auto n = static_cast<std::size_t>(options_.resolution);
  const std::size_t width = n / 2 + 1;
  const std::size_t kept = modes_per_row();
  const double scale = 1 / static_cast<double>(volume);
  for (std::size_t row = 0; row < wave_.size(); ++row) {
    const Complex* uv = spectrum_.data() + (row < kept ? row : n - wave_.size() + row) * width;
    const Complex* difference = uv + n * width;
    Complex* out = rate.data() + row * kept;
    const double ky = wave_[row];
    for (std::size_t column = 0; column < kept; ++column) {
      const double kx = two_pi * static_cast<double>(column);
      const double a = scale * (kx * kx - ky * ky);
      const double b = scale * kx * ky;
      out[column] = {a * uv[column].real() + b * difference[column].real(),
                     a * uv[column].imag() + b * difference[column].imag()};
    }
  }
  // sin + cos of 2 pi (x + y): the mode (1, 1) is (1 - i) / 2.
  rate[forced_] += Complex{0.5 * options_.forcing, -0.5 * options_.forcing};
}

void VorticitySolver::advance(double duration) {
  const double points = options_.resolution;
  double limit = options_.step > 0 ? stable_courant : options_.courant;
  before_ = modes_;
  const double speed_before = speed_;
  const auto steps_for = [&](double step) {
    const double count = std::ceil(duration / step * (1 - 1e-12));
    if (!(count < 1e9))
      throw NumericalError(fmt::format(
          "the flow at t={} needs a time step of {} (speed {}); it blew up, take a finer grid or a larger viscosity",
          time_, step, speed_));
    return std::max(1, static_cast<int>(count));
  };
  int steps = options_.step > 0 ? steps_for(options_.step) : steps_for(options_.courant / (points * (speed_ + 1e-3)));
  const double end = time_ + duration;
  while (true) {
    double fastest = speed_before;
    const double step = duration / steps;
    struct TooFast {
      double time;
    };
    try {
      const ode::Stats stats = integrate_(
          [this](const auto& modes, auto& rate, double) { nonlinear(modes, rate); }, modes_, time_, end, steps,
          [&](const auto&, double t) {
            // The speed is that of the node before: measured by the first evaluation of each step.
            if (!(speed_ * step * points <= (options_.step > 0 ? limit : std::min(1.5 * limit, stable_courant))))
              throw TooFast{t};
            fastest = std::max(fastest, speed_);
            measure_ = true;
          });
      stats_.nfe += stats.nfe;
      stats_.accepted += stats.accepted;
      measure_ = false;
      time_ = end;
      return;
    } catch (const TooFast& fast) {
      measure_ = false;
      if (options_.step > 0 || !std::isfinite(speed_))
        throw NumericalError(fmt::format(
            "the time step {} is too long at t={} (the Courant number is {:.3g}, explicit steps are stable up to {}); "
            "take a step of {:.3g} at most, or step = 0",
            step, fast.time, speed_ * step * points, stable_courant, 0.5 / (speed_ * points)));
      steps = std::max(steps + 1, steps_for(options_.courant / (points * speed_)));
      stats_.rejected += 1;
      modes_ = before_;
      speed_ = speed_before;
    }
  }
}

void VorticitySolver::values(std::span<double> out) {
  const auto volume = static_cast<std::size_t>(single_.volume());
  if (out.size() != volume)
    throw ShapeError(fmt::format("room for {} values of the vorticity (the grid has {} x {}); give one per point",
                                 out.size(), options_.resolution, options_.resolution));
  const auto n = static_cast<std::size_t>(options_.resolution);
  std::fill(spectrum_.begin(), spectrum_.end(), Complex{});
  for (std::size_t row = 0; row < wave_.size(); ++row) {
    const std::size_t target = (row < modes_per_row() ? row : n - wave_.size() + row) * (n / 2 + 1);
    std::copy_n(modes_.begin() + static_cast<std::ptrdiff_t>(row * modes_per_row()), modes_per_row(),
                spectrum_.begin() + static_cast<std::ptrdiff_t>(target));
  }
  single_.inverse_overwriting(spectrum_.data(), field_.data());
  std::copy_n(field_.begin(), volume, out.begin());
}

template <class Weight>
double VorticitySolver::sum_modes(const Weight& weight) const {
  double sum = 0;
  for (std::size_t i = 0; i < modes_.size(); ++i) {
    const double twice = i % modes_per_row() == 0 ? 1 : 2;  // -k_x is not kept
    sum += twice * weight(inverse_[i]) * std::norm(modes_[i]);
  }
  return sum;
}

double VorticitySolver::energy() const {
  return 0.5 * sum_modes([](double inverse) { return inverse; });
}

double VorticitySolver::enstrophy() const {
  return 0.5 * sum_modes([](double) { return 1.0; });
}

double VorticitySolver::enstrophy_input() const {
  // 2 Re(w f*) of the mode (1, 1), f = A (1 - i) / 2.
  return options_.forcing * (modes_[forced_].real() - modes_[forced_].imag());
}

double VorticitySolver::energy_input() const {
  return inverse_[forced_] * enstrophy_input();
}

}  // namespace floe::pde
