// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "operators/layers/perceptron.h"
#include "operators/registry.h"
#include "operators/sets/attention.h"

namespace floe::operators {

/// How positions and values become tokens.
enum class SetEncoding {
  joint,  ///< context: a perceptron of (position, value); query: another one of the position
  shared  ///< context: P(position) + V(value); query: P(position)
};

struct SetTransformerOptions {
  SetEncoding encoding = SetEncoding::joint;
  int features = 24;
  int heads = 2;
  int layers = 3;
  double dropout = 0;

  /// Throws ConfigError.
  void validate() const;
};

void bind(config::Section& section, SetTransformerOptions& options);

/// The networks of tokens and answers, which are registered with the model that has them.
class SetTokens final {
 public:
  SetTokens(torch::nn::Module& owner, const SetTransformerOptions& options, const DataShape& data);

  /// (batch, point, features).
  torch::Tensor context(const train::Inputs& inputs) const;
  /// (batch, query, features).
  torch::Tensor queries(const train::Inputs& inputs) const;
  /// (batch, query, out).
  torch::Tensor answer(const torch::Tensor& tokens) const { return decoder_->forward(tokens); }

 private:
  std::shared_ptr<Perceptron> context_;  // joint
  std::shared_ptr<Perceptron> value_;    // shared
  std::shared_ptr<Perceptron> query_;    // of the query; shared: of any position
  std::shared_ptr<Perceptron> decoder_;
};

/// One layer of a transformer, post-norm as in LibTorch: x <- norm(x + attention(x)), in a decoder x <- norm(x +
/// attention(x, memory)), x <- norm(x + W_2 relu(W_1 x)) with 2 h hidden features.
///
/// | parameter | shape |
/// |---|---|
/// | self.*; cross.* in a decoder | see MultiHeadAttention |
/// | expand.weight, .bias; contract.* | (2 h, h), (2 h); (h, 2 h), (h) |
/// | norm0.weight, .bias; norm1.*; norm2.* in a decoder | (h) |
class TransformerLayer final : public torch::nn::Module {
 public:
  TransformerLayer(std::int64_t features, std::int64_t heads, double dropout, bool decodes);

  /// x (batch, n, h) with mask (batch, n); memory (batch, m, h) with its mask, undefined without decoder.
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& mask, const torch::Tensor& memory = {},
                        const torch::Tensor& memory_mask = {});

 private:
  double dropout_;
  std::shared_ptr<MultiHeadAttention> self_, cross_;
  torch::nn::Linear expand_, contract_;
  std::vector<torch::nn::LayerNorm> norms_;
};

/// Transformer on sparse measurements (MSA; Pannatier, Matoba, Fleuret, TMLR 2024, arXiv 2210.11269): context points
/// and queries are tokens of one set, which all attend to each other; the answer is read from those of the queries.
///
/// | input | shape |
/// |---|---|
/// | points, values | (batch, point, dimension), (batch, point, channel) |
/// | mask | (batch, point), 0 where a point pads |
/// | queries | (batch, query, dimension) or (query, dimension) |
///
/// to values (batch, query, out). Any number of points and queries, also differing between samples (mask). As in the
/// publication queries attend to each other, so that the answer at one depends on which others are asked.
///
/// | parameter | shape |
/// |---|---|
/// | context.* | Perceptron dimension + channel, h, h, h (joint) |
/// | query.* | Perceptron dimension, h, h, h (joint) |
/// | position.*, value.* | Perceptrons dimension, h, h, h and channel, h, h, h (shared) |
/// | layer<i>.* | TransformerLayer |
/// | decoder.* | Perceptron h, h, h, out (joint); h, h, out (shared) |
///
/// In three dimensions with two channels and the joint encoding: 4,934 parameters (12 features, 2 heads, 3 layers),
/// 18,506 (24, 2, 3) and 83,618 (32, 8, 9).
class SetTransformer final : public Operator {
 public:
  SetTransformer(const SetTransformerOptions& options, const DataShape& data);

 private:
  torch::Tensor apply(const train::Inputs& inputs) override;

  SetTokens tokens_;
  std::vector<std::shared_ptr<TransformerLayer>> layers_;
};

std::unique_ptr<Model> make_set_transformer_model();

/// The same with encoder and decoder (TFS): the context is encoded, and the queries attend to each other and to it.
/// Each of the two stacks ends with a layer norm.
///
/// Parameters as SetTransformer, with encoder<i>.*, decoder_layer<i>.* and encoder_norm.*, decoder_norm.* for layer<i>.
class EncoderDecoder final : public Operator {
 public:
  EncoderDecoder(const SetTransformerOptions& options, const DataShape& data);

 private:
  torch::Tensor apply(const train::Inputs& inputs) override;

  SetTokens tokens_;
  std::vector<std::shared_ptr<TransformerLayer>> encoder_, decoder_;
  torch::nn::LayerNorm encoder_norm_, decoder_norm_;
};

std::unique_ptr<Model> make_encoder_decoder_model();

/// The queries of every sample, (batch, query, dimension).
torch::Tensor queries_per_sample(const train::Inputs& inputs);

}  // namespace floe::operators
