// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "operators/layers/grid_layers.h"

namespace floe::operators {

struct VCycleOptions {
  std::int64_t in = 1;                             ///< channels of f
  std::int64_t out = 24;                           ///< channels of u
  std::vector<int> pre{1, 1, 1, 1, 1, 2};          ///< smoothing steps per level, finest first, on the way down
  std::vector<int> post{};                         ///< and on the way up; empty: none
  std::vector<EdgePadding> smoothing_padding{};    ///< per axis, never `none`
  std::vector<EdgePadding> restriction_padding{};  ///< per axis; `none` on all axes or on none
  /// Whether a grid of odd size lies above the step to level l + 1, per level and axis: the kernel of the prolongation
  /// has 3 points there and 4 elsewhere.
  std::vector<std::vector<bool>> odd{};
  std::vector<std::int64_t> grid{};   ///< on which scale and shift of FieldNorm::layer lie
  bool bias = false;                  ///< of A and S
  bool residual_restriction = false;  ///< f <- R (f - A u) instead of f <- R f
  bool wrap_prolongation = false;     ///< prolongation reaches across periodic edges
  bool growing_channels = false;      ///< level l has (l + 1) times the channels
  FieldNorm norm = FieldNorm::none;   ///< after each sum on the way up
};

/// The transposed convolution of stride 2 from m points to the n it came from, for any n: tap a of coarse point j goes
/// to fine point 2 j - 1 + a (2 j + a without padding). Fine points beyond the grid are left out.
///
/// weight (in, out, 3 or 4, ...).
class Prolongation final : public torch::nn::Module {
 public:
  Prolongation(std::int64_t in, std::int64_t out, std::vector<EdgePadding> padding, const std::vector<bool>& odd,
               bool wrap);

  torch::Tensor forward(const torch::Tensor& coarse, at::IntArrayRef fine_grid);

 private:
  std::vector<EdgePadding> padding_;
  bool wrap_;
  torch::Tensor weight_;
};

/// The linear operator of a neuron layer of MgNO: one V-cycle of multigrid with learnt convolutions, f (batch, in,
/// axes...) to u (batch, out, axes...). On level l = 0 ... J - 1, fine to coarse:
///
///   first smoothing, finest level       u <- S f
///   smoothing                           u <- u + S (f - A u)      A and S of 3 points, new weights every time
///   restriction                         f <- R f,  u <- Q u       of 3 points and stride 2; or f <- R (f - A u)
///   prolongation, on the way up         u_l <- norm(u_l + P u_{l+1}), then smoothing again if asked for
///
/// A grid of n points has ceil(n / 2) on the next level (floor((n - 1) / 2) without padding).
///
/// | parameter, per level l | shape |
/// |---|---|
/// | level<l>.pre<i>.smoother.weight (.bias)  S | (out_l, in_l, 3, ...) |
/// | level<l>.pre<i>.operator.weight (.bias)  A, not for the first | (in_l, out_l, 3, ...) |
/// | level<l>.post<i>.* | the same |
/// | level<l>.restrict_f.weight  R | (in_{l+1}, in_l, 3, ...) |
/// | level<l>.restrict_u.weight  Q | (out_{l+1}, out_l, 3, ...) |
/// | level<l>.residual.weight (.bias)  A of the residual | (in_l, out_l, 3, ...) |
/// | level<l>.prolong.weight  P | (out_{l+1}, out_l, 3 or 4, ...) |
/// | level<l>.norm.weight, .bias | (out_l) or (out_l, grid_l...) |
class VCycle final : public torch::nn::Module {
 public:
  explicit VCycle(const VCycleOptions& options);

  torch::Tensor forward(const torch::Tensor& f);

 private:
  class Level;

  std::vector<std::shared_ptr<Level>> levels_;
};

/// The points of the next coarser level.
std::int64_t coarser(std::int64_t points, EdgePadding padding);

}  // namespace floe::operators
