// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "train/trainer.h"

namespace floe::test {

/// A small network with hidden units, and what the loop needs.
struct Setup {
  torch::nn::Sequential net;
  train::Examples train, validation;

  explicit Setup(std::uint64_t seed = 1, double dropout = 0) {
    torch::manual_seed(seed);
    net = torch::nn::Sequential(torch::nn::Linear(3, 16), torch::nn::Tanh(), torch::nn::Dropout(dropout),
                                torch::nn::Linear(16, 2));
    const torch::Tensor x = torch::randn({37, 3});
    const torch::Tensor y = torch::stack({x.select(1, 0) * x.select(1, 1), x.select(1, 2).sin()}, 1).unsqueeze(2);
    train = {.inputs = {.parameters = x.narrow(0, 0, 29)}, .outputs = y.narrow(0, 0, 29)};
    validation = {.inputs = {.parameters = x.narrow(0, 29, 8)}, .outputs = y.narrow(0, 29, 8)};
  }
  train::Forward forward() {
    return [this](const train::Inputs& inputs) { return net->forward(inputs.parameters).unsqueeze(2); };
  }
  std::vector<torch::Tensor> parameters() const {
    std::vector<torch::Tensor> all;
    for (const torch::Tensor& p : net->parameters()) all.push_back(p.detach().clone());
    return all;
  }
};

inline bool equal(const std::vector<torch::Tensor>& a, const std::vector<torch::Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const torch::Tensor& x, const torch::Tensor& y) { return torch::equal(x, y); });
}

}  // namespace floe::test
