// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "config/section.h"

namespace floe::train {

enum class LossKind { relative_l2, relative_h1, relative_l2_gradient, mse, rmse };
enum class DerivativeKind { finite_difference, spectral };

struct LossOptions {
  LossKind kind = LossKind::relative_l2;
  DerivativeKind derivative = DerivativeKind::finite_difference;
  double gradient_weight = 0.1;
};
void bind(config::Section& section, LossOptions& options);

/// What the fields are defined on.
struct GridGeometry {
  std::vector<double> spacing{};  ///< of the points, per axis
  std::vector<bool> periodic{};   ///< per axis
};

/// The derivative along each spatial axis of fields (batch, channel, axes...). Finite differences are central, and of
/// second order one-sided at the ends of axes that are not periodic; spectral ones take every axis as periodic, and the
/// mode n / 2 of an even axis has none.
std::vector<torch::Tensor> derivatives(const torch::Tensor& fields, const GridGeometry& geometry, DerivativeKind kind);

/// The loss of predictions against targets, both (batch, channel, axes...) or (batch, query, channel), with e their
/// difference and norms over everything but the batch:
///
///   relative_l2           mean |e| / |y|
///   relative_h1           mean sqrt(|e|^2 + sum_a |d_a e|^2) / sqrt(|y|^2 + sum_a |d_a y|^2)
///   relative_l2_gradient  relative_l2 + gradient_weight sum_a mean |d_a e| / |d_a y|, derivatives central with zeros
///                         beyond the edges (the protocol of the standard benchmarks for Darcy flow)
///   mse, rmse             mean e^2, mean over samples of sqrt(mean e^2)
///
/// A ratio whose denominator vanishes is its numerator. `mask` (undefined, or expandable to the targets) is 1 where
/// values count: both fields are multiplied by it, means are over what counts, and of the derivatives of relative_h1
/// those count that see no other values. A sample of which nothing counts adds 0. Throws ShapeError when shapes differ,
/// ConfigError for a loss with derivatives of values that are not on a grid, or with spectral ones of masked values.
torch::Tensor loss(const LossOptions& options, const torch::Tensor& prediction, const torch::Tensor& target,
                   const torch::Tensor& mask, const GridGeometry& geometry);

/// |e| / |y| of every sample, (batch), as the loss relative_l2 sees it.
torch::Tensor relative_l2_errors(const torch::Tensor& prediction, const torch::Tensor& target,
                                 const torch::Tensor& mask = {});

/// |e| / |y| with norms over all samples together (of Frobenius), from batches of them.
class GlobalRelativeL2 final {
 public:
  void add(const torch::Tensor& prediction, const torch::Tensor& target, const torch::Tensor& mask = {});
  double value() const;

 private:
  double errors_ = 0;
  double targets_ = 0;
};

/// Measures of every sample, (batch), by name:
///
///   relative_l2, relative_h1 (on grids), rmse, mse, max_error, and as PDEBench (arXiv 2210.07182) defines them
///   conserved_rmse (of the mean over the domain), boundary_rmse (grids), fourier_rmse_low, _mid, _high (grids of one
///   or two axes: wave numbers below 4, below 12, the rest; of an error that is 0 where values do not count).
std::vector<std::pair<std::string, torch::Tensor>> measures(const torch::Tensor& prediction,
                                                            const torch::Tensor& target, const torch::Tensor& mask,
                                                            const GridGeometry& geometry);

}  // namespace floe::train
