// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace floe::fft {

/// The discrete Fourier transform of real fields over their last `axes` axes,
///
///   X(k) = sum_x x(x) exp(-2 pi i sum_a k_a x_a / n_a),
///
/// field (..., n_1, ..., n_d) to spectrum (..., n_1, ..., n_d / 2 + 1), as torch.fft.rfftn. Differentiable any number
/// of times. Float and double fields on the CPU in one to four dimensions go through the plan cache of RealTransform,
/// over the batch in parallel; every other tensor (CUDA, more axes, an empty batch) through LibTorch. Throws ShapeError
/// when the field has fewer axes, no real floating-point type, or an axis of length zero.
at::Tensor rfftn(const at::Tensor& field, std::int64_t axes);

/// Its inverse, scaled by 1 / volume: spectrum (..., n_1, ..., n_d / 2 + 1) to field (..., n_1, ..., n_d) for
/// sizes = (n_1, ..., n_d), as torch.fft.irfftn. A spectrum of no real field is symmetrised as RealTransform says.
/// Throws ShapeError when spectrum and sizes do not fit or the spectrum is not complex.
at::Tensor irfftn(const at::Tensor& spectrum, at::IntArrayRef sizes);

}  // namespace floe::fft
