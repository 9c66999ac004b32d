// SPDX-License-Identifier: MIT
#include "lattice/phi4.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "lattice/vector.h"

namespace floe::lattice {
namespace {

// The neighbouring rows of a row. A plain array, as template arguments lose the attributes of a vector; never empty.
template <class T, int Count>
struct Rows {
  const Vector<T>* row[Count + 1];
};

template <class T>
void check_shape(const Geometry& geometry, const Block<T>& phi) {
  if (phi.cols() != geometry.volume()) {
    throw ShapeError(
        fmt::format("a block of {} sites on the lattice {} (which has {} sites); pass fields of this lattice",
                    phi.cols(), to_string(geometry), geometry.volume()));
  }
}

// Sites handled by one turn of a loop, written out by the compiler.
constexpr int run = 4;

// Terms of one row; `up` holds the forward rows along the other Axes axes. Runs of sites are summed in T before they
// enter the sum.
template <class T, int Axes>
void add_row_action(const Phi4& phi4, const Vector<T>* row, const Rows<T, Axes>& up, int length,
                    LaneAccumulator<T>& sum) {
  const T mass = static_cast<T>(phi4.mass_squared);
  const T coupling = static_cast<T>(phi4.coupling);
  const auto add_site = [&](Vector<T>& terms, int i, Vector<T> x, Vector<T> right) {
    const Vector<T> square = x * x;
    terms += square * (mass + coupling * square);
    terms += (right - x) * (right - x);
    for (int axis = 0; axis < Axes; ++axis) {
      const Vector<T> difference = up.row[axis][i] - x;
      terms += difference * difference;
    }
  };
  Vector<T> x = row[0];
  const auto add_next_site = [&](Vector<T>& terms, int i) {
    const Vector<T> right = row[i + 1];
    add_site(terms, i, x, right);
    x = right;
  };
  int i = 0;
  for (; i + run < length; i += run) {
    Vector<T> terms{};
    for (int j = 0; j < run; ++j) add_next_site(terms, i + j);
    sum.add(terms);
  }
  Vector<T> terms{};
  if (length - i == run) {
    for (int j = 0; j + 1 < run; ++j) add_next_site(terms, i + j);
  } else {
    for (int j = i; j + 1 < length; ++j) add_next_site(terms, j);
  }
  add_site(terms, length - 1, x, row[0]);
  sum.add(terms);
}

template <class T, int Axes>
LaneSums<T> action_of(const Geometry& geometry, const Phi4& phi4, const Block<T>& phi) {
  const Vector<T>* const field = sites(phi);
  const int length = geometry.row_length();
  LaneAccumulator<T> sum;
  for (int row = 0; row < geometry.row_count(); ++row) {
    const int* const neighbours = geometry.row_neighbours(row);
    Rows<T, Axes> up;
    for (int axis = 0; axis < Axes; ++axis) {
      up.row[axis] = field + static_cast<std::ptrdiff_t>(neighbours[2 * axis]) * length;
    }
    add_row_action<T, Axes>(phi4, field + static_cast<std::ptrdiff_t>(row) * length, up, length, sum);
  }
  return sum.total();
}

template <class T, int Axes>
void row_gradient(const Phi4& phi4, const Vector<T>* row, const Rows<T, 2 * Axes>& adjacent, int length,
                  Vector<T>* gradient) {
  const T linear = static_cast<T>(2 * (phi4.mass_squared + 2 * (Axes + 1)));
  const T cubic = static_cast<T>(4 * phi4.coupling);
  const auto site = [&](int i, Vector<T> left, Vector<T> x, Vector<T> right) {
    Vector<T> neighbours = left + right;
    for (int n = 0; n < 2 * Axes; ++n) neighbours += adjacent.row[n][i];
    gradient[i] = x * (linear + cubic * (x * x)) - T{2} * neighbours;
  };
  Vector<T> left = row[length - 1];
  Vector<T> x = row[0];
  const auto next_site = [&](int i) {
    const Vector<T> right = row[i + 1];
    site(i, left, x, right);
    left = x;
    x = right;
  };
  int i = 0;
  for (; i + run < length; i += run) {
    for (int j = 0; j < run; ++j) next_site(i + j);
  }
  if (length - i == run) {
    for (int j = 0; j + 1 < run; ++j) next_site(i + j);
  } else {
    for (int j = i; j + 1 < length; ++j) next_site(j);
  }
  site(length - 1, left, x, row[0]);
}

template <class T, int Axes>
void gradient_of(const Geometry& geometry, const Phi4& phi4, const Block<T>& phi, Block<T>& gradient) {
  const Vector<T>* const field = sites(phi);
  Vector<T>* const result = sites(gradient);
  const int length = geometry.row_length();
  for (int row = 0; row < geometry.row_count(); ++row) {
    const int* const neighbours = geometry.row_neighbours(row);
    Rows<T, 2 * Axes> adjacent;
    for (int n = 0; n < 2 * Axes; ++n) {
      adjacent.row[n] = field + static_cast<std::ptrdiff_t>(neighbours[n]) * length;
    }
    const std::ptrdiff_t first = static_cast<std::ptrdiff_t>(row) * length;
    row_gradient<T, Axes>(phi4, field + first, adjacent, length, result + first);
  }
}

}  // namespace

void Phi4::validate() const {
  if (!std::isfinite(mass_squared) || !std::isfinite(coupling)) {
    throw ConfigError(fmt::format("couplings mass_squared={}, coupling={} (both must be finite); give numbers",
                                  mass_squared, coupling));
  }
  if (coupling < 0 || (coupling == 0 && mass_squared <= 0)) {
    throw ConfigError(
        fmt::format("couplings mass_squared={}, coupling={} (exp(-S) cannot be normalised); choose coupling > 0, or "
                    "coupling = 0 with mass_squared > 0",
                    mass_squared, coupling));
  }
}

template <class T>
LaneSums<T> action(const Geometry& geometry, const Phi4& phi4, const Block<T>& phi) {
  check_shape(geometry, phi);
  switch (geometry.dimension()) {
    case 1:
      return action_of<T, 0>(geometry, phi4, phi);
    case 2:
      return action_of<T, 1>(geometry, phi4, phi);
    case 3:
      return action_of<T, 2>(geometry, phi4, phi);
    default:
      return action_of<T, 3>(geometry, phi4, phi);
  }
}

template <class T>
void action_gradient(const Geometry& geometry, const Phi4& phi4, const Block<T>& phi, Block<T>& gradient) {
  check_shape(geometry, phi);
  gradient.resize(Eigen::NoChange, phi.cols());
  if (gradient.data() == phi.data()) {
    throw ShapeError("the gradient of a field in place (neighbours would be overwritten); pass another block");
  }
  switch (geometry.dimension()) {
    case 1:
      return gradient_of<T, 0>(geometry, phi4, phi, gradient);
    case 2:
      return gradient_of<T, 1>(geometry, phi4, phi, gradient);
    case 3:
      return gradient_of<T, 2>(geometry, phi4, phi, gradient);
    default:
      return gradient_of<T, 3>(geometry, phi4, phi, gradient);
  }
}

template LaneSums<float> action(const Geometry&, const Phi4&, const Block<float>&);
template LaneSums<double> action(const Geometry&, const Phi4&, const Block<double>&);
template void action_gradient(const Geometry&, const Phi4&, const Block<float>&, Block<float>&);
template void action_gradient(const Geometry&, const Phi4&, const Block<double>&, Block<double>&);

}  // namespace floe::lattice
