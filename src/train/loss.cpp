// SPDX-License-Identifier: MIT
#include "train/loss.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "base/error.h"
#include "train/inputs.h"

namespace floe::train {

using torch::Tensor;

namespace {

Tensor squares(const Tensor& fields) {
  return fields.flatten(1).pow(2).sum(1);
}

/// The root; at 0 it has the gradient 0.
Tensor root(const Tensor& squared) {
  const Tensor zero = squared == 0;
  return (squared + zero).sqrt() * zero.logical_not();
}

/// The norm of each sample.
Tensor norms(const Tensor& fields) {
  return root(squares(fields));
}

/// |e| / |y|, and |e| where y vanishes.
Tensor ratios(const Tensor& error_norms, const Tensor& target_norms) {
  return error_norms / (target_norms + (target_norms == 0));
}

/// Half the difference of the neighbours, with zeros beyond the edges; the scale cancels in ratios.
Tensor central_with_zeros(const Tensor& fields, std::int64_t axis) {
  const std::int64_t n = fields.size(axis);
  std::vector<std::int64_t> edge = fields.sizes().vec();
  edge[static_cast<std::size_t>(axis)] = 1;
  const Tensor zero = torch::zeros(edge, fields.options());
  return torch::cat({fields.narrow(axis, 1, n - 1), zero}, axis) -
         torch::cat({zero, fields.narrow(axis, 0, n - 1)}, axis);
}

Tensor finite_difference(const Tensor& fields, std::int64_t axis, double spacing, bool periodic) {
  const double half = 1 / (2 * spacing);
  if (periodic) return (fields.roll(-1, axis) - fields.roll(1, axis)) * half;
  const std::int64_t n = fields.size(axis);
  const auto at = [&](std::int64_t i) { return fields.narrow(axis, i, 1); };
  return torch::cat(
      {(4 * at(1) - 3 * at(0) - at(2)) * half, (fields.narrow(axis, 2, n - 2) - fields.narrow(axis, 0, n - 2)) * half,
       (3 * at(n - 1) - 4 * at(n - 2) + at(n - 3)) * half},
      axis);
}

Tensor spectral_derivative(const Tensor& fields, std::int64_t axis, double spacing) {
  const std::int64_t n = fields.size(axis);
  const double unit = 2 * std::numbers::pi / (static_cast<double>(n) * spacing);
  Tensor k = torch::arange(n / 2 + 1, fields.options()) * unit;
  if (n % 2 == 0) k[n / 2] = 0;
  std::vector<std::int64_t> shape(static_cast<std::size_t>(fields.dim()), 1);
  shape[static_cast<std::size_t>(axis)] = n / 2 + 1;
  const Tensor factor = torch::complex(torch::zeros_like(k), k).view(shape);
  return torch::fft_irfft(torch::fft_rfft(fields, c10::nullopt, axis) * factor, n, axis);
}

void check(const Tensor& prediction, const Tensor& target) {
  if (prediction.sizes() != target.sizes()) {
    throw ShapeError(
        fmt::format("predictions of shape {} cannot be compared with targets of shape {} (they must be equal); "
                    "check the outputs of the data",
                    shape_text(prediction), shape_text(target)));
  }
}

/// 1 where values count, expanded to the shape of the fields.
Tensor weights(const Tensor& fields, const Tensor& mask) {
  return mask.defined() ? mask.to(fields.scalar_type()).expand_as(fields)
                        : torch::ones({}, fields.options()).expand_as(fields);
}

/// Values that count, per sample, at least 1.
Tensor counted(const Tensor& target, const Tensor& mask) {
  return weights(target, mask).flatten(1).sum(1).clamp_min(1);
}

/// 1 where the differences along an axis see only values that count.
Tensor where_differences_count(const Tensor& mask, std::int64_t axis, bool periodic) {
  if (periodic) return mask * mask.roll(1, axis) * mask.roll(-1, axis);
  const std::int64_t n = mask.size(axis);
  const Tensor inner = mask.narrow(axis, 0, n - 2) * mask.narrow(axis, 1, n - 2) * mask.narrow(axis, 2, n - 2);
  return torch::cat({inner.narrow(axis, 0, 1), inner, inner.narrow(axis, n - 3, 1)}, axis);
}

/// Of fields that are 0 where nothing counts.
Tensor h1_norms(const Tensor& fields, const Tensor& mask, const GridGeometry& geometry, DerivativeKind kind) {
  if (mask.defined() && kind == DerivativeKind::spectral) {
    throw ConfigError(
        "masked values have no spectral derivatives (each takes every point of the grid); choose train.derivative = "
        "\"finite_difference\"");
  }
  const std::vector<Tensor> all = derivatives(fields, geometry, kind);
  Tensor sum = squares(fields);
  for (std::size_t a = 0; a < all.size(); ++a) {
    const Tensor d = mask.defined()
                         ? all[a] * where_differences_count(weights(fields, mask), static_cast<std::int64_t>(a) + 2,
                                                            geometry.periodic[a])
                         : all[a];
    sum = sum + squares(d);
  }
  return root(sum);
}

/// The error and the target, both 0 where values do not count.
struct Compared {
  Tensor error;
  Tensor target;
};

Compared compare(const Tensor& prediction, const Tensor& target, const Tensor& mask) {
  check(prediction, target);
  if (!mask.defined()) return {prediction - target, target};
  const Tensor y = target * mask;
  return {prediction * mask - y, y};
}

bool on_grid(const GridGeometry& geometry, const Tensor& fields) {
  return !geometry.spacing.empty() && fields.dim() == static_cast<std::int64_t>(geometry.spacing.size()) + 2;
}

/// PDEBench's error in shells of wave numbers, from the quarter of the spectrum without negative ones.
void add_fourier(std::vector<std::pair<std::string, Tensor>>& out, const Tensor& error) {
  const std::int64_t axes = error.dim() - 2;
  if (axes > 2) return;
  const Tensor power = (axes == 1 ? torch::fft_fft(error) : torch::fft_fft2(error)).abs().pow(2).mean(1);
  const std::int64_t n1 = error.size(2);
  const std::int64_t n2 = axes == 1 ? n1 : error.size(3);
  const std::int64_t shells = std::min(n1, n2) / 2;
  const auto points = static_cast<double>(axes == 1 ? n1 : n1 * n2);
  Tensor sums;
  if (axes == 1) {
    sums = power.narrow(1, 0, shells);
  } else {
    const Tensor i = torch::arange(n1 / 2, torch::kDouble).pow(2).unsqueeze(1);
    const Tensor j = torch::arange(n2 / 2, torch::kDouble).pow(2).unsqueeze(0);
    const Tensor shell = (i + j).sqrt().floor().to(torch::kLong).clamp_max(shells).flatten();
    sums = torch::zeros({error.size(0), shells + 1}, power.options());
    sums = sums.index_add(1, shell.to(error.device()), power.narrow(1, 0, n1 / 2).narrow(2, 0, n2 / 2).flatten(1));
    sums = sums.narrow(1, 0, shells);
  }
  const Tensor roots = sums.sqrt() / points;
  const auto mean = [&](std::int64_t first, std::int64_t last) {
    return last > first ? roots.narrow(1, first, last - first).mean(1) : torch::zeros({error.size(0)}, roots.options());
  };
  const std::int64_t low = std::min<std::int64_t>(4, shells);
  const std::int64_t mid = std::min<std::int64_t>(12, shells);
  out.emplace_back("fourier_rmse_low", mean(0, low));
  out.emplace_back("fourier_rmse_mid", mean(low, mid));
  out.emplace_back("fourier_rmse_high", mean(mid, shells));
}

/// The root mean square over the faces of the domain.
Tensor boundary_rmse(const Tensor& error, const Tensor& weight) {
  Tensor sum = torch::zeros({error.size(0)}, error.options());
  Tensor count = torch::zeros_like(sum);
  for (std::int64_t axis = 2; axis < error.dim(); ++axis) {
    for (const std::int64_t place : {std::int64_t{0}, error.size(axis) - 1}) {
      sum = sum + squares(error.select(axis, place));
      count = count + weight.select(axis, place).flatten(1).sum(1);
    }
  }
  return (sum / count.clamp_min(1)).sqrt();
}

}  // namespace

void bind(config::Section& section, LossOptions& options) {
  section.choice("loss", options.kind,
                 {{"relative_l2", LossKind::relative_l2},
                  {"relative_h1", LossKind::relative_h1},
                  {"relative_l2_gradient", LossKind::relative_l2_gradient},
                  {"mse", LossKind::mse},
                  {"rmse", LossKind::rmse}},
                 "what is minimised, of values in their own units");
  section.when(options.kind == LossKind::relative_h1, "loss = \"relative_h1\"", [&] {
    section.choice("derivative", options.derivative,
                   {{"finite_difference", DerivativeKind::finite_difference}, {"spectral", DerivativeKind::spectral}},
                   "differences, one-sided at the ends of axes that are not periodic; or by Fourier modes, every axis "
                   "taken as periodic");
  });
  section.when(options.kind == LossKind::relative_l2_gradient, "loss = \"relative_l2_gradient\"", [&] {
    section.key("gradient_weight", options.gradient_weight, "weight of the gradients' relative error",
                config::at_least(0));
  });
}

std::vector<Tensor> derivatives(const Tensor& fields, const GridGeometry& geometry, DerivativeKind kind) {
  if (!on_grid(geometry, fields)) {
    throw ConfigError(fmt::format(
        "values of shape {} have no derivatives (they are not on a grid); choose another loss", shape_text(fields)));
  }
  std::vector<Tensor> all;
  for (std::size_t a = 0; a < geometry.spacing.size(); ++a) {
    const std::int64_t axis = static_cast<std::int64_t>(a) + 2;
    if (fields.size(axis) < 3) {
      throw ShapeError(
          fmt::format("fields of shape {} have no derivative along axis {} (that takes 3 points); choose a "
                      "finer grid or another loss",
                      shape_text(fields), a + 1));
    }
    all.push_back(kind == DerivativeKind::spectral
                      ? spectral_derivative(fields, axis, geometry.spacing[a])
                      : finite_difference(fields, axis, geometry.spacing[a], geometry.periodic[a]));
  }
  return all;
}

Tensor relative_l2_errors(const Tensor& prediction, const Tensor& target, const Tensor& mask) {
  const auto [error, y] = compare(prediction, target, mask);
  return ratios(norms(error), norms(y));
}

void GlobalRelativeL2::add(const Tensor& prediction, const Tensor& target, const Tensor& mask) {
  const torch::NoGradGuard guard;
  const auto [error, y] = compare(prediction, target, mask);
  errors_ += squares(error).sum(torch::kDouble).item<double>();
  targets_ += squares(y).sum(torch::kDouble).item<double>();
}

double GlobalRelativeL2::value() const {
  return std::sqrt(targets_ > 0 ? errors_ / targets_ : errors_);
}

Tensor loss(const LossOptions& options, const Tensor& prediction, const Tensor& target, const Tensor& mask,
            const GridGeometry& geometry) {
  if (options.kind == LossKind::relative_l2) return relative_l2_errors(prediction, target, mask).mean();
  const auto [error, y] = compare(prediction, target, mask);
  switch (options.kind) {
    case LossKind::relative_h1:
      return ratios(h1_norms(error, mask, geometry, options.derivative),
                    h1_norms(y, mask, geometry, options.derivative))
          .mean();
    case LossKind::relative_l2_gradient: {
      if (!on_grid(geometry, y)) {
        throw ConfigError(fmt::format(
            "values of shape {} have no gradients (they are not on a grid); choose another loss", shape_text(y)));
      }
      Tensor sum = ratios(norms(error), norms(y)).mean();
      for (std::int64_t axis = 2; axis < y.dim(); ++axis) {
        sum = sum + options.gradient_weight *
                        ratios(norms(central_with_zeros(error, axis)), norms(central_with_zeros(y, axis))).mean();
      }
      return sum;
    }
    case LossKind::mse:
      return (squares(error) / counted(target, mask)).mean();
    default:
      return root(squares(error) / counted(target, mask)).mean();
  }
}

std::vector<std::pair<std::string, Tensor>> measures(const Tensor& prediction, const Tensor& target, const Tensor& mask,
                                                     const GridGeometry& geometry) {
  const auto [error, y] = compare(prediction, target, mask);
  std::vector<std::pair<std::string, Tensor>> out;
  out.emplace_back("relative_l2", ratios(norms(error), norms(y)));
  const bool grid = on_grid(geometry, y);
  bool smooth = grid;
  for (std::int64_t axis = 2; grid && axis < y.dim(); ++axis) smooth = smooth && y.size(axis) > 2;
  if (smooth) {
    const DerivativeKind kind = DerivativeKind::finite_difference;
    out.emplace_back("relative_h1", ratios(h1_norms(error, mask, geometry, kind), h1_norms(y, mask, geometry, kind)));
  }
  out.emplace_back("rmse", (squares(error) / counted(target, mask)).sqrt());
  out.emplace_back("mse", squares(error) / counted(target, mask));
  out.emplace_back("max_error", error.flatten(1).abs().amax(1));
  // The mean over the domain of each channel, and the root mean square of the channels' errors.
  const Tensor weight = weights(target, mask);
  const auto sums = [&](const Tensor& t) { return grid ? t.flatten(2).sum(2) : t.sum(1); };
  out.emplace_back("conserved_rmse", (sums(error) / sums(weight).clamp_min(1)).pow(2).mean(1).sqrt());
  if (grid) {
    out.emplace_back("boundary_rmse", boundary_rmse(error, weight));
    add_fourier(out, error);
  }
  return out;
}

}  // namespace floe::train
