// SPDX-License-Identifier: MIT
#include "pde/reaction_diffusion/reaction_diffusion_solver.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "base/error.h"

namespace floe::pde {
namespace {

double wave_square(const GridAxis& axis, int column, LaplaceMethod method) {
  const double k = std::numbers::pi * half_waves_of_column(axis, column) / axis.length;
  if (method == LaplaceMethod::spectral) return k * k;
  const double h = axis.spacing();
  return std::pow(2 / h * std::sin(k * h / 2), 2);
}

/// -D_s |k|^2 of every coefficient, the last axis fastest.
std::vector<double> make_rates(const ReactionDiffusionOptions& options) {
  std::vector<double> squares{0.0};
  for (const GridAxis& axis : options.axes) {
    std::vector<double> sums;
    for (const double square : squares) {
      for (int c = 0; c < columns(axis); ++c) sums.push_back(square + wave_square(axis, c, options.method));
    }
    squares = std::move(sums);
  }
  std::vector<double> rates;
  for (const double diffusivity : options.diffusivities) {
    for (const double square : squares) rates.push_back(-diffusivity * square);
  }
  return rates;
}

}  // namespace

void ReactionDiffusionOptions::validate() const {
  for (const GridAxis& axis : axes) axis.validate();
  if (diffusivities.empty()) throw ConfigError("a system without diffusivities (each species has one); give them");
  for (const double diffusivity : diffusivities) {
    if (!(diffusivity >= 0) || !std::isfinite(diffusivity))
      throw ConfigError(fmt::format("invalid diffusivity {} (must not be negative); give a positive one", diffusivity));
  }
  if (!(step > 0) || !std::isfinite(step))
    throw ConfigError(fmt::format("invalid step={} (must be positive); 0.01 of the time of reaction is usual", step));
}

ReactionDiffusionSolver::ReactionDiffusionSolver(const ReactionDiffusionOptions& options, Reaction reaction)
    : options_((options.validate(), options)),
      reaction_(std::move(reaction)),
      grid_(options.axes),
      integrate_(make_rates(options)),
      modes_(integrate_.rates().size()),
      coefficients_(grid_.coefficient_count()),
      fields_(size()) {}

void ReactionDiffusionSolver::to_grid(const std::vector<double>& modes) {
  for (std::size_t s = 0; s < species(); ++s) {
    std::copy_n(modes.begin() + static_cast<std::ptrdiff_t>(s * coefficients_.size()), coefficients_.size(),
                coefficients_.begin());
    grid_.synthesize(coefficients_, std::span(fields_).subspan(s * grid_.size(), grid_.size()));
  }
}

void ReactionDiffusionSolver::to_modes(std::vector<double>& modes) {
  const double scale = 1 / grid_.scale();
  for (std::size_t s = 0; s < species(); ++s) {
    const auto part = std::span(modes).subspan(s * coefficients_.size(), coefficients_.size());
    grid_.analyze(std::span(fields_).subspan(s * grid_.size(), grid_.size()), part);
    for (double& value : part) value *= scale;
  }
}

void ReactionDiffusionSolver::start(std::span<const double> fields) {
  if (fields.size() != size())
    throw ShapeError(fmt::format("an initial state of {} values ({} species on {} points); give one value each",
                                 fields.size(), species(), grid_.size()));
  std::copy(fields.begin(), fields.end(), fields_.begin());
  to_modes(modes_);
  time_ = 0;
}

void ReactionDiffusionSolver::advance(double duration) {
  const int steps = std::max(1, static_cast<int>(std::ceil(duration / options_.step * (1 - 1e-12))));
  const auto nonlinear = [this](const std::vector<double>& modes, std::vector<double>& rates, double) {
    to_grid(modes);
    reaction_(fields_);
    to_modes(rates);
  };
  // Times from zero: equal durations have equal steps to the last bit, and one set of tables.
  try {
    integrate_(nonlinear, modes_, 0, duration, steps);
  } catch (const NumericalError& error) {
    throw NumericalError(fmt::format("from t={}: {}", time_, error.what()));
  }
  time_ += duration;
}

void ReactionDiffusionSolver::values(std::span<double> fields) {
  if (fields.size() != size())
    throw ShapeError(fmt::format("room for {} values ({} species on {} points); give one value each", fields.size(),
                                 species(), grid_.size()));
  to_grid(modes_);
  std::copy(fields_.begin(), fields_.end(), fields.begin());
}

}  // namespace floe::pde
