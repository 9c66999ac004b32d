// SPDX-License-Identifier: MIT
#include "operators/layers/perceptron.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/torch.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "operators/layers/affine.h"

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
    const auto make = [&](const char* kind, int from) {
      torch::nn::Linear linear(from, options_.widths[l + 1]);
      initialise(options_.initialisation, linear->weight, linear->bias);
      return register_module(fmt::format("{}{}", kind, l), linear);
    };
    linear_.push_back(make("linear", options_.widths[l]));
    if (l + 1 == layers) break;
    if (options_.residual && l >= 2) projection_.push_back(make("projection", options_.widths[l - 1]));
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
  torch::Tensor before, before_that;  // of the residual connections
  const bool normalised = !layer_norm_.empty() || !batch_norm_.empty();
  for (std::size_t l = 0; l + 1 < linear_.size(); ++l) {
    if (options_.residual) before_that = std::exchange(before, h);
    h = affine(h, linear_[l]->weight, linear_[l]->bias, {}, normalised ? Activation::identity : options_.activation);
    if (!layer_norm_.empty()) h = layer_norm_[l]->forward(h);
    if (!batch_norm_.empty()) h = batch_norm_[l]->forward(h.reshape({-1, h.size(-1)})).reshape(h.sizes());
    if (normalised) h = activate(options_.activation, h);
    const bool drops = options_.dropout_layers == 0 || l < static_cast<std::size_t>(options_.dropout_layers);
    if (options_.dropout > 0 && drops) h = torch::dropout(h, options_.dropout, is_training());
    if (options_.residual && l >= 2) h = h + projection_[l - 2]->forward(before_that);
  }
  return affine(h, linear_.back()->weight, linear_.back()->bias, {}, options_.last_activation);
}

std::shared_ptr<Perceptron> make_perceptron(std::vector<int> widths) {
  return std::make_shared<Perceptron>(PerceptronOptions{.widths = std::move(widths)});
}

void initialise(Initialisation initialisation, torch::Tensor& weight, torch::Tensor& bias) {
  switch (initialisation) {
    case Initialisation::uniform:
      return;
    case Initialisation::glorot_normal:
      torch::nn::init::xavier_normal_(weight);
      torch::nn::init::zeros_(bias);
      return;
    case Initialisation::small_normal:
      torch::nn::init::normal_(weight, 0, 0.001);
      torch::nn::init::normal_(bias, 0, 0.001);
  }
}

void perceptron_norm_key(config::Section& section, std::string_view name, PerceptronNorm& norm) {
  section.choice(name, norm,
                 {{"none", PerceptronNorm::none}, {"layer", PerceptronNorm::layer}, {"batch", PerceptronNorm::batch}},
                 "normalisation after each hidden layer");
}

std::vector<int> chain_widths(int first, const std::vector<int>& hidden, int last) {
  std::vector<int> widths{first};
  widths.insert(widths.end(), hidden.begin(), hidden.end());
  widths.push_back(last);
  return widths;
}

}  // namespace floe::operators
