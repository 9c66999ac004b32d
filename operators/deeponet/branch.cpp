// SPDX-License-Identifier: MIT
#include "operators/deeponet/branch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/torch.h>

#include "base/error.h"

namespace floe::operators {
namespace {

/// The points of an axis after convolution and pooling.
std::int64_t after(std::int64_t points, const BranchOptions& options) {
  const std::int64_t pad = options.same_padding ? options.kernel / 2 : 0;
  const std::int64_t convolved =
      points + 2 * pad < options.kernel ? 0 : (points + 2 * pad - options.kernel) / options.stride + 1;
  return convolved / options.pooling;
}

}  // namespace

void BranchOptions::validate() const {
  if (same_padding && kernel % 2 == 0) {
    throw ConfigError(fmt::format(
        "the branch has kernels of {} points with padding (only odd ones keep the size); give an odd kernel", kernel));
  }
  if (kind == BranchKind::cnn && !fields) {
    throw ConfigError(
        "a convolutional branch has nothing to convolve (branch.fields = false); choose branch.kind = \"mlp\"");
  }
}

void bind(config::Section& section, BranchOptions& options) {
  section.choice("kind", options.kind, {{"mlp", BranchKind::mlp}, {"cnn", BranchKind::cnn}},
                 "a perceptron of all numbers in a row, or convolutions first");
  section.key("fields", options.fields,
              "whether it sees the fields; otherwise the numbers of the sample only, and the fields give the grid of "
              "the answer and the mask");
  section.when(options.kind == BranchKind::cnn, "kind = \"cnn\"", [&] {
    section.key("filters", options.filters, "channels of each convolution", config::at_least(1) & config::not_empty());
    section.key("kernel", options.kernel, "points of a kernel on each axis", config::at_least(1));
    section.key("stride", options.stride, "stride of the convolutions", config::at_least(1));
    section.key("same_padding", options.same_padding, "zeros around the image, which keep its size at stride 1");
    section.key("pooling", options.pooling, "average over so many points a side after each convolution; 1: none",
                config::at_least(1));
    activation_key(section, "convolution_activation", options.convolution_activation, "after each convolution");
  });
  section.key("hidden", options.hidden, "hidden widths of the perceptron", config::at_least(1));
  activation_key(section, "activation", options.activation, "after each hidden layer");
  activation_key(section, "last_activation", options.last_activation, "after the last layer");
  perceptron_norm_key(section, "norm", options.norm);
  section.key("dropout", options.dropout, "probability, after each hidden layer",
              config::at_least(0) & config::below(1));
  section.key("dropout_layers", options.dropout_layers, "only after the first so many of them; 0: after all",
              config::at_least(0));
}

Branch::Branch(const BranchOptions& options, std::int64_t numbers, std::int64_t channels,
               const std::vector<std::int64_t>& grid, std::int64_t features, Initialisation initialisation)
    : options_(options) {
  std::int64_t inputs = numbers;
  if (options.kind == BranchKind::cnn) {
    if (grid.size() != 2) {
      throw ConfigError(
          fmt::format("deeponet: a convolutional branch cannot take fields with {} axes (it takes images "
                      "with 2); choose branch.kind = \"mlp\"",
                      grid.size()));
    }
    std::int64_t from = channels;
    std::vector<std::int64_t> size = grid;
    for (std::size_t i = 0; i < options.filters.size(); ++i) {
      auto convolution = torch::nn::Conv2d(torch::nn::Conv2dOptions(from, options.filters[i], options.kernel)
                                               .stride(options.stride)
                                               .padding(options.same_padding ? options.kernel / 2 : 0));
      initialise(initialisation, convolution->weight, convolution->bias);
      convolutions_.push_back(register_module(fmt::format("convolution{}", i), convolution));
      from = options.filters[i];
      for (std::int64_t& points : size) points = after(points, options);
      if (size[0] < 1 || size[1] < 1) {
        throw ConfigError(
            fmt::format("deeponet: images of {} points are too small for the branch (nothing is left after "
                        "convolution {}); give fewer filters, or finer data",
                        fmt::join(grid, "x"), i + 1));
      }
    }
    inputs += from * size[0] * size[1];
  } else {
    std::int64_t sensors = channels;
    for (const std::int64_t points : grid) sensors *= points;
    inputs += sensors;
  }
  perceptron_ = register_module(
      "perceptron", std::make_shared<Perceptron>(PerceptronOptions{
                        .widths = chain_widths(static_cast<int>(inputs), options.hidden, static_cast<int>(features)),
                        .activation = options.activation,
                        .last_activation = options.last_activation,
                        .norm = options.norm,
                        .dropout = options.dropout,
                        .dropout_layers = options.dropout_layers,
                        .initialisation = initialisation}));
}

torch::Tensor Branch::forward(const torch::Tensor& numbers, const torch::Tensor& fields) {
  torch::Tensor x = fields;
  for (auto& convolution : convolutions_) {
    x = activate(options_.convolution_activation, convolution->forward(x));
    if (options_.pooling > 1) x = torch::avg_pool2d(x, options_.pooling);
  }
  if (!x.defined()) return perceptron_->forward(numbers);
  x = x.flatten(1);
  return perceptron_->forward(numbers.defined() ? torch::cat({numbers, x}, 1) : x);
}

}  // namespace floe::operators
