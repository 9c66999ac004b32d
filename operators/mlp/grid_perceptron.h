// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "operators/layers/perceptron.h"
#include "operators/registry.h"

namespace floe::operators {

struct GridPerceptronOptions {
  std::vector<int> hidden{256, 256};
  Activation activation = Activation::gelu;
  bool bias = true;  ///< of the linear map, where there is no hidden layer

  void validate() const {}
};

void bind(config::Section& section, GridPerceptronOptions& options);

/// A perceptron of all numbers of a field, (batch, in, n_1 ... n_d) to (batch, out, n_1 ... n_d): the plain baseline.
/// Its weights belong to the grid. Without hidden layers it is one matrix: for a linear equation it learns Green's
/// function, weight = G(x, y) times the volume of a cell.
///
/// | parameter | shape |
/// |---|---|
/// | perceptron.* | Perceptron in n_1 ... n_d, hidden ..., out n_1 ... n_d |
/// | weight | (out n_1 ... n_d, in n_1 ... n_d), without hidden layers and bias |
class GridPerceptron final : public Operator {
 public:
  GridPerceptron(const GridPerceptronOptions& options, const DataShape& data);

 private:
  torch::Tensor apply(const train::Inputs& inputs) override;

  std::shared_ptr<Perceptron> perceptron_;
  torch::Tensor weight_;
};

std::unique_ptr<Model> make_grid_perceptron_model();

}  // namespace floe::operators
