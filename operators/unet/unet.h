// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "operators/layers/activation.h"
#include "operators/layers/grid_layers.h"
#include "operators/registry.h"

namespace floe::operators {

struct UNetOptions {
  int channels = 32;  ///< on the finest level; twice as many on each next one
  int levels = 4;
  GridBoundary boundary = GridBoundary::from_data;
  FieldNorm norm = FieldNorm::group;
  Activation activation = Activation::gelu;

  /// Throws ConfigError.
  void validate() const;
};

void bind(config::Section& section, UNetOptions& options);

/// U-Net (Ronneberger, Fischer, Brox, MICCAI 2015), (batch, in, n_1 ... n_d), d = 1, 2, 3, to (batch, out, n_1 ...
/// n_d). With block = twice (3-point convolution, norm, activation) and level l = 0 ... L - 1 of c_l = channels 2^l,
///
///   x_0 = block(input),   x_{l+1} = block(mean over 2^d points of x_l)
///   y_{L-1} = x_{L-1},    y_l = block(x_l and y_{l+1} interpolated linearly to the grid of x_l, side by side)
///   answer = matrix over the channels of y_0
///
/// The last point of an odd size falls out of the mean, and interpolation restores the size: any grid with 2^L points
/// or more per axis. Its answer depends on the spacing of the grid: it is no operator between functions, but the usual
/// baseline.
///
/// | parameter | shape |
/// |---|---|
/// | down<l>.convolution0.weight, .bias; convolution1.* | (c_l, in or c_{l-1}, 3 ...), (c_l); (c_l, c_l, 3 ...) |
/// | up<l>.convolution0.*; convolution1.* | (c_l, c_l + c_{l+1}, 3 ...); (c_l, c_l, 3 ...) |
/// | down<l>.norm0.weight, .bias; norm1.*; up<l>.norm0.* ... | (c_l) |
/// | head.weight, .bias | (out, channels), (out) |
class UNet final : public Operator {
 public:
  /// Throws ConfigError for data that are no fields or whose grid is too small for the levels.
  UNet(const UNetOptions& options, const DataShape& data);

 private:
  class Block;

  torch::Tensor apply(const train::Inputs& inputs) override;

  std::vector<std::shared_ptr<Block>> down_, up_;
  std::shared_ptr<Pointwise> head_;
};

std::unique_ptr<Model> make_unet_model();

}  // namespace floe::operators
