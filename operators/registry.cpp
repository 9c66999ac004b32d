// SPDX-License-Identifier: MIT
#include "operators/registry.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/nearest.h"
#include "operators/convolution/lattice_convolution.h"
#include "operators/convolution/monarch_mixer.h"
#include "operators/convolution/s4d.h"
#include "operators/deeponet/deeponet.h"
#include "operators/fno/fno.h"
#include "operators/mgno/mgno.h"
#include "operators/mlp/grid_perceptron.h"
#include "operators/sets/baselines.h"
#include "operators/sets/set_transformer.h"
#include "operators/unet/unet.h"

namespace floe::operators {

const std::vector<ModelEntry>& models() {
  static const std::vector<ModelEntry> entries{
      {"deeponet", "DeepONet, POD-DeepONet, MT-DeepONet: branch of the input function, trunk of the position",
       make_deeponet_model},
      {"encoder_decoder", "transformer with encoder and decoder on sparse measurements", make_encoder_decoder_model},
      {"fno", "Fourier neural operator on grids in one, two or three dimensions", make_fno_model},
      {"graph_element", "graph element network on sparse measurements: messages on a grid of nodes",
       make_graph_element_model},
      {"kernel_average", "Gaussian kernel average of sparse measurements with learnt widths",
       make_kernel_average_model},
      {"lattice_convolution", "a convolution over the whole lattice: the general translation-invariant linear map",
       make_lattice_convolution_model},
      {"mgno", "multigrid neural operator on grids of any size in one, two or three dimensions", make_mgno_model},
      {"mlp", "perceptron of all numbers of a field on one grid; without hidden layers one matrix",
       make_grid_perceptron_model},
      {"monarch_mixer", "Monarch Mixer on sequences of one length", make_monarch_mixer_model},
      {"nearest_neighbours", "mean of the nearest sparse measurements; nothing to train",
       make_nearest_neighbours_model},
      {"neural_process", "conditional neural process on sparse measurements", make_neural_process_model},
      {"s4d", "diagonal state space model on sequences: long causal convolutions by FFT", make_s4d_model},
      {"set_transformer", "transformer on sparse measurements: context points and queries in one set",
       make_set_transformer_model},
      {"unet", "U-Net on grids in one, two or three dimensions", make_unet_model},
  };
  return entries;
}

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const ModelEntry& entry : models()) names.push_back(entry.name);
  return names;
}

std::unique_ptr<Model> make_model(const std::string& name) {
  for (const ModelEntry& entry : models()) {
    if (entry.name == name) return entry.make();
  }
  throw ConfigError(fmt::format("there is no model '{}' (the models are listed by: floe list models); {}", name,
                                suggestion(name, model_names())));
}

void bind(config::Section& section, ModelChoice& choice) {
  if (choice.kind.empty() && !models().empty()) choice.kind = models().front().name;
  section.choice("kind", choice.kind, model_names(), "which model (floe list models; floe describe <model>)");
  for (const ModelEntry& entry : models()) {
    std::unique_ptr<Model> model = entry.make();
    const bool chosen = entry.name == choice.kind;
    section.when(chosen, fmt::format("kind = \"{}\"", entry.name), [&] { model->bind(section); });
    if (chosen) choice.model = std::move(model);
  }
}

}  // namespace floe::operators
