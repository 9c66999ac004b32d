// SPDX-License-Identifier: MIT
#include "operators/layers/perceptron.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/torch.h>

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace floe::operators {

void PerceptronOptions::validate() const {
  if (widths.size() < 2 || *std::min_element(widths.begin(), widths.end()) < 1) {
    throw ConfigError(fmt::format(
        "a perceptron cannot have the widths {} (it needs those of input and output, all at least 1); give them",
        widths));
  }
  if (!(dropout >= 0 && dropout < 1)) {
    throw ConfigError(
        fmt::format("the dropout probability is {} (it must be at least 0 and below 1); choose another", dropout));
  }
}

Perceptron::Perceptron(PerceptronOptions options) : options_(std::move(options)) {
  options_.validate();
  const std::size_t layers = options_.widths.size() - 1;
  for (std::size_t l = 0; l < layers; ++l) {
    torch::nn::Linear linear(options_.widths[l], options_.widths[l + 1]);
    if (options_.initialisation == Initialisation::glorot_normal) {
      torch::nn::init::xavier_normal_(linear->weight);
      torch::nn::init::zeros_(linear->bias);
    }
    linear_.push_back(register_module(fmt::format("linear{}", l), linear));
    if (l + 1 == layers) break;
    const std::string name = fmt::format("norm{}", l);
    if (options_.norm == PerceptronNorm::layer) {
      layer_norm_.push_back(
          register_module(name, torch::nn::LayerNorm(torch::nn::LayerNormOptions({options_.widths[l + 1]}))));
    } else if (options_.norm == PerceptronNorm::batch) {
      batch_norm_.push_back(register_module(name, torch::nn::BatchNorm1d(options_.widths[l + 1])));
    }
  }
}

torch::Tensor Perceptron::forward(const torch::Tensor& x) {
  torch::Tensor h = x;
  for (std::size_t l = 0; l + 1 < linear_.size(); ++l) {
    h = linear_[l]->forward(h);
    if (!layer_norm_.empty()) h = layer_norm_[l]->forward(h);
    if (!batch_norm_.empty()) h = batch_norm_[l]->forward(h.reshape({-1, h.size(-1)})).reshape(h.sizes());
    h = activate(options_.activation, h);
    if (options_.dropout > 0) h = torch::dropout(h, options_.dropout, is_training());
  }
  return activate(options_.last_activation, linear_.back()->forward(h));
}

std::vector<int> chain_widths(int first, const std::vector<int>& hidden, int last) {
  std::vector<int> widths{first};
  widths.insert(widths.end(), hidden.begin(), hidden.end());
  widths.push_back(last);
  return widths;
}

}  // namespace floe::operators
