// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>
#include <vector>

#include "io/csv.h"
#include "pde/poisson/poisson_solver.h"
#include "pde/validation/tables.h"

namespace floe::pde::validation {
namespace {

struct Function {
  double u;
  double minus_second;
};

/// Periodic and without slope at both ends; or zero there and no sum of sines.
Function factor(Boundary boundary, double x) {
  if (boundary == Boundary::dirichlet) {
    const double e = std::exp(x);
    return {x * (1 - x) * e, e * x * (x + 3)};
  }
  const double k = 2 * std::numbers::pi;
  const double e = std::exp(std::cos(k * x));
  return {e, -k * k * e * (std::pow(std::sin(k * x), 2) - std::cos(k * x))};
}

/// Largest error on the product of `factor` along each axis; without a Dirichlet boundary up to a constant.
double error(int dimension, const GridAxis& axis) {
  PoissonSolver solve(std::vector<GridAxis>(static_cast<std::size_t>(dimension), axis));
  std::vector<double> f, want;
  for (const double x : axis.coordinates()) {
    for (const double y : dimension == 2 ? axis.coordinates() : std::vector<double>{0}) {
      const Function a = factor(axis.boundary, x);
      const Function b = dimension == 2 ? factor(axis.boundary, y) : Function{1, 0};
      want.push_back(a.u * b.u);
      f.push_back(a.minus_second * b.u + a.u * b.minus_second);
    }
  }
  std::vector<double> u(f.size());
  solve(f, u);
  double low = 0;
  double high = 0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    low = std::min(low, u[i] - want[i] - (axis.boundary == Boundary::dirichlet ? 0 : u[0] - want[0]));
    high = std::max(high, u[i] - want[i] - (axis.boundary == Boundary::dirichlet ? 0 : u[0] - want[0]));
  }
  return high - low;
}

}  // namespace

void poisson_table(const std::filesystem::path& csv) {
  io::CsvWriter table(csv, {"dimension", "boundary", "intervals", "error"});
  for (const int dimension : {1, 2}) {
    for (const Boundary boundary : {Boundary::dirichlet, Boundary::neumann, Boundary::periodic}) {
      for (int intervals = 8; intervals <= 512; intervals *= 2) {
        const int points = intervals + (boundary == Boundary::periodic ? 0 : 1);
        table.row({static_cast<std::int64_t>(dimension), to_string(boundary), static_cast<std::int64_t>(intervals),
                   error(dimension, {.points = points, .boundary = boundary})});
      }
    }
  }
}

}  // namespace floe::pde::validation
