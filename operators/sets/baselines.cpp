// SPDX-License-Identifier: MIT
#include "operators/sets/baselines.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "operators/layers/data.h"
#include "operators/model_of.h"
#include "operators/sets/attention.h"
#include "operators/sets/set_transformer.h"

namespace floe::operators {
namespace {

/// The signature of a model that answers with a mean of values.
Signature mean_signature(const std::string& model, const DataShape& data) {
  if (data.out_channels > data.value_channels) {
    throw ConfigError(fmt::format(
        "{} does not suit the data (it answers with means of {} channels, and {} are wanted); choose another model",
        model, data.value_channels, data.out_channels));
  }
  return point_signature(model, data);
}

torch::Tensor context_of(const train::Inputs& inputs) {
  return torch::cat({inputs.points, inputs.values}, 2);
}

}  // namespace

void bind(config::Section& section, NeuralProcessOptions& options) {
  section.key("features", options.features, "features h of the networks", config::at_least(1));
}

NeuralProcess::NeuralProcess(const NeuralProcessOptions& options, const DataShape& data)
    : Operator("neural_process", point_signature("neural_process", data)) {
  const auto dimension = static_cast<int>(data.dimension), channels = static_cast<int>(data.value_channels),
             out = static_cast<int>(data.out_channels), h = options.features;
  encoder_ = register_module("encoder", make_perceptron({dimension + channels, h, h, h}));
  query_ = register_module("query", make_perceptron({dimension, h, h, h}));
  decoder_ = register_module("decoder", make_perceptron({2 * h, h, h, out}));
}

torch::Tensor NeuralProcess::apply(const train::Inputs& inputs) {
  const torch::Tensor each = encoder_->forward(context_of(inputs));
  torch::Tensor mean;
  if (inputs.mask.defined()) {
    const torch::Tensor exists = inputs.mask.to(each.scalar_type()).unsqueeze(2);
    mean = (each * exists).sum(1, true) / exists.sum(1, true).clamp_min(1);
  } else {
    mean = each.sum(1, true) / static_cast<double>(std::max<std::int64_t>(each.size(1), 1));
  }
  const torch::Tensor asked = query_->forward(queries_per_sample(inputs));
  return decoder_->forward(torch::cat({mean.expand({-1, asked.size(1), -1}), asked}, 2));
}

void bind(config::Section& section, KernelAverageOptions& options) {
  section.key("hidden", options.hidden, "hidden widths of the network of the kernel's widths", config::at_least(1));
  section.key("width", options.width, "initial width of the kernel, in units of the positions", config::positive());
}

KernelAverage::KernelAverage(const KernelAverageOptions& options, const DataShape& data)
    : Operator("kernel_average", mean_signature("kernel_average", data)), width_(options.width) {
  const auto dimension = static_cast<int>(data.dimension);
  scale_ = register_module("scale", make_perceptron(chain_widths(dimension, options.hidden, dimension)));
  const torch::NoGradGuard no_gradients;
  const auto parameters = scale_->named_parameters();
  const std::size_t last = options.hidden.size();
  parameters[fmt::format("linear{}.weight", last)].zero_();
  parameters[fmt::format("linear{}.bias", last)].zero_();
}

torch::Tensor KernelAverage::apply(const train::Inputs& inputs) {
  torch::Tensor x = queries_per_sample(inputs);
  // softplus(0) = ln 2: at first the exponent is -|x_c - x|^2 / (2 width^2).
  const torch::Tensor s = torch::softplus(scale_->forward(x)) / (2 * std::log(2.0) * width_ * width_);
  // -s (x_c - x)^2 = -s x_c^2 + 2 s x x_c + what does not depend on c: attention with these for queries and keys. Both
  // are counted from the middle of the points, against cancellation.
  const torch::Tensor middle = inputs.points.mean(1, true);
  const torch::Tensor points = inputs.points - middle;
  x = x - middle;
  const double scale = std::sqrt(2.0 * static_cast<double>(signature().dimension));
  const torch::Tensor q = torch::cat({-s, 2 * s * x}, 2) * scale;
  const torch::Tensor k = torch::cat({points * points, points}, 2);
  const torch::Tensor v = inputs.values.narrow(2, 0, signature().out_channels);
  return attention(q.unsqueeze(1), k.unsqueeze(1), v.unsqueeze(1), inputs.mask).squeeze(1);
}

void bind(config::Section& section, NearestNeighboursOptions& options) {
  section.key("neighbours", options.neighbours, "points whose values are averaged", config::at_least(1));
}

NearestNeighbours::NearestNeighbours(const NearestNeighboursOptions& options, const DataShape& data)
    : Operator("nearest_neighbours", mean_signature("nearest_neighbours", data)), neighbours_(options.neighbours) {}

torch::Tensor NearestNeighbours::apply(const train::Inputs& inputs) {
  const torch::NoGradGuard no_gradients;
  const torch::Tensor x = queries_per_sample(inputs);
  const torch::Tensor values = inputs.values.narrow(2, 0, signature().out_channels);
  const std::int64_t count = std::min(neighbours_, inputs.points.size(1));
  std::vector<torch::Tensor> answers;
  if (count == 0 || x.size(1) == 0) return torch::zeros({x.size(0), x.size(1), values.size(2)}, values.options());
  for (std::int64_t begin = 0; begin < x.size(1); begin += attention_block) {
    const torch::Tensor rows = x.narrow(1, begin, std::min(attention_block, x.size(1) - begin));
    // Differences, not products: neighbours may lie close together.
    torch::Tensor distance = torch::zeros({rows.size(0), rows.size(1), inputs.points.size(1)}, rows.options());
    for (std::int64_t d = 0; d < rows.size(2); ++d) {
      distance += (rows.select(2, d).unsqueeze(2) - inputs.points.select(2, d).unsqueeze(1)).square_();
    }
    if (inputs.mask.defined()) {
      distance.masked_fill_((inputs.mask == 0).unsqueeze(1), std::numeric_limits<double>::infinity());
    }
    const auto [nearest, places] = distance.topk(count, 2, false);
    const torch::Tensor exists = nearest.isfinite().to(values.scalar_type()).unsqueeze(3);
    const torch::Tensor found = values.unsqueeze(1)
                                    .expand({-1, rows.size(1), -1, -1})
                                    .gather(2, places.unsqueeze(3).expand({-1, -1, -1, values.size(2)}));
    answers.push_back((found * exists).sum(2) / exists.sum(2).clamp_min(1));
  }
  return torch::cat(answers, 1);
}

void GraphElementOptions::validate() const {
  if (!(upper > lower)) {
    throw ConfigError(
        fmt::format("the nodes of a graph element network cannot lie between {} and {} (upper must be the "
                    "greater); exchange them",
                    lower, upper));
  }
}

void bind(config::Section& section, GraphElementOptions& options) {
  section.key("features", options.features, "features h of nodes and messages", config::at_least(1));
  section.key("nodes", options.nodes, "nodes along each axis", config::at_least(2));
  section.key("lower", options.lower, "smallest coordinate of a node, as the model sees positions");
  section.key("upper", options.upper, "largest coordinate of a node");
  section.key("steps", options.steps, "rounds of messages", config::at_least(0));
}

GraphElement::GraphElement(const GraphElementOptions& options, const DataShape& data)
    : Operator("graph_element", point_signature("graph_element", data)),
      steps_(options.steps),
      norm_(torch::nn::LayerNormOptions({options.features})) {
  options.validate();
  const auto dimension = static_cast<int>(data.dimension), channels = static_cast<int>(data.value_channels),
             out = static_cast<int>(data.out_channels), h = options.features;
  const std::vector<torch::Tensor> axes(static_cast<std::size_t>(dimension),
                                        torch::linspace(options.lower, options.upper, options.nodes));
  std::vector<torch::Tensor> columns;
  for (const torch::Tensor& column : torch::meshgrid(axes, "ij")) columns.push_back(column.flatten());
  nodes_ = register_parameter("nodes", torch::stack(columns, 1));
  const double spacing = (options.upper - options.lower) / (options.nodes - 1);
  sharpness_ = register_parameter("sharpness", torch::full({1}, -2 * std::log(spacing)));
  std::vector<std::int64_t> from, to;
  std::int64_t stride = 1;
  for (int axis = 0; axis < dimension; ++axis, stride *= options.nodes) {
    for (std::int64_t n = 0; n < nodes_.size(0); ++n) {
      if (n / stride % options.nodes + 1 == options.nodes) continue;
      from.insert(from.end(), {n, n + stride});
      to.insert(to.end(), {n + stride, n});
    }
  }
  from_ = torch::tensor(from, torch::kInt64);
  to_ = torch::tensor(to, torch::kInt64);
  encoder_ = register_module("encoder", make_perceptron({dimension + channels, h, h, h}));
  message_ = register_module("message", make_perceptron({2 * h + dimension, h, h}));
  update_ = register_module("update", make_perceptron({2 * h, h, h}));
  register_module("norm", norm_);
  decoder_ = register_module("decoder", make_perceptron({h + dimension, h, h, out}));
}

torch::Tensor GraphElement::assignment(const torch::Tensor& x) const {
  // |x - p|^2 without |x|^2, which all nodes share.
  const torch::Tensor squares = nodes_.square().sum(1);
  return ((2 * x.matmul(nodes_.t()) - squares) * sharpness_.exp()).softmax(-1);
}

torch::Tensor GraphElement::apply(const train::Inputs& inputs) {
  torch::Tensor spread = assignment(inputs.points);
  if (inputs.mask.defined()) spread = spread * inputs.mask.to(spread.scalar_type()).unsqueeze(2);
  torch::Tensor h = spread.transpose(1, 2).bmm(encoder_->forward(context_of(inputs)));
  const torch::Tensor from = from_.to(h.device()), to = to_.to(h.device());
  const torch::Tensor along =
      (nodes_.index_select(0, from) - nodes_.index_select(0, to)).unsqueeze(0).expand({h.size(0), -1, -1});
  for (std::int64_t step = 0; step < steps_; ++step) {
    const torch::Tensor messages =
        message_->forward(torch::cat({h.index_select(1, from), h.index_select(1, to), along}, 2));
    const torch::Tensor sum = torch::zeros_like(h).index_add(1, to, messages);
    h = norm_->forward(h + update_->forward(torch::cat({h, sum}, 2)));
  }
  const torch::Tensor x = queries_per_sample(inputs);
  return decoder_->forward(torch::cat({assignment(x).bmm(h), x}, 2));
}

std::unique_ptr<Model> make_neural_process_model() {
  return std::make_unique<ModelOf<NeuralProcessOptions, NeuralProcess>>();
}
std::unique_ptr<Model> make_kernel_average_model() {
  return std::make_unique<ModelOf<KernelAverageOptions, KernelAverage>>();
}
std::unique_ptr<Model> make_nearest_neighbours_model() {
  return std::make_unique<ModelOf<NearestNeighboursOptions, NearestNeighbours>>();
}
std::unique_ptr<Model> make_graph_element_model() {
  return std::make_unique<ModelOf<GraphElementOptions, GraphElement>>();
}

}  // namespace floe::operators
