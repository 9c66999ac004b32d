// SPDX-License-Identifier: MIT
#include "operators/sets/set_transformer.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include "base/error.h"
#include "operators/layers/data.h"
#include "operators/model_of.h"

namespace floe::operators {
namespace {

std::shared_ptr<Perceptron> perceptron(std::vector<int> widths) {
  return std::make_shared<Perceptron>(PerceptronOptions{.widths = std::move(widths)});
}

/// The perceptrons of tokens and answers, of the model that registers them.
struct Encoders {
  std::shared_ptr<Perceptron> context, query, position, value, decoder;

  Encoders(const SetTransformerOptions& options, const DataShape& data) {
    const auto dimension = static_cast<int>(data.dimension), channels = static_cast<int>(data.value_channels),
               out = static_cast<int>(data.out_channels), h = options.features;
    if (options.encoding == SetEncoding::joint) {
      context = perceptron({dimension + channels, h, h, h});
      query = perceptron({dimension, h, h, h});
      decoder = perceptron({h, h, h, out});
    } else {
      position = perceptron({dimension, h, h, h});
      value = perceptron({channels, h, h, h});
      decoder = perceptron({h, h, out});
    }
  }
};

/// The tokens of the context.
torch::Tensor context_tokens(const train::Inputs& inputs, Perceptron* context, Perceptron* position,
                             Perceptron* value) {
  return context ? context->forward(torch::cat({inputs.points, inputs.values}, 2))
                 : position->forward(inputs.points) + value->forward(inputs.values);
}

}  // namespace

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

SetTransformer::SetTransformer(const SetTransformerOptions& options, const DataShape& data)
    : Operator("set_transformer", point_signature("set_transformer", data)) {
  options.validate();
  const Encoders encoders(options, data);
  if (encoders.context) {
    context_ = register_module("context", encoders.context);
    query_ = register_module("query", encoders.query);
  } else {
    position_ = register_module("position", encoders.position);
    value_ = register_module("value", encoders.value);
  }
  for (int i = 0; i < options.layers; ++i) {
    layers_.push_back(
        register_module(fmt::format("layer{}", i),
                        std::make_shared<TransformerLayer>(options.features, options.heads, options.dropout, false)));
  }
  decoder_ = register_module("decoder", encoders.decoder);
}

torch::Tensor SetTransformer::apply(const train::Inputs& inputs) {
  const torch::Tensor queries = queries_per_sample(inputs);
  const torch::Tensor asked = (query_ ? query_ : position_)->forward(queries);
  torch::Tensor x = torch::cat({context_tokens(inputs, context_.get(), position_.get(), value_.get()), asked}, 1);
  torch::Tensor mask;
  if (inputs.mask.defined()) {
    mask = torch::cat({inputs.mask, torch::ones({inputs.batch(), queries.size(1)}, inputs.mask.options())}, 1);
  }
  for (const auto& layer : layers_) x = layer->forward(x, mask);
  return decoder_->forward(x.narrow(1, inputs.points.size(1), queries.size(1)));
}

EncoderDecoder::EncoderDecoder(const SetTransformerOptions& options, const DataShape& data)
    : Operator("encoder_decoder", point_signature("encoder_decoder", data)),
      encoder_norm_(torch::nn::LayerNormOptions({options.features})),
      decoder_norm_(torch::nn::LayerNormOptions({options.features})) {
  options.validate();
  const Encoders encoders(options, data);
  if (encoders.context) {
    context_ = register_module("context", encoders.context);
    query_ = register_module("query", encoders.query);
  } else {
    position_ = register_module("position", encoders.position);
    value_ = register_module("value", encoders.value);
  }
  const auto layer = [&](bool decodes) {
    return std::make_shared<TransformerLayer>(options.features, options.heads, options.dropout, decodes);
  };
  for (int i = 0; i < options.layers; ++i)
    encoder_.push_back(register_module(fmt::format("encoder{}", i), layer(false)));
  for (int i = 0; i < options.layers; ++i) {
    decoder_layers_.push_back(register_module(fmt::format("decoder_layer{}", i), layer(true)));
  }
  register_module("encoder_norm", encoder_norm_);
  register_module("decoder_norm", decoder_norm_);
  decoder_ = register_module("decoder", encoders.decoder);
}

torch::Tensor EncoderDecoder::apply(const train::Inputs& inputs) {
  torch::Tensor memory = context_tokens(inputs, context_.get(), position_.get(), value_.get());
  for (const auto& layer : encoder_) memory = layer->forward(memory, inputs.mask);
  memory = encoder_norm_->forward(memory);
  torch::Tensor x = (query_ ? query_ : position_)->forward(queries_per_sample(inputs));
  for (const auto& layer : decoder_layers_) x = layer->forward(x, {}, memory, inputs.mask);
  return decoder_->forward(decoder_norm_->forward(x));
}

std::unique_ptr<Model> make_set_transformer_model() {
  return std::make_unique<ModelOf<SetTransformerOptions, SetTransformer>>();
}

std::unique_ptr<Model> make_encoder_decoder_model() {
  return std::make_unique<ModelOf<SetTransformerOptions, EncoderDecoder>>();
}

}  // namespace floe::operators
