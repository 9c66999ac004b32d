// SPDX-License-Identifier: MIT
#include "pde/poisson/poisson_solver.h"

#include <cmath>
#include <numbers>

namespace floe::pde {
namespace {

double eigenvalue(const GridAxis& axis, int column, LaplaceMethod method) {
  const double k = std::numbers::pi * half_waves_of_column(axis, column) / axis.length;
  if (method == LaplaceMethod::spectral) return k * k;
  const double h = axis.spacing();
  return std::pow(2 / h * std::sin(k * h / 2), 2);
}

}  // namespace

PoissonSolver::PoissonSolver(std::vector<GridAxis> axes, LaplaceMethod method)
    : grid_(std::move(axes)), factors_(grid_.coefficient_count()), coefficients_(grid_.coefficient_count()) {
  std::vector<std::vector<double>> eigenvalues;
  for (const GridAxis& axis : grid_.axes()) {
    eigenvalues.emplace_back();
    for (int c = 0; c < columns(axis); ++c) eigenvalues.back().push_back(eigenvalue(axis, c, method));
    constant_mode_ = constant_mode_ && axis.boundary != Boundary::dirichlet;
  }
  for (std::size_t i = 0; i < factors_.size(); ++i) {
    std::size_t rest = i;
    double sum = 0;
    for (std::size_t a = eigenvalues.size(); a-- > 0;) {
      sum += eigenvalues[a][rest % eigenvalues[a].size()];
      rest /= eigenvalues[a].size();
    }
    factors_[i] = constant_mode_ && i == 0 ? 0.0 : 1 / (sum * grid_.scale());
  }
}

double PoissonSolver::operator()(std::span<const double> f, std::span<double> u) {
  grid_.analyze(f, coefficients_);
  const double mean = constant_mode_ ? coefficients_[0] / grid_.scale() : 0.0;
  for (std::size_t i = 0; i < coefficients_.size(); ++i) coefficients_[i] *= factors_[i];
  grid_.synthesize(coefficients_, u);
  return mean;
}

}  // namespace floe::pde
