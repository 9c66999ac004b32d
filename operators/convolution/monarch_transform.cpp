// SPDX-License-Identifier: MIT
#include "operators/convolution/monarch_transform.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <cmath>
#include <numbers>

#include "base/error.h"
#include "operators/convolution/fft_convolution.h"

namespace floe::operators {
namespace {

/// w_n^{a b}, a < rows, b < columns; the exponent is reduced modulo n, which keeps the angle exact for large n.
torch::Tensor roots(std::int64_t n, std::int64_t rows, std::int64_t columns, torch::TensorOptions options) {
  const auto integer = torch::TensorOptions().dtype(torch::kInt64);
  const torch::Tensor exponent =
      (torch::arange(rows, integer).unsqueeze(1) * torch::arange(columns, integer).unsqueeze(0)).remainder(n);
  const torch::Tensor angle = exponent.to(torch::kFloat64) * (-2 * std::numbers::pi / static_cast<double>(n));
  return torch::complex(angle.cos(), angle.sin()).to(options);
}

torch::Tensor as_complex(const torch::Tensor& x) {
  return torch::complex(x, torch::zeros_like(x));
}

torch::Tensor convolve(const torch::Tensor& field, const torch::Tensor& kernel) {
  const MonarchTransform transform(field.size(-1), field.scalar_type(), field.device());
  return torch::real(transform.inverse_unordered(transform.forward_unordered(as_complex(field)) *
                                                 transform.forward_unordered(as_complex(kernel))))
      .contiguous();
}

}  // namespace

std::int64_t square_root_up(std::int64_t n) {
  auto root = static_cast<std::int64_t>(std::sqrt(static_cast<double>(n)));
  while (root * root < n) ++root;
  return root;
}

MonarchTransform::MonarchTransform(std::int64_t n, torch::ScalarType real, torch::Device device) {
  if (n < 1) {
    throw ShapeError(fmt::format("a transform of length {} was asked for (it must be at least 1); give a sequence", n));
  }
  n1_ = static_cast<std::int64_t>(std::sqrt(static_cast<double>(n)));
  while (n % n1_ != 0) --n1_;
  n2_ = n / n1_;
  const auto options = torch::TensorOptions().dtype(c10::toComplexType(real)).device(device);
  first_ = roots(n1_, n1_, n1_, options);
  second_ = roots(n2_, n2_, n2_, options);
  twiddle_ = roots(n, n1_, n2_, options);
}

torch::Tensor MonarchTransform::forward_unordered(const torch::Tensor& x) const {
  std::vector<std::int64_t> shape = x.sizes().vec();
  shape.back() = n1_;
  shape.push_back(n2_);
  return (first_.matmul(x.reshape(shape)) * twiddle_).matmul(second_);
}

torch::Tensor MonarchTransform::inverse_unordered(const torch::Tensor& spectrum) const {
  // The matrices are symmetric, and conjugate to those of the inverse.
  const torch::Tensor x = first_.conj().matmul(spectrum.matmul(second_.conj()) * twiddle_.conj());
  return x.flatten(-2) / static_cast<double>(length());
}

torch::Tensor MonarchTransform::forward(const torch::Tensor& x) const {
  return forward_unordered(x).transpose(-1, -2).flatten(-2);
}

torch::Tensor MonarchTransform::inverse(const torch::Tensor& spectrum) const {
  std::vector<std::int64_t> shape = spectrum.sizes().vec();
  shape.back() = n2_;
  shape.push_back(n1_);
  return inverse_unordered(spectrum.reshape(shape).transpose(-1, -2));
}

torch::Tensor monarch_periodic_convolution(const torch::Tensor& field, const torch::Tensor& kernel) {
  require_one_lattice(field, kernel, 1);
  return convolve(field, kernel);
}

torch::Tensor monarch_causal_convolution(const torch::Tensor& u, const torch::Tensor& kernel) {
  const torch::Tensor k = causal_taps(u, kernel);
  // A square length has the cheapest factors.
  const std::int64_t root = square_root_up(u.size(-1) + k.size(-1) - 1);
  return convolve(zero_padded(u, {root * root}), zero_padded(k, {root * root})).narrow(-1, 0, u.size(-1));
}

}  // namespace floe::operators
