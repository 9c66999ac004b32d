// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "fft/trigonometric_transform.h"
#include "pde/grid_axis.h"

namespace floe::pde {

/// Whether the end points of an axis belong to it and a field is zero there.
bool has_zero_ends(const GridAxis& axis);
/// Columns of an axis: its points without ends where the field is zero.
int columns(const GridAxis& axis);
/// The transform that sums the eigenfunctions of -d^2/dx^2 over the columns of an axis.
fft::Trigonometric synthesis_kind(const GridAxis& axis);
/// How many half waves the eigenfunction of a column has along the axis: its wavenumber is pi half_waves / length.
int half_waves_of_column(const GridAxis& axis, int column);

/// The eigenfunctions of the Laplacian on a grid with a boundary condition on every axis, by FFTW: cosines, sines or
/// Fourier modes along each. The three-point Laplacians of vertices and of cells have the same ones.
class GridTransform final {
 public:
  /// Throws ConfigError for an axis that cannot be.
  explicit GridTransform(std::vector<GridAxis> axes);

  /// The field of the given coefficients, not scaled; the coefficients are lost.
  void synthesize(std::span<double> coefficients, std::span<double> field) const;
  /// scale() times the coefficients of the field; what it has at ends where fields are zero does not count.
  void analyze(std::span<const double> field, std::span<double> coefficients) const;
  double scale() const { return synthesis_.scale(); }

  const std::vector<GridAxis>& axes() const { return axes_; }
  /// Points of a field.
  std::size_t size() const { return size_; }
  /// Coefficients of a field: the product of the columns.
  std::size_t coefficient_count() const { return static_cast<std::size_t>(synthesis_.volume()); }

 private:
  void check(std::size_t field, std::size_t coefficients) const;
  /// inside(coefficient, point) for every point that is not a zero end, at_end(point) for the others.
  template <class Inside, class AtEnd>
  void visit(const Inside& inside, const AtEnd& at_end) const;

  std::vector<GridAxis> axes_;
  std::size_t size_ = 1;
  fft::TrigonometricTransform<double> synthesis_;
  fft::TrigonometricTransform<double> analysis_;
};

}  // namespace floe::pde
