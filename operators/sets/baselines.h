// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "operators/layers/perceptron.h"
#include "operators/registry.h"

namespace floe::operators {

// What a transformer on sparse measurements is compared with. All take points, values, a mask and queries, as
// SetTransformer does, to values (batch, query, out).

struct NeuralProcessOptions {
  int features = 32;

  void validate() const {}
};
void bind(config::Section& section, NeuralProcessOptions& options);

/// Conditional neural process (Garnelo et al., ICML 2018): the context is one vector,
///
///   r = mean_c encoder(x_c, y_c),   answer = decoder(r, query(x))
///
/// | parameter | shape |
/// |---|---|
/// | encoder.* | Perceptron dimension + channel, h, h, h |
/// | query.* | Perceptron dimension, h, h, h |
/// | decoder.* | Perceptron 2 h, h, h, out |
///
/// 7,746 parameters for 32 features, three dimensions, two channels in and out. Answers at queries are independent.
class NeuralProcess final : public Operator {
 public:
  NeuralProcess(const NeuralProcessOptions& options, const DataShape& data);

 private:
  torch::Tensor apply(const train::Inputs& inputs) override;

  std::shared_ptr<Perceptron> encoder_, query_, decoder_;
};
std::unique_ptr<Model> make_neural_process_model();

struct KernelAverageOptions {
  std::vector<int> hidden{32, 32};
  double width = 1;  ///< initial width of the kernel, in units of the positions

  void validate() const {}
};
void bind(config::Section& section, KernelAverageOptions& options);

/// Gaussian kernel average with widths that are learnt and depend on the place:
///
///   answer(x) = sum_c w_c y_c,   w = softmax_c(-sum_d (x_c - x)_d^2 s_d(x)),   s = softplus(network(x)) / (2 ln2
///   width^2)
///
/// of the first `out` channels of the values.
///
/// | parameter | shape |
/// |---|---|
/// | scale.* | Perceptron dimension, hidden ..., dimension; last layer zero at first |
class KernelAverage final : public Operator {
 public:
  /// Throws ConfigError when the answer has more channels than the values.
  KernelAverage(const KernelAverageOptions& options, const DataShape& data);

 private:
  torch::Tensor apply(const train::Inputs& inputs) override;

  double width_;
  std::shared_ptr<Perceptron> scale_;
};
std::unique_ptr<Model> make_kernel_average_model();

struct NearestNeighboursOptions {
  int neighbours = 3;

  void validate() const {}
};
void bind(config::Section& section, NearestNeighboursOptions& options);

/// The mean of the first `out` channels of the values at the nearest points, of all if there are fewer. It has no
/// parameters and needs no training.
class NearestNeighbours final : public Operator {
 public:
  /// Throws ConfigError when the answer has more channels than the values.
  NearestNeighbours(const NearestNeighboursOptions& options, const DataShape& data);

 private:
  torch::Tensor apply(const train::Inputs& inputs) override;

  std::int64_t neighbours_;
};
std::unique_ptr<Model> make_nearest_neighbours_model();

struct GraphElementOptions {
  int features = 24;
  int nodes = 7;      ///< per axis
  double lower = -1;  ///< corner of the box of the nodes, on every axis
  double upper = 1;
  int steps = 13;

  /// Throws ConfigError.
  void validate() const;
};
void bind(config::Section& section, GraphElementOptions& options);

/// Graph element network (Alet et al., ICML 2019): measurements are spread over the nodes of a grid, messages pass
/// along its edges, and queries read from the nodes. With a(x)_n = softmax_n(-e^s |x - p_n|^2) over the nodes at p_n,
///
///   h_n = sum_c a(x_c)_n encoder(x_c, y_c)
///   h_n <- norm(h_n + update(h_n, sum_{m next to n} message(h_m, h_n, p_m - p_n)))     `steps` times, the same
///   networks answer = decoder(sum_n a(x)_n h_n, x)
///
/// | parameter | shape |
/// |---|---|
/// | nodes | (nodes^dimension, dimension), a grid over the box at first |
/// | sharpness  s | (1), so that e^s is the squared inverse spacing at first |
/// | encoder.* | Perceptron dimension + channel, h, h, h |
/// | message.* | Perceptron 2 h + dimension, h, h |
/// | update.* | Perceptron 2 h, h, h |
/// | norm.weight, .bias | (h) |
/// | decoder.* | Perceptron h + dimension, h, h, out |
///
/// The nodes want a small learning rate (published: 3e-6).
class GraphElement final : public Operator {
 public:
  GraphElement(const GraphElementOptions& options, const DataShape& data);

 private:
  torch::Tensor apply(const train::Inputs& inputs) override;
  /// a(x), (batch, point, node).
  torch::Tensor assignment(const torch::Tensor& x) const;

  std::int64_t steps_;
  torch::Tensor nodes_;
  torch::Tensor sharpness_;
  torch::Tensor from_;  // edges, both directions
  torch::Tensor to_;
  std::shared_ptr<Perceptron> encoder_, message_, update_, decoder_;
  torch::nn::LayerNorm norm_;
};
std::unique_ptr<Model> make_graph_element_model();

}  // namespace floe::operators
