// SPDX-License-Identifier: MIT
#include "pde/plate/plate_solver.h"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "pde/elliptic/elliptic_solver.h"

namespace floe::pde {
namespace {

/// Where along the way from (x, y) outside of holes to (to_x, to_y) inside of one its wall lies, in (0, 1].
double fraction_to_wall(const Plate& plate, double x, double y, double to_x, double to_y) {
  double low = 0.0, high = 1.0;
  for (int step = 0; step < 52; ++step) {
    const double middle = 0.5 * (low + high);
    (plate.outside_holes(x + middle * (to_x - x), y + middle * (to_y - y)) > 0.0 ? low : high) = middle;
  }
  return std::max(high, 1e-6);
}

/// What the layers of cells have in common: links within a layer, over the height of a cell, and the conductances to
/// the holes; cells inside holes are no unknowns.
struct Layer {
  Layer(const Plate& plate, std::size_t nx, std::size_t ny)
      : hx(plate.length / static_cast<double>(nx)),
        hy(plate.width / static_cast<double>(ny)),
        system(nx, ny),
        mask(nx * ny),
        wall(nx * ny) {
    const auto x = [this](std::size_t i) { return hx * (static_cast<double>(i) + 0.5); };
    const auto y = [this](std::size_t j) { return hy * (static_cast<double>(j) + 0.5); };
    for (std::size_t j = 0; j < ny; ++j)
      for (std::size_t i = 0; i < nx; ++i) mask[system.index(i, j)] = plate.outside_holes(x(i), y(j)) > 0.0 ? 1.0 : 0.0;
    // Between two neighbours: a coupling, a link to the wall in between, or nothing inside of a hole.
    const auto link = [&](std::size_t i, std::size_t j, std::size_t to_i, std::size_t to_j, double conductance,
                          std::vector<double>& coupling) {
      const std::size_t a = system.index(i, j), b = system.index(to_i, to_j);
      if (mask[a] == 1.0 && mask[b] == 1.0) {
        coupling[a] = conductance;
        system.diagonal[a] += conductance;
        system.diagonal[b] += conductance;
      } else if (mask[a] == 1.0) {
        wall[a] += conductance / fraction_to_wall(plate, x(i), y(j), x(to_i), y(to_j));
      } else if (mask[b] == 1.0) {
        wall[b] += conductance / fraction_to_wall(plate, x(to_i), y(to_j), x(i), y(j));
      }
    };
    for (std::size_t j = 0; j < ny; ++j) {
      for (std::size_t i = 0; i < nx; ++i) {
        if (i + 1 < nx) link(i, j, i + 1, j, hy / hx, system.east);
        if (j + 1 < ny) link(i, j, i, j + 1, hx / hy, system.north);
      }
    }
    for (std::size_t at = 0; at < mask.size(); ++at) system.diagonal[at] += mask[at] == 1.0 ? wall[at] : 1.0;
  }

  double hx, hy;
  FivePointSystem system;
  std::vector<double> mask, wall;
};

/// The eigenvectors, in columns, and eigenvalues of -d^2/dz^2 on n cells of height h: no flux below, half a cell of
/// material and the film in series above.
Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> modes_across(Eigen::Index n, double h, double film_coefficient) {
  Eigen::VectorXd diagonal = Eigen::VectorXd::Constant(n, 2.0), off = Eigen::VectorXd::Constant(n - 1, -1.0);
  diagonal[0] -= 1.0;
  diagonal[n - 1] += h / (0.5 * h + 1.0 / film_coefficient) - 1.0;
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> modes;
  modes.computeFromTridiagonal(diagonal / (h * h), off / (h * h));
  return modes;
}

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
  const Layer layer(plate, cells[0], cells[1]);
  const auto nz = static_cast<Eigen::Index>(cells[2]);
  const auto size = static_cast<Eigen::Index>(layer.mask.size());
  const double hz = plate.thickness / static_cast<double>(nz), area = layer.hx * layer.hy;
  const auto modes = modes_across(nz, hz, film_coefficient);
  const Eigen::MatrixXd& profile = modes.eigenvectors();

  // The conductances within a layer are the same in all, so every mode has a problem of its own in the plane.
  PlateSolution solution;
  EllipticSolver solver(cells[0], cells[1], {.tolerance = tolerance});
  FivePointSystem system = layer.system;
  std::vector<double> source(layer.mask.size()), u(layer.mask.size());
  Eigen::MatrixXd amplitudes(size, nz);
  double residual = 0.0;
  for (Eigen::Index mode = 0; mode < nz; ++mode) {
    for (std::size_t at = 0; at < source.size(); ++at) {
      system.diagonal[at] = layer.system.diagonal[at] + layer.mask[at] * area * modes.eigenvalues()[mode];
      source[at] = layer.mask[at] * area / hz * profile(0, mode);
    }
    const EllipticSolveReport report = solver.solve(system, source, u);
    solution.iterations += report.iterations;
    // Modes are orthonormal: the squares add up, as those of the sources do, in proportion to profile(0, mode).
    residual += std::pow(report.relative_residual * profile(0, mode), 2);
    amplitudes.col(mode) = Eigen::Map<const Eigen::VectorXd>(u.data(), size);
  }
  solution.relative_residual = std::sqrt(residual);

  solution.temperature.resize(static_cast<std::size_t>(size * nz));
  Eigen::Map<Eigen::MatrixXd> temperature(solution.temperature.data(), size, nz);
  temperature.noalias() = amplitudes * profile.transpose();
  for (Eigen::Index k = 0; k < nz; ++k) solution.mask.insert(solution.mask.end(), layer.mask.begin(), layer.mask.end());
  const Eigen::Map<const Eigen::VectorXd> wall(layer.wall.data(), size);
  solution.heat_to_holes = hz * wall.dot(temperature.rowwise().sum());
  solution.heat_to_top = area / (0.5 * hz + 1.0 / film_coefficient) * temperature.col(nz - 1).sum();
  return solution;
}

}  // namespace floe::pde
