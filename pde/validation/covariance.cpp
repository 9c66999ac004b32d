// SPDX-License-Identifier: MIT
#include <cmath>
#include <functional>
#include <span>
#include <vector>

#include "io/csv.h"
#include "pde/random_fields/gaussian_field.h"
#include "pde/random_fields/karhunen_loeve.h"
#include "pde/validation/tables.h"

namespace floe::pde::validation {
namespace {

constexpr int samples = 16000;

/// E u(x_0) u(x_i) with its standard error, sqrt((C_00 C_ii + C_0i^2) / samples).
void add(io::CsvWriter& table, double number, std::size_t size, const std::vector<double>& distance,
         const std::function<void(random::Stream&, std::span<double>)>& draw,
         const std::function<double(double)>& exact) {
  std::vector<double> u(size);
  std::vector<double> sum(distance.size());
  for (int s = 0; s < samples; ++s) {
    random::Stream stream(random::make_key(1, "covariance"), static_cast<std::uint64_t>(s));
    draw(stream, u);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += u[0] * u[i] / samples;
  }
  for (std::size_t i = 0; i < sum.size(); ++i) {
    const double error = std::hypot(exact(0), exact(distance[i])) / std::sqrt(samples);
    table.row({number, distance[i], sum[i] / exact(0), error / exact(0), exact(distance[i]) / exact(0)});
  }
}

}  // namespace

void covariance_table(const std::filesystem::path& csv) {
  io::CsvWriter table(csv, {"field", "distance", "sampled", "error", "exact"});
  const int n = 64;
  std::vector<double> line;
  for (int i = 0; i <= n / 2; ++i) line.push_back(static_cast<double>(i) / n);

  const double tau = 3;
  GaussianField circle({{.points = n}}, {.alpha = 1, .tau = tau, .modes = 2001});
  add(
      table, 0, circle.size(), line, [&](random::Stream& stream, std::span<double> u) { circle(stream, u); },
      [&](double r) { return std::cosh(tau * (0.5 - r)) / (2 * tau * std::sinh(tau / 2)); });

  for (const Kernel kernel : {Kernel::squared_exponential, Kernel::spherical}) {
    // Along a line through the middle of the square.
    const KarhunenLoeveOptions options{
        .kernel = kernel, .length = 0.25, .terms = kernel == Kernel::spherical ? 784 : 100};
    std::vector<double> x;
    for (const double r : line) x.push_back(0.25 + r);
    const KarhunenLoeve field(x, {0.5}, options);
    add(
        table, kernel == Kernel::spherical ? 2 : 1, field.size(), line,
        [&](random::Stream& stream, std::span<double> u) { field(stream, u); },
        [&](double r) { return covariance(options, r); });
  }
}

}  // namespace floe::pde::validation
