// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace floe::operators {

/// Neighbours of the points of a grid with zeros beyond its edges: stride and padding per axis.
struct Stencil {
  std::vector<std::int64_t> stride{};
  std::vector<std::int64_t> padding{};
};

/// A convolution: x (batch, in, n_1 ... n_d), weight (out, in, k_1 ... k_d) to (batch, out, (n + 2 padding - k) /
/// stride
/// + 1, ...), d = 1, 2, 3. Differentiable any number of times.
///
/// On the CPU by the kernels of kernels/neighbourhood.h, which take and give fields whose channels lie together in
/// memory (LibTorch's channels_last, a matter of strides: fields laid out otherwise are rearranged first). With the few
/// channels of operators that is several times as fast as a library of convolutions, which makes them multiples of
/// 16 and rearranges them each time. The result equals plain_convolve() but for rounding.
torch::Tensor convolve(const torch::Tensor& x, const torch::Tensor& weight, const Stencil& stencil);

/// The transpose of convolve(), onto a grid of any size: x (batch, in, m_1 ...), weight (in, out, k_1 ...) to (batch,
/// out, grid...). Tap a of point j goes to point j stride - padding + a, if there is one.
torch::Tensor convolve_transposed(const torch::Tensor& x, const torch::Tensor& weight, const Stencil& stencil,
                                  const std::vector<std::int64_t>& grid);

/// The same two by LibTorch's own operations.
torch::Tensor plain_convolve(const torch::Tensor& x, const torch::Tensor& weight, const Stencil& stencil);
torch::Tensor plain_convolve_transposed(const torch::Tensor& x, const torch::Tensor& weight, const Stencil& stencil,
                                        const std::vector<std::int64_t>& grid);

/// Whether fields of this kind go through the kernels; they are fastest with their channels together in memory.
bool has_kernels(const torch::Tensor& x);
/// x with its channels together in memory.
torch::Tensor channels_together(const torch::Tensor& x);

}  // namespace floe::operators
