// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>

#include <cstdint>
#include <string>
#include <vector>

#include "operators/registry.h"

namespace floe::operators {

/// What a 3-point convolution sees beyond the edge of an axis.
enum class EdgePadding {
  zeros,    ///< Dirichlet
  reflect,  ///< Neumann: the mirror image about the outermost point
  periodic,
  none  ///< nothing: the convolution loses the outermost points
};

/// Normalisation of a field (batch, c, axes...) over channels and grid together.
enum class FieldNorm {
  none,
  group,  ///< scale and shift per channel: any grid
  layer   ///< scale and shift per channel and grid point; on another grid they are interpolated linearly
};

/// A convolution of 3 points per axis with padding by axis, oneDNN's through LibTorch.
///
/// weight (out, in, 3, ...), bias (out).
class GridConvolution final : public torch::nn::Module {
 public:
  GridConvolution(std::int64_t in, std::int64_t out, std::vector<EdgePadding> padding, std::int64_t stride, bool bias);

  torch::Tensor forward(const torch::Tensor& x);

 private:
  std::vector<EdgePadding> padding_;
  std::int64_t stride_;
  torch::Tensor weight_;
  torch::Tensor bias_;
};

/// A matrix over the channels, (batch, in, axes...) to (batch, out, axes...).
///
/// weight (out, in), bias (out).
class Pointwise final : public torch::nn::Module {
 public:
  Pointwise(std::int64_t in, std::int64_t out, bool bias);

  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::Tensor weight_;
  torch::Tensor bias_;
};

/// See FieldNorm. weight and bias (c), or (c, grid...).
class FieldNormalisation final : public torch::nn::Module {
 public:
  FieldNormalisation(std::int64_t channels, FieldNorm norm, const std::vector<std::int64_t>& grid);

  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::Tensor weight_;
  torch::Tensor bias_;
};

/// The field (batch, channel, axes...) on another grid, by linear interpolation along each axis, first and last points
/// kept (aligned), or cell by cell.
torch::Tensor resize(const torch::Tensor& field, const std::vector<std::int64_t>& grid, bool aligned);

/// LibTorch's initialisation of linear maps: U(-1, 1) / sqrt(fan in).
torch::Tensor uniform_weights(const std::vector<std::int64_t>& shape, std::int64_t fan_in);

/// One more point at both ends of axis `axis`, for `reflect` and `periodic`.
torch::Tensor extend(const torch::Tensor& x, std::int64_t axis, EdgePadding padding);

enum class GridBoundary { from_data, dirichlet, neumann, periodic };

/// The key `boundary`.
void boundary_key(config::Section& section, GridBoundary& boundary);

/// The padding of every axis: that of the boundary, or of the boundary conditions of the data; zeros where those say
/// neither periodic nor neumann.
std::vector<EdgePadding> padding_of(GridBoundary boundary, const DataShape& data);

}  // namespace floe::operators
