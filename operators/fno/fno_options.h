// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/section.h"
#include "operators/fno/spectral_conv.h"
#include "operators/layers/activation.h"

namespace floe::operators {

/// What goes around a layer.
enum class Skip { linear, soft_gating, identity, none };
enum class Normalisation { none, group_norm, instance_norm };
enum class PaddingMode { one_sided, symmetric };

/// The options of a Fourier neural operator, by the names and with the defaults that neuraloperator's FNO has.
struct FnoOptions {
  /// Modes of both signs per axis; one number holds for every axis. Of the last axis n / 2 + 1 are kept.
  std::vector<int> n_modes{16};
  int hidden_channels = 32;
  int n_layers = 4;
  /// Width of the two-layer maps from the input and to the output, in units of hidden_channels; 0: one linear layer.
  double lifting_channel_ratio = 2;
  double projection_channel_ratio = 2;
  bool positional_embedding = true;
  Activation non_linearity = Activation::gelu;
  Normalisation norm = Normalisation::none;
  bool use_channel_mlp = true;
  double channel_mlp_expansion = 0.5;
  Skip channel_mlp_skip = Skip::soft_gating;
  Skip fno_skip = Skip::linear;
  bool fno_skip_bias = false;
  bool spectral_bias = true;
  /// Fraction of each axis that is added as zeros; one number holds for every axis; empty: none.
  std::vector<double> domain_padding{};
  PaddingMode domain_padding_mode = PaddingMode::one_sided;
  /// tanh before each spectral convolution.
  bool stabilizer = false;
  Factorization factorization = Factorization::none;
  double rank = 1;

  /// Throws ConfigError.
  void validate() const;
};

void bind(config::Section& section, FnoOptions& options);

}  // namespace floe::operators
