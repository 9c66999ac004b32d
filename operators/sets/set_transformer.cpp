// SPDX-License-Identifier: MIT
#include "operators/sets/set_transformer.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <utility>

#include "base/error.h"
#include "operators/layers/data.h"
#include "operators/model_of.h"

namespace floe::operators {
namespace {

Signature set_signature(const char* model, const SetTransformerOptions& options, const DataShape& data) {
  options.validate();
  return point_signature(model, data);
}

}  // namespace

SetTokens::SetTokens(torch::nn::Module& owner, const SetTransformerOptions& options, const DataShape& data) {
  const auto dimension = static_cast<int>(data.dimension), channels = static_cast<int>(data.value_channels),
             out = static_cast<int>(data.out_channels), h = options.features;
  const auto make = [&](const char* name, std::vector<int> widths) {
    return owner.register_module(name, make_perceptron(std::move(widths)));
  };
  if (options.encoding == SetEncoding::joint) {
    context_ = make("context", {dimension + channels, h, h, h});
    query_ = make("query", {dimension, h, h, h});
    decoder_ = make("decoder", {h, h, h, out});
  } else {
    query_ = make("position", {dimension, h, h, h});
    value_ = make("value", {channels, h, h, h});
    decoder_ = make("decoder", {h, h, out});
  }
}

torch::Tensor SetTokens::context(const train::Inputs& inputs) const {
  return context_ ? context_->forward(torch::cat({inputs.points, inputs.values}, 2))
                  : query_->forward(inputs.points) + value_->forward(inputs.values);
}

torch::Tensor SetTokens::queries(const train::Inputs& inputs) const {
  return query_->forward(queries_per_sample(inputs));
}

torch::Tensor queries_per_sample(const train::Inputs& inputs) {
  return inputs.queries.dim() == 3 ? inputs.queries : inputs.queries.unsqueeze(0).expand({inputs.batch(), -1, -1});
}

void SetTransformerOptions::validate() const {
  if (features % heads != 0) {
    throw ConfigError(fmt::format(
        "a transformer with {} features cannot have {} heads (they share the features equally); give a divisor",
        features, heads));
  }
}

void bind(config::Section& section, SetTransformerOptions& options) {
  section.choice(
      "encoding", options.encoding, {{"joint", SetEncoding::joint}, {"shared", SetEncoding::shared}},
      "tokens: a network of position and value together, or of each with the positions' shared by the queries");
  section.key("features", options.features, "features of a token", config::at_least(1));
  section.key("heads", options.heads, "attention heads; they divide the features", config::at_least(1));
  section.key("layers", options.layers, "layers, in an encoder and in a decoder each", config::at_least(1));
  section.key("dropout", options.dropout, "probability, after attention and after the feed-forward part",
              config::at_least(0) & config::below(1));
}

TransformerLayer::TransformerLayer(std::int64_t features, std::int64_t heads, double dropout, bool decodes)
    : dropout_(dropout), expand_(features, 2 * features), contract_(2 * features, features) {
  self_ = register_module("self", std::make_shared<MultiHeadAttention>(features, heads));
  if (decodes) cross_ = register_module("cross", std::make_shared<MultiHeadAttention>(features, heads));
  register_module("expand", expand_);
  register_module("contract", contract_);
  for (int i = 0; i < (decodes ? 3 : 2); ++i) {
    norms_.push_back(
        register_module(fmt::format("norm{}", i), torch::nn::LayerNorm(torch::nn::LayerNormOptions({features}))));
  }
}

torch::Tensor TransformerLayer::forward(const torch::Tensor& x, const torch::Tensor& mask, const torch::Tensor& memory,
                                        const torch::Tensor& memory_mask) {
  const auto drop = [&](const torch::Tensor& t) {
    return dropout_ > 0 ? torch::dropout(t, dropout_, is_training()) : t;
  };
  std::size_t norm = 0;
  torch::Tensor h = norms_[norm++]->forward(x + drop(self_->forward(x, x, mask)));
  if (cross_) h = norms_[norm++]->forward(h + drop(cross_->forward(h, memory, memory_mask)));
  const torch::Tensor hidden = drop(torch::relu(expand_->forward(h)));
  return norms_[norm]->forward(h + drop(contract_->forward(hidden)));
}

namespace {

/// Layers "<name>0", "<name>1", ... of a stack.
std::vector<std::shared_ptr<TransformerLayer>> make_stack(torch::nn::Module& owner, const char* name,
                                                          const SetTransformerOptions& options, bool decodes) {
  std::vector<std::shared_ptr<TransformerLayer>> stack;
  for (int i = 0; i < options.layers; ++i) {
    stack.push_back(owner.register_module(
        fmt::format("{}{}", name, i),
        std::make_shared<TransformerLayer>(options.features, options.heads, options.dropout, decodes)));
  }
  return stack;
}

}  // namespace

SetTransformer::SetTransformer(const SetTransformerOptions& options, const DataShape& data)
    : Operator("set_transformer", set_signature("set_transformer", options, data)),
      tokens_(*this, options, data),
      layers_(make_stack(*this, "layer", options, false)) {}

torch::Tensor SetTransformer::apply(const train::Inputs& inputs) {
  const torch::Tensor asked = tokens_.queries(inputs);
  torch::Tensor x = torch::cat({tokens_.context(inputs), asked}, 1);
  torch::Tensor mask;
  if (inputs.mask.defined()) {
    mask = torch::cat({inputs.mask, torch::ones({inputs.batch(), asked.size(1)}, inputs.mask.options())}, 1);
  }
  for (const auto& layer : layers_) x = layer->forward(x, mask);
  return tokens_.answer(x.narrow(1, inputs.points.size(1), asked.size(1)));
}

EncoderDecoder::EncoderDecoder(const SetTransformerOptions& options, const DataShape& data)
    : Operator("encoder_decoder", set_signature("encoder_decoder", options, data)),
      tokens_(*this, options, data),
      encoder_(make_stack(*this, "encoder", options, false)),
      decoder_(make_stack(*this, "decoder_layer", options, true)),
      encoder_norm_(torch::nn::LayerNormOptions({options.features})),
      decoder_norm_(torch::nn::LayerNormOptions({options.features})) {
  register_module("encoder_norm", encoder_norm_);
  register_module("decoder_norm", decoder_norm_);
}

torch::Tensor EncoderDecoder::apply(const train::Inputs& inputs) {
  torch::Tensor memory = tokens_.context(inputs);
  for (const auto& layer : encoder_) memory = layer->forward(memory, inputs.mask);
  memory = encoder_norm_->forward(memory);
  torch::Tensor x = tokens_.queries(inputs);
  for (const auto& layer : decoder_) x = layer->forward(x, {}, memory, inputs.mask);
  return tokens_.answer(decoder_norm_->forward(x));
}

std::unique_ptr<Model> make_set_transformer_model() {
  return std::make_unique<ModelOf<SetTransformerOptions, SetTransformer>>();
}

std::unique_ptr<Model> make_encoder_decoder_model() {
  return std::make_unique<ModelOf<SetTransformerOptions, EncoderDecoder>>();
}

}  // namespace floe::operators
