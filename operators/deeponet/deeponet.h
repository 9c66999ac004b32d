// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <optional>
#include <vector>

#include "operators/deeponet/branch.h"
#include "operators/layers/perceptron.h"
#include "operators/registry.h"

namespace floe::operators {

/// How p features of branch and trunk make several output channels.
enum class DeepOnetOutputs {
  split_both,    ///< branch and trunk have p features for each channel
  split_branch,  ///< only the branch
  split_trunk    ///< only the trunk
};

enum class DeepOnetTrunk {
  network,  ///< a perceptron of the position
  pod       ///< the proper orthogonal modes of the training outputs, at their fixed positions
};

/// The interval of the coordinates of a grid on which the answer is wanted.
enum class DeepOnetCoordinates { unit, symmetric };

struct DeepOnetOptions {
  int features = 40;  ///< p
  bool stacked = false;
  BranchOptions branch{};
  DeepOnetTrunk trunk = DeepOnetTrunk::network;
  int positions = 0;  ///< of the training outputs, for POD where they are no grid
  std::vector<int> trunk_hidden{40};
  Activation trunk_activation = Activation::relu;
  Activation trunk_last_activation = Activation::relu;
  PerceptronNorm trunk_norm = PerceptronNorm::none;
  bool trunk_residual = false;
  DeepOnetOutputs outputs = DeepOnetOutputs::split_both;
  bool bias = true;
  Initialisation initialisation = Initialisation::glorot_normal;
  DeepOnetCoordinates coordinates = DeepOnetCoordinates::unit;
  std::optional<int> mask_channel{};  ///< channel of the fields that is 1 inside the domain and 0 outside

  /// Throws ConfigError.
  void validate() const;
};

void bind(config::Section& section, DeepOnetOptions& options);

/// DeepONet (Lu et al., Nat. Mach. Intell. 3 (2021) 218): the answer at y to the input function u,
///
///   G(u)(y) = m(y) (sum_k b_k(u) t_k(y) + b_0)
///
/// | input | shape |
/// |---|---|
/// | parameters | (batch, numbers): numbers of the whole sample, such as the coefficients that stand for a function
/// (MT-DeepONet) | | fields     | (batch, channel, n_1 ... n_d): u at its sensors, fixed by the data the model is made
/// for | | queries    | (query, dimension), the same for all samples (Cartesian product); (batch, query, dimension),
/// for each its own |
///
/// to values (batch, query, out); without queries, if there are fields, to fields (batch, out, n_1 ... n_d) at the
/// points i / (n - 1) of the fields' grid, or -1 + 2 i / (n - 1) with symmetric coordinates. With pairs (one query per
/// sample) it is the unaligned DeepONet.
///
/// The branch takes (parameters, fields) as one vector, or with a convolutional branch the fields as an image, whose
/// features are joined by the parameters before the perceptron; see Branch. Stacked: p branches of one feature each.
///
/// Several output channels: b and t have p features per channel (split_both), or only one of them has.
///
/// POD-DeepONet (Lu et al., CMAME 393 (2022) 114778) has in place of the trunk the first p modes of the training
/// outputs, computed by prepare(): answer = mean(y) + sum_k b_k(u) phi_k(y) sqrt(P) / p over the P positions, phi
/// orthonormal. It answers at those positions only.
///
/// MT-DeepONet (Kumar et al., Neural Networks 184 (2025) 107113): coefficients in `parameters`, and `mask_channel` says
/// which channel of the fields is the mask m of the domain; the answer on the grid is zero outside, and so is the
/// gradient of every loss of it. The mask stays an input of the branch, unless that takes the numbers only
/// (branch.fields = false): then the fields may lie on any grid.
///
/// | parameter | shape |
/// |---|---|
/// | branch.* (stacked: branch<k>.*) | see Branch |
/// | trunk.* | see Perceptron, from dimension to features |
/// | bias | (out) |
/// | buffers pod.modes, pod.mean | (out, P, p), (out, P) |
class DeepOnet final : public Operator {
 public:
  /// Throws ConfigError for data without input function or without positions.
  DeepOnet(const DeepOnetOptions& options, const DataShape& data);

  /// Finds the modes of POD-DeepONet, from outputs (samples, out, axes...) or (samples, query, out). Throws DataError
  /// for other positions than the model was made for, or fewer samples or positions than modes.
  void prepare(const train::Inputs& inputs, const torch::Tensor& outputs) override;

 private:
  torch::Tensor apply(const train::Inputs& inputs) override;
  /// b, (batch, out or 1, p).
  torch::Tensor branch_features(const train::Inputs& inputs);
  /// t, (query, out or 1, p) or (batch, query, out or 1, p).
  torch::Tensor trunk_features(const torch::Tensor& queries);
  torch::Tensor grid_positions(const std::vector<std::int64_t>& grid, const torch::Tensor& like) const;
  /// (batch, query, out).
  torch::Tensor from_modes(const torch::Tensor& branch, std::int64_t queries);

  DeepOnetOptions options_;
  std::vector<std::shared_ptr<Branch>> branches_;
  std::shared_ptr<Perceptron> trunk_;
  torch::Tensor bias_;
  torch::Tensor modes_;
  torch::Tensor mean_;
};

std::unique_ptr<Model> make_deeponet_model();

}  // namespace floe::operators
