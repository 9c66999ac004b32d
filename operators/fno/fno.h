// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "operators/fno/fno_options.h"
#include "operators/operator.h"
#include "operators/registry.h"

namespace floe::operators {

/// The Fourier neural operator (Li et al., ICLR 2021, arXiv 2010.08895) as neuraloperator builds it:
///
///   v_0 = lifting(a, coordinates);  v_{l+1} = act(mlp(act(K_l v_l + W_l v_l)) + g_l v_l);  u = projection(v_L)
///
/// with the spectral convolution K_l (SpectralConv); the last layer is without its activations. Fields (batch, channel,
/// n1[, n2[, n3]]) of any size, odd ones too; the answer may be had on another grid. Axes are taken as periodic; zeros
/// after them (domain_padding, a fraction of the axis, hence the same on every grid) make it serve others.
///
/// With norm = "ada_in" it takes parameters (batch, number) as well: scale and shift of each instance norm are a
/// network of them (Huang, Belongie, ICCV 2017).
///
/// | parameter, layer l | shape |
/// |---|---|
/// | lifting.first.weight, .bias; lifting.last.* | (ratio c, in + axes), (ratio c); (c, ratio c), (c) |
/// | block<l>.conv.* | see SpectralConv |
/// | block<l>.skip.linear.weight, or skip.gate | (c, c), or (c) |
/// | block<l>.norm.weight, .bias, or norm.network.first.*, .last.* (ada_in) | (c), or numbers -> hidden -> 2 c |
/// | block<l>.mlp.first.*, mlp.last.*; mlp_skip.*; mlp_norm.* | (expansion c, c), (c, expansion c); as above |
/// | projection.first.*, projection.last.* | (ratio c, c); (out, ratio c) |
class Fno final : public Operator {
 public:
  /// One to three axes. Throws ConfigError for options that do not suit the data.
  Fno(const FnoOptions& options, const DataShape& data);

 private:
  class ChannelMap;
  class Norm;
  class Block;

  torch::Tensor apply(const Inputs& inputs) override;
  torch::Tensor with_coordinates(const torch::Tensor& fields) const;
  std::vector<std::int64_t> padding(const std::vector<std::int64_t>& grid) const;

  FnoOptions options_;
  std::shared_ptr<ChannelMap> lifting_;
  std::shared_ptr<ChannelMap> projection_;
  std::vector<std::shared_ptr<Block>> blocks_;
};

/// For the registry.
std::unique_ptr<Model> make_fno_model();

}  // namespace floe::operators
