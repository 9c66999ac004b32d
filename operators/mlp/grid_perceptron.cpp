// SPDX-License-Identifier: MIT
#include "operators/mlp/grid_perceptron.h"

#include <torch/torch.h>

#include "operators/layers/data.h"
#include "operators/layers/grid_layers.h"
#include "operators/model_of.h"

namespace floe::operators {

void bind(config::Section& section, GridPerceptronOptions& options) {
  section.key("hidden", options.hidden, "hidden widths; empty: one matrix", config::at_least(1));
  activation_key(section, "activation", options.activation, "after each hidden layer");
  section.when(options.hidden.empty(), "hidden = []",
               [&] { section.key("bias", options.bias, "add a constant at each point; otherwise the map is linear"); });
}

GridPerceptron::GridPerceptron(const GridPerceptronOptions& options, const DataShape& data)
    : Operator("mlp", field_signature("mlp", data, {.only = data.grid}, 1, 4)) {
  std::int64_t points = 1;
  for (const std::int64_t n : data.grid) points *= n;
  const std::int64_t from = points * data.field_channels, to = points * data.out_channels;
  if (options.hidden.empty() && !options.bias) {
    weight_ = register_parameter("weight", uniform_weights({to, from}, from));
    return;
  }
  perceptron_ = register_module(
      "perceptron", std::make_shared<Perceptron>(PerceptronOptions{
                        .widths = chain_widths(static_cast<int>(from), options.hidden, static_cast<int>(to)),
                        .activation = options.activation}));
}

torch::Tensor GridPerceptron::apply(const train::Inputs& inputs) {
  std::vector<std::int64_t> shape = inputs.fields.sizes().vec();
  shape[1] = signature().out_channels;
  const torch::Tensor flat = inputs.fields.flatten(1);
  return (weight_.defined() ? torch::matmul(flat, weight_.t()) : perceptron_->forward(flat)).reshape(shape);
}

std::unique_ptr<Model> make_grid_perceptron_model() {
  return std::make_unique<ModelOf<GridPerceptronOptions, GridPerceptron>>();
}

}  // namespace floe::operators
