// SPDX-License-Identifier: MIT
#include "operators/fno/fno_options.h"

#include <fmt/format.h>

#include "base/error.h"

namespace floe::operators {

void bind(config::Section& section, FnoOptions& options) {
  section.key("n_modes", options.n_modes,
              "Fourier modes of both signs per axis, of the last axis n / 2 + 1; one number holds for every axis");
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
                  {"group_norm", Normalisation::group_norm},
                  {"instance_norm", Normalisation::instance_norm}},
                 "normalisation within the layers");
  section.key("use_channel_mlp", options.use_channel_mlp, "whether a map over channels follows each Fourier layer");
  section.when(options.use_channel_mlp, "use_channel_mlp = true", [&] {
    section.key("channel_mlp_expansion", options.channel_mlp_expansion, "its hidden width in hidden_channels",
                config::positive());
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
  for (const int n : n_modes) {
    if (n < 1) {
      throw ConfigError(
          fmt::format("model.n_modes holds {} (every axis needs at least one mode); give positive numbers", n));
    }
  }
  if (n_modes.empty() || n_modes.size() > 3) {
    throw ConfigError(fmt::format(
        "model.n_modes has {} entries (fields have one to three axes); give one number per axis", n_modes.size()));
  }
}

}  // namespace floe::operators
