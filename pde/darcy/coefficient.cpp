// SPDX-License-Identifier: MIT
#include "pde/darcy/coefficient.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "base/error.h"

namespace floe::pde {
namespace {

using Kind = DarcyCoefficientOptions::Kind;

GridAxis neumann(GridAxis axis) {
  axis.boundary = Boundary::neumann;
  return axis;
}

}  // namespace

void DarcyCoefficientOptions::validate() const {
  if (kind == Kind::piecewise && !(high > 0.0 && low > 0.0))
    throw ConfigError(
        fmt::format("the values high = {} and low = {} (the equation is elliptic for a positive "
                    "coefficient only); use positive ones",
                    high, low));
  if (kind != Kind::multiscale) field.validate();
}

void bind(config::Section& section, DarcyCoefficientOptions& options) {
  section.choice(
      "coefficient", options.kind,
      {{"piecewise", Kind::piecewise}, {"lognormal", Kind::lognormal}, {"multiscale", Kind::multiscale}},
      "two values by the sign of a Gaussian field, its exponential, or a trigonometric product of six scales");
  section.when(options.kind == Kind::piecewise, "coefficient = \"piecewise\"", [&] {
    section.key("high", options.high, "the coefficient where the field is not negative", config::positive());
    section.key("low", options.low, "the coefficient elsewhere; 3 in the published FNO files, 4 in their generator",
                config::positive());
  });
  section.when(options.kind != Kind::multiscale, "coefficient = \"piecewise\" or \"lognormal\"", [&] {
    section.table("field", options.field, "the Gaussian field, without derivative across the boundary; rough: tau = 5");
  });
}

void describe(const DarcyCoefficientOptions& options, std::map<std::string, io::hdf5::AttributeValue>& attributes) {
  switch (options.kind) {
    case Kind::piecewise:
      attributes["coefficient"] = "piecewise";
      attributes["high"] = options.high;
      attributes["low"] = options.low;
      break;
    case Kind::lognormal:
      attributes["coefficient"] = "lognormal";
      break;
    case Kind::multiscale:
      attributes["coefficient"] = "multiscale";
      return;
  }
  describe(options.field, "field_", attributes);
}

MultiscaleFrequencies draw_multiscale_frequencies(random::Stream& stream) {
  MultiscaleFrequencies frequencies;
  double scale = 1.0;
  for (double& frequency : frequencies) {
    frequency = scale * (1.0 + 0.5 * stream.uniform());
    scale *= 2.0;
  }
  return frequencies;
}

double multiscale_coefficient(const MultiscaleFrequencies& frequencies, double x, double y) {
  const double X = 2.0 * x - 1.0, Y = 2.0 * y - 1.0;
  double a = 1.0;
  for (const double frequency : frequencies) {
    const double k = std::numbers::pi * frequency;
    a *= (1.0 + 0.5 * std::cos(k * (X + Y))) * (1.0 + 0.5 * std::sin(k * (Y - 3.0 * X)));
  }
  return a;
}

DarcyCoefficient::DarcyCoefficient(const DarcyCoefficientOptions& options, const GridAxis& axis)
    : options_(options), points_(axis.coordinates()), field_({neumann(axis), neumann(axis)}, options.field) {}

void DarcyCoefficient::operator()(random::Stream& stream, std::span<double> a) {
  if (options_.kind == Kind::multiscale) {
    const MultiscaleFrequencies frequencies = draw_multiscale_frequencies(stream);
    for (std::size_t j = 0; j < points_.size(); ++j)
      for (std::size_t i = 0; i < points_.size(); ++i)
        a[j * points_.size() + i] = multiscale_coefficient(frequencies, points_[i], points_[j]);
    return;
  }
  field_(stream, a);
  if (options_.kind == Kind::lognormal) {
    for (double& value : a) value = std::exp(value);
  } else {
    for (double& value : a) value = value >= 0.0 ? options_.high : options_.low;
  }
}

}  // namespace floe::pde
