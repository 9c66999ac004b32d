// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace floe::pde::validation {

/// An array of one sample of any problem: one row per element, with its coordinates on the axes and its value.
/// `options` is TOML, a key per line or separated by ';'.
void sample_table(const std::string& problem, const std::string& options, std::uint64_t index, const std::string& path,
                  const std::filesystem::path& csv);

/// Covariance of 16000 drawn fields against distance, with its standard error and the exact one:
/// field (0: (-d^2 + 9)^-1 on the circle, 1: squared exponential, 2: spherical), distance, sampled, error, exact.
void covariance_table(const std::filesystem::path& csv);

/// Errors of the elliptic solvers against the spacing: series, h, error, relative in L2 unless said otherwise. Darcy
/// with a smooth coefficient, one that jumps on faces, and thresholded fields against 729 by 729 cells; -Laplace u = 1
/// on the disk and the triangle (largest error) and on the L-shape (at a point, against 1024 by 1024 cells); Helmholtz
/// driven from a side; plates with 2, 5 and 9 holes per row against cells of 1/84, at the centres of 24 by 24 by 8.
void elliptic_table(const std::filesystem::path& csv);

/// Largest error of the solvers of time-dependent problems: series, step, error. Navier-Stokes at t = 1 against steps
/// of 1/4096, by each method; Burgers at t = 0.5 against Cole and Hopf (step: its bound courant); Fisher's front at t
/// = 4.
void evolution_table(const std::filesystem::path& csv);

/// Largest error of three-point and five-point differences on exact solutions: dimension, boundary, points, error.
void poisson_table(const std::filesystem::path& csv);

/// Root mean square errors, in m/s and per component, of forecasts of the wind problem that use no model: by altitude
/// band (ft) and over all.
void wind_table(const std::filesystem::path& csv);

}  // namespace floe::pde::validation
