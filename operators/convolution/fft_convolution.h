// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace floe::operators {

/// Convolution on a periodic lattice over the last `axes` axes, by FFT in O(n log n):
///
///   y(x) = sum_z k(z) u(x - z),   x - z modulo the lattice
///
/// Field (..., n_1, ..., n_d) and kernel of the same lattice; the axes before are broadcast against each other.
/// Differentiable in both. Throws ShapeError when the lattices differ or there is none.
torch::Tensor periodic_convolution(const torch::Tensor& field, const torch::Tensor& kernel, std::int64_t axes);

/// Causal convolution over the last axis, by FFT of length at least L + K - 1, so that nothing wraps around:
///
///   y_l = sum_{j = 0}^{min(l, K - 1)} k_j u_{l - j},   l = 0 ... L - 1
///
/// u (..., L) and kernel (..., K) of any K >= 1; the axes before are broadcast. Differentiable in both. Throws
/// ShapeError when one of them is empty.
torch::Tensor causal_convolution(const torch::Tensor& u, const torch::Tensor& kernel);

/// The smallest 2^a 3^b 5^c that is at least n: a length for which the transform is fast.
std::int64_t fast_length(std::int64_t n);

/// The field with zeros after its values on the last axes, up to `sizes`.
torch::Tensor zero_padded(const torch::Tensor& field, at::IntArrayRef sizes);

/// Throws ShapeError unless the last `axes` axes of both are one lattice.
void require_one_lattice(const torch::Tensor& field, const torch::Tensor& kernel, std::int64_t axes);

/// What a causal convolution of the sequence u needs of the kernel: at most as many taps as u is long. Throws
/// ShapeError when one of them is empty.
torch::Tensor causal_taps(const torch::Tensor& u, const torch::Tensor& kernel);

}  // namespace floe::operators
