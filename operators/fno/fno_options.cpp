// SPDX-License-Identifier: MIT
#include "operators/fno/fno_options.h"

#include <fmt/format.h>

#include <fmt/ranges.h>

#include <cmath>

#include "base/error.h"

namespace floe::operators {

void bind(config::Section& section, FnoOptions& options) {
  section.key("n_modes", options.n_modes,
              "Fourier modes of both signs per axis, of the last axis n / 2 + 1; one number holds for every axis");
  section.key("max_n_modes", options.max_n_modes,
              "modes that the weights hold, of which the lowest n_modes are used, to go on with more of them later; "
              "empty: n_modes");
  section.key("hidden_channels", options.hidden_channels, "channels of the Fourier layers", config::positive());
  section.key("n_layers", options.n_layers, "Fourier layers", config::positive());
  section.key("lifting_channel_ratio", options.lifting_channel_ratio,
              "width of the lifting's hidden layer in hidden_channels; 0: one linear layer", config::at_least(0));
  section.key("projection_channel_ratio", options.projection_channel_ratio,
              "width of the projection's hidden layer in hidden_channels; 0: one linear layer", config::at_least(0));
  section.key("positional_embedding", options.positional_embedding,
              "whether coordinates i / n are added to the input as channels");
  activation_key(section, "non_linearity", options.non_linearity, "the activation");
  section.choice("norm", options.norm,
                 {{"none", Normalisation::none},
                  {"ada_in", Normalisation::ada_in},
                  {"group_norm", Normalisation::group_norm},
                  {"instance_norm", Normalisation::instance_norm}},
                 "normalisation within the layers; ada_in: with scale and shift from the numbers of the sample");
  section.when(options.norm == Normalisation::ada_in, "norm = \"ada_in\"", [&] {
    section.key("ada_in_hidden", options.ada_in_hidden, "hidden features of the networks of scale and shift",
                config::positive());
  });
  section.key("use_channel_mlp", options.use_channel_mlp, "whether a map over channels follows each Fourier layer");
  section.when(options.use_channel_mlp, "use_channel_mlp = true", [&] {
    section.key("channel_mlp_expansion", options.channel_mlp_expansion, "its hidden width in hidden_channels",
                config::positive());
    section.key("channel_mlp_dropout", options.channel_mlp_dropout, "probability, after both of its linear maps",
                config::at_least(0) & config::below(1));
    section.choice("channel_mlp_skip", options.channel_mlp_skip,
                   {{"linear", Skip::linear},
                    {"soft-gating", Skip::soft_gating},
                    {"identity", Skip::identity},
                    {"none", Skip::none}},
                   "what goes around it");
  });
  section.choice("fno_skip", options.fno_skip,
                 {{"linear", Skip::linear},
                  {"soft-gating", Skip::soft_gating},
                  {"identity", Skip::identity},
                  {"none", Skip::none}},
                 "what goes around the spectral convolution");
  section.when(options.fno_skip == Skip::linear, "fno_skip = \"linear\"", [&] {
    section.key("fno_skip_bias", options.fno_skip_bias, "whether the linear map around it has a bias");
  });
  section.key("spectral_bias", options.spectral_bias, "whether the spectral convolution has a bias");
  section.key(
      "domain_padding", options.domain_padding,
      "fraction of each axis added as zeros, for fields that are not periodic; one number holds for every axis; "
      "empty: none",
      config::at_least(0));
  section.when(!options.domain_padding.empty(), "domain_padding given", [&] {
    section.choice("domain_padding_mode", options.domain_padding_mode,
                   {{"one-sided", PaddingMode::one_sided}, {"symmetric", PaddingMode::symmetric}},
                   "whether zeros follow each axis, or come before and after it");
  });
  section.key("resolution_scaling_factor", options.resolution_scaling_factor,
              "grid on which each layer answers, in units of that on which it is asked: one number per layer, with the "
              "product 1; empty: all on the same",
              config::positive());
  section.key("preactivation", options.preactivation, "activation and norm before each layer instead of after it");
  section.key("separable", options.separable, "spectral convolutions channel by channel, without matrices");
  section.key("stabilizer", options.stabilizer, "whether tanh is applied before each spectral convolution");
  section.choice("factorization", options.factorization,
                 {{"none", Factorization::none}, {"tucker", Factorization::tucker}, {"cp", Factorization::cp}},
                 "how the weights of the modes are stored");
  section.when(options.factorization != Factorization::none, "factorization = \"tucker\" or \"cp\"", [&] {
    section.key("rank", options.rank, "numbers in the factors as a fraction of those in full weights",
                config::positive() & config::at_most(1));
  });
}

void FnoOptions::validate() const {
  for (const auto& [name, counts] : {std::pair("n_modes", n_modes), std::pair("max_n_modes", max_n_modes)}) {
    for (const int n : counts) {
      if (n >= 1) continue;
      throw ConfigError(
          fmt::format("model.{} holds {} (every axis needs at least one mode); give positive numbers", name, n));
    }
  }
  bool holds = max_n_modes.empty() || max_n_modes.size() == n_modes.size();
  for (std::size_t i = 0; holds && i < max_n_modes.size(); ++i) holds = max_n_modes[i] >= n_modes[i];
  if (!holds) {
    throw ConfigError(fmt::format(
        "model.max_n_modes = {} does not hold model.n_modes = {} (it needs a number for each, as great or greater); "
        "give more",
        max_n_modes, n_modes));
  }
  double product = 1;
  for (const double factor : resolution_scaling_factor) product *= factor;
  if (!resolution_scaling_factor.empty() &&
      (resolution_scaling_factor.size() != static_cast<std::size_t>(n_layers) || std::abs(product - 1) > 1e-9)) {
    throw ConfigError(
        fmt::format("model.resolution_scaling_factor = {} does not suit {} layers (it takes a number for each with the "
                    "product 1, since the last one answers on the grid asked for); correct it",
                    resolution_scaling_factor, n_layers));
  }
  if (n_modes.empty() || n_modes.size() > 3) {
    throw ConfigError(fmt::format(
        "model.n_modes has {} entries (fields have one to three axes); give one number per axis", n_modes.size()));
  }
}

}  // namespace floe::operators
