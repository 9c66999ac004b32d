// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "config/section.h"
#include "operators/fno/spectral_conv.h"
#include "operators/layers/activation.h"

namespace floe::operators {

/// What goes around a layer.
enum class Skip { linear, soft_gating, identity, none };
enum class Normalisation { none, ada_in, group_norm, instance_norm };
enum class PaddingMode { one_sided, symmetric };

/// The options of a Fourier neural operator, by the names and with the defaults that neuraloperator's FNO has.
struct FnoOptions {
  /// Modes of both signs per axis; one number holds for every axis. Of the last axis n / 2 + 1 are kept.
  std::vector<int> n_modes{16};
  /// Modes that the weights hold, of which the lowest n_modes are used; empty: n_modes.
  std::vector<int> max_n_modes{};
  int hidden_channels = 32;
  int n_layers = 4;
  /// Width of the two-layer maps from the input and to the output, in units of hidden_channels; 0: one linear layer.
  double lifting_channel_ratio = 2;
  double projection_channel_ratio = 2;
  bool positional_embedding = true;
  Activation non_linearity = Activation::gelu;
  Normalisation norm = Normalisation::none;
  /// Hidden features of the networks from the numbers of a sample to scale and shift of ada_in.
  int ada_in_hidden = 512;
  bool use_channel_mlp = true;
  double channel_mlp_dropout = 0;
  double channel_mlp_expansion = 0.5;
  Skip channel_mlp_skip = Skip::soft_gating;
  Skip fno_skip = Skip::linear;
  bool fno_skip_bias = false;
  bool spectral_bias = true;
  /// Fraction of each axis that is added as zeros; one number holds for every axis; empty: none.
  std::vector<double> domain_padding{};
  PaddingMode domain_padding_mode = PaddingMode::one_sided;
  /// Grid on which each layer answers, in units of that on which it is asked; empty: all on the same.
  std::vector<double> resolution_scaling_factor{};
  /// tanh before each spectral convolution.
  bool stabilizer = false;
  bool preactivation = false;
  bool separable = false;
  Factorization factorization = Factorization::none;
  double rank = 1;

  /// Throws ConfigError.
  void validate() const;
};

void bind(config::Section& section, FnoOptions& options);

}  // namespace floe::operators
