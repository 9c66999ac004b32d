// SPDX-License-Identifier: MIT
#include "pde/plate/plate_solver.h"

#include <fmt/format.h>

#include <Eigen/IterativeLinearSolvers>
#include <Eigen/Sparse>
#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace floe::pde {
namespace {

using Matrix = Eigen::SparseMatrix<double>;

/// Where along the way from (x, y) outside of holes to (to_x, to_y) inside of one its wall lies, in (0, 1].
double fraction_to_wall(const Plate& plate, double x, double y, double to_x, double to_y) {
  double low = 0.0, high = 1.0;
  for (int step = 0; step < 52; ++step) {
    const double middle = 0.5 * (low + high);
    (plate.outside_holes(x + middle * (to_x - x), y + middle * (to_y - y)) > 0.0 ? low : high) = middle;
  }
  return std::max(high, 1e-6);
}

/// The system on a grid of cells, its unknowns numbered like the cells; cells inside holes have the equation T = 0.
class Assembly final {
 public:
  Assembly(const Plate& plate, const std::array<std::size_t, 3>& cells, double film_coefficient)
      : plate_(plate),
        nx_(cells[0]),
        ny_(cells[1]),
        nz_(cells[2]),
        hx_(plate.length / static_cast<double>(nx_)),
        hy_(plate.width / static_cast<double>(ny_)),
        hz_(plate.thickness / static_cast<double>(nz_)),
        material_(nx_ * ny_),
        diagonal(nx_ * ny_ * nz_, 0.0),
        wall(nx_ * ny_ * nz_, 0.0),
        top(nx_ * ny_ * nz_, 0.0),
        source(Eigen::VectorXd::Zero(static_cast<Eigen::Index>(diagonal.size()))) {
    for (std::size_t j = 0; j < ny_; ++j)
      for (std::size_t i = 0; i < nx_; ++i) material_[j * nx_ + i] = plate.outside_holes(x(i), y(j)) > 0.0;
    for (std::size_t k = 0; k < nz_; ++k)
      for (std::size_t j = 0; j < ny_; ++j)
        for (std::size_t i = 0; i < nx_; ++i) add_cell(i, j, k, film_coefficient);
    for (std::size_t at = 0; at < diagonal.size(); ++at)
      entries_.emplace_back(static_cast<int>(at), static_cast<int>(at), diagonal[at]);
  }

  Matrix matrix() const {
    const auto n = static_cast<Eigen::Index>(diagonal.size());
    Matrix matrix(n, n);
    matrix.setFromTriplets(entries_.begin(), entries_.end());
    return matrix;
  }
  bool in_material(std::size_t at) const { return material_[at % (nx_ * ny_)]; }

 private:
  double x(std::size_t i) const { return hx_ * (static_cast<double>(i) + 0.5); }
  double y(std::size_t j) const { return hy_ * (static_cast<double>(j) + 0.5); }
  std::size_t index(std::size_t i, std::size_t j, std::size_t k) const { return (k * ny_ + j) * nx_ + i; }

  void add_cell(std::size_t i, std::size_t j, std::size_t k, double film_coefficient) {
    const std::size_t here = index(i, j, k);
    if (!in_material(here)) {
      diagonal[here] = 1.0;
      return;
    }
    const double area = hx_ * hy_;
    if (i + 1 < nx_) link(i, j, i + 1, j, k, hy_ * hz_ / hx_);
    if (i > 0) cut(i, j, i - 1, j, k, hy_ * hz_ / hx_);
    if (j + 1 < ny_) link(i, j, i, j + 1, k, hx_ * hz_ / hy_);
    if (j > 0) cut(i, j, i, j - 1, k, hx_ * hz_ / hy_);
    if (k + 1 < nz_) couple(here, index(i, j, k + 1), area / hz_);
    if (k == 0) source[static_cast<Eigen::Index>(here)] += area;
    if (k + 1 == nz_) {
      // Half a cell of material and the film in series.
      top[here] = area / (0.5 * hz_ + 1.0 / film_coefficient);
      diagonal[here] += top[here];
    }
  }
  /// Towards a neighbour with larger index: uncut links are written once, from here.
  void link(std::size_t i, std::size_t j, std::size_t to_i, std::size_t to_j, std::size_t k, double conductance) {
    if (material_[to_j * nx_ + to_i]) {
      couple(index(i, j, k), index(to_i, to_j, k), conductance);
    } else {
      cut(i, j, to_i, to_j, k, conductance);
    }
  }
  void cut(std::size_t i, std::size_t j, std::size_t to_i, std::size_t to_j, std::size_t k, double conductance) {
    if (material_[to_j * nx_ + to_i]) return;
    const double to_wall = conductance / fraction_to_wall(plate_, x(i), y(j), x(to_i), y(to_j));
    wall[index(i, j, k)] += to_wall;
    diagonal[index(i, j, k)] += to_wall;
  }
  void couple(std::size_t a, std::size_t b, double conductance) {
    diagonal[a] += conductance;
    diagonal[b] += conductance;
    entries_.emplace_back(static_cast<int>(a), static_cast<int>(b), -conductance);
    entries_.emplace_back(static_cast<int>(b), static_cast<int>(a), -conductance);
  }

