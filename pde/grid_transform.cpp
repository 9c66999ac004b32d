// SPDX-License-Identifier: MIT
#include "pde/grid_transform.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace floe::pde {
namespace {

fft::TrigonometricTransform<double> make_synthesis(const std::vector<GridAxis>& axes) {
  std::vector<int> sizes;
  std::vector<fft::Trigonometric> kinds;
  for (const GridAxis& axis : axes) {
    axis.validate();
    sizes.push_back(columns(axis));
    kinds.push_back(synthesis_kind(axis));
  }
  return {sizes, kinds};
}

}  // namespace

bool has_zero_ends(const GridAxis& axis) {
  return axis.boundary == Boundary::dirichlet && axis.placement == Placement::vertices;
}

int columns(const GridAxis& axis) {
  return axis.points - (has_zero_ends(axis) ? 2 : 0);
}

fft::Trigonometric synthesis_kind(const GridAxis& axis) {
  using fft::Trigonometric;
  const bool cells = axis.placement == Placement::cells;
  switch (axis.boundary) {
    case Boundary::periodic:
      return Trigonometric::half_complex_inverse;
    case Boundary::neumann:
      return cells ? Trigonometric::dct3 : Trigonometric::dct1;
    case Boundary::dirichlet:
      break;
  }
  return cells ? Trigonometric::dst3 : Trigonometric::dst1;
}

int half_waves_of_column(const GridAxis& axis, int column) {
  switch (axis.boundary) {
    case Boundary::periodic:
      return 2 * std::min(column, axis.points - column);
    case Boundary::neumann:
      return column;
    case Boundary::dirichlet:
      break;
  }
  return column + 1;
}

GridTransform::GridTransform(std::vector<GridAxis> axes)
    : axes_(std::move(axes)), synthesis_(make_synthesis(axes_)), analysis_(synthesis_.inverse()) {
  for (const GridAxis& axis : axes_) size_ *= static_cast<std::size_t>(axis.points);
}

void GridTransform::check(std::size_t field, std::size_t coefficients) const {
  if (field != size_ || coefficients != coefficient_count()) {
    throw ShapeError(fmt::format("memory for {} points and {} coefficients (the grid has {} and {}); give as many",
                                 field, coefficients, size_, coefficient_count()));
  }
}

template <class Inside, class AtEnd>
void GridTransform::visit(const Inside& inside, const AtEnd& at_end) const {
  for (std::size_t i = 0; i < size_; ++i) {
    std::size_t rest = i;
    std::size_t coefficient = 0;
    std::size_t stride = 1;
    bool end = false;
    for (std::size_t a = axes_.size(); a-- > 0;) {
      const auto points = static_cast<std::size_t>(axes_[a].points);
      std::size_t x = rest % points;
      rest /= points;
      if (has_zero_ends(axes_[a])) {
        end = end || x == 0 || x + 1 == points;
        --x;
      }
      coefficient += x * stride;
      stride *= static_cast<std::size_t>(columns(axes_[a]));
    }
    if (end) {
      at_end(i);
    } else {
      inside(coefficient, i);
    }
  }
}

void GridTransform::synthesize(std::span<double> coefficients, std::span<double> field) const {
  check(field.size(), coefficients.size());
  if (coefficients.size() == field.size()) {
    synthesis_(coefficients.data(), field.data());
    return;
  }
  synthesis_(coefficients.data(), coefficients.data());
  visit([&](std::size_t c, std::size_t i) { field[i] = coefficients[c]; }, [&](std::size_t i) { field[i] = 0; });
}

void GridTransform::analyze(std::span<const double> field, std::span<double> coefficients) const {
  check(field.size(), coefficients.size());
  if (coefficients.size() == field.size()) {
    analysis_(field.data(), coefficients.data());
    return;
  }
  visit([&](std::size_t c, std::size_t i) { coefficients[c] = field[i]; }, [](std::size_t) {});
  analysis_(coefficients.data(), coefficients.data());
}

}  // namespace floe::pde
