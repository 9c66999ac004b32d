// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <string>
#include <vector>

#include "operators/layers/activation.h"
#include "operators/mgno/v_cycle.h"
#include "operators/registry.h"

namespace floe::operators {

enum class MgnoRestriction { same, dirichlet, neumann, periodic, unpadded };
/// By which rule a prolongation has 3 or 4 points on an axis.
enum class MgnoProlongation {
  by_grid,  ///< 3 where the grid above it has an odd size in the data the model is made for, 4 where it is even
  even,     ///< 4 everywhere
  odd       ///< 3 everywhere
};
enum class MgnoHead { pointwise, multigrid };

struct MgnoOptions {
  int layers = 4;
  int channels = 24;
  std::vector<int> smoothing{1, 1, 1, 1, 1, 2};  ///< steps per level on the way down; one level per number
  std::vector<int> post_smoothing{};             ///< on the way up; empty: none
  GridBoundary boundary = GridBoundary::from_data;
  MgnoRestriction restriction = MgnoRestriction::same;
  MgnoProlongation prolongation = MgnoProlongation::by_grid;
  bool wrap_prolongation = false;
  bool residual_restriction = false;
  bool bias = false;
  bool growing_channels = false;
  FieldNorm level_norm = FieldNorm::none;
  FieldNorm layer_norm = FieldNorm::none;
  bool pointwise = true;
  MgnoHead head = MgnoHead::pointwise;
  bool head_bias = false;
  bool global_residual = false;
  Activation activation = Activation::gelu;

  /// Throws ConfigError.
  void validate() const;
};

void bind(config::Section& section, MgnoOptions& options);

/// Multigrid neural operator (He, Liu, Xu, ICLR 2024, arXiv 2310.19809): fields (batch, in, n_1 ... n_d), d = 1, 2, 3,
/// to (batch, out, n_1 ... n_d),
///
///   u_{i+1} = activation(norm(W_i u_i + B_i u_i)),   u_0 = the input,   answer = H u_n (+ u_0)
///
/// where W_i is one V-cycle (VCycle), B_i a matrix over the channels with bias (left out without `pointwise`), and H a
/// matrix over the channels or another V-cycle. No lifting.
///
/// | parameter | shape |
/// |---|---|
/// | layer<i>.cycle.* | see VCycle, from in (i = 0) or channels to channels |
/// | layer<i>.pointwise.weight, .bias | (channels, in or channels), (channels) |
/// | layer<i>.norm.weight, .bias | (channels) or (channels, grid...) |
/// | head.weight (.bias) | (out, channels), (out); or head.* of a VCycle |
///
/// Any grid with at least 2 points on the coarsest level, 2^(levels - 1) + 1 on the finest, odd sizes and other grids
/// than those of training included: a prolongation of 3 or 4 points serves both parities (Prolongation). In two
/// dimensions with 4 layers, 24 channels and 6 levels it has the 572,661 parameters of the published Darcy model.
class Mgno final : public Operator {
 public:
  /// Throws ConfigError for data that are no fields or whose grid is too small for the levels.
  Mgno(const MgnoOptions& options, const DataShape& data);

 private:
  class Layer;

  torch::Tensor apply(const train::Inputs& inputs) override;

  MgnoOptions options_;
  std::vector<std::shared_ptr<Layer>> layers_;
  std::shared_ptr<Pointwise> head_;
  std::shared_ptr<VCycle> head_cycle_;
};

std::unique_ptr<Model> make_mgno_model();

}  // namespace floe::operators