  const Plate& plate_;
  std::size_t nx_, ny_, nz_;
  double hx_, hy_, hz_;
  std::vector<bool> material_;
  std::vector<Eigen::Triplet<double>> entries_;

 public:
  std::vector<double> diagonal, wall, top;  ///< wall, top: conductances to the holes and to the ambient
  Eigen::VectorXd source;
};

}  // namespace

void Plate::validate() const {
  if (!(length > 0.0 && width > 0.0 && thickness > 0.0 && radius > 0.0) || holes < 0)
    throw ConfigError(
        fmt::format("a plate {} x {} x {} with {} holes of radius {} (sizes must be positive); change them", length,
                    width, thickness, holes, radius));
  if (holes == 0) return;
  if (2.0 * radius >= length / holes || row_distance <= radius || row_distance + radius >= 0.5 * width)
    throw ConfigError(
        fmt::format("{} holes of radius {} in rows at {} from the middle of a plate {} x {} (they overlap or reach "
                    "the edge); use a smaller radius",
                    holes, radius, row_distance, length, width));
}

double Plate::outside_holes(double x, double y) const {
  if (holes == 0) return 1.0;
  const double spacing = length / holes;
  const double nearest = std::clamp(std::floor(x / spacing), 0.0, static_cast<double>(holes - 1));
  const double dx = x - (nearest + 0.5) * spacing;
  const double dy = std::abs(y - 0.5 * width) - row_distance;
  return dx * dx + dy * dy - radius * radius;
}

PlateSolution solve_plate(const Plate& plate, const std::array<std::size_t, 3>& cells, double film_coefficient,
                          double tolerance) {
  plate.validate();
  if (std::min({cells[0], cells[1], cells[2]}) < 1 || !(film_coefficient > 0.0))
    throw ConfigError(
        fmt::format("a grid of {} x {} x {} cells and a film coefficient of {} (they must be positive); change "
                    "them",
                    cells[0], cells[1], cells[2], film_coefficient));
  const Assembly system(plate, cells, film_coefficient);
  const Matrix matrix = system.matrix();
  Eigen::ConjugateGradient<Matrix, Eigen::Lower, Eigen::IncompleteCholesky<double>> solver;
  solver.setTolerance(0.5 * tolerance);
  solver.setMaxIterations(4000);
  solver.compute(matrix);
  const Eigen::VectorXd t = solver.solve(system.source);
  PlateSolution solution;
  solution.iterations = static_cast<int>(solver.iterations());
  solution.relative_residual = (system.source - matrix * t).norm() / system.source.norm();
  if (!(solution.relative_residual <= tolerance))
    throw NumericalError(
        fmt::format("a relative residual of {:.2g} after {} iterations ({:.2g} was asked for); use a larger "
                    "tolerance or a coarser grid",
                    solution.relative_residual, solution.iterations, tolerance));
  const auto n = static_cast<std::size_t>(t.size());
  solution.temperature.assign(t.data(), t.data() + n);
  solution.mask.resize(n);
  for (std::size_t at = 0; at < n; ++at) {
    solution.mask[at] = system.in_material(at) ? 1.0 : 0.0;
    solution.heat_to_holes += system.wall[at] * solution.temperature[at];
    solution.heat_to_top += system.top[at] * solution.temperature[at];
  }
  return solution;
}

}  // namespace floe::pde
