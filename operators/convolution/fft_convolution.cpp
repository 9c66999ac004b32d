// SPDX-License-Identifier: MIT
#include "operators/convolution/fft_convolution.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <limits>

#include "base/error.h"
#include "fft/real_transform_torch.h"
#include "train/inputs.h"

namespace floe::operators {

torch::Tensor zero_padded(const torch::Tensor& field, at::IntArrayRef sizes) {
  std::vector<std::int64_t> pad;
  for (std::size_t a = sizes.size(); a-- > 0;) {
    pad.push_back(0);
    pad.push_back(sizes[a] - field.size(field.dim() - static_cast<std::int64_t>(sizes.size() - a)));
  }
  return torch::constant_pad_nd(field, pad);
}

void require_one_lattice(const torch::Tensor& field, const torch::Tensor& kernel, std::int64_t axes) {
  const auto lattice = [&](const torch::Tensor& x) {
    return x.sizes().slice(static_cast<std::size_t>(x.dim() - axes));
  };
  if (axes < 1 || axes > field.dim() || axes > kernel.dim() || lattice(field) != lattice(kernel)) {
    throw ShapeError(fmt::format(
        "a field {} cannot be convolved with a kernel {} (their last {} axes must be one lattice); give both on it",
        train::shape_text(field), train::shape_text(kernel), axes));
  }
}

torch::Tensor causal_taps(const torch::Tensor& u, const torch::Tensor& kernel) {
  if (u.dim() < 1 || kernel.dim() < 1 || u.size(-1) < 1 || kernel.size(-1) < 1) {
    throw ShapeError(
        fmt::format("a sequence {} cannot be convolved with a kernel {} (neither may be empty); give both a last axis",
                    train::shape_text(u), train::shape_text(kernel)));
  }
  return kernel.size(-1) > u.size(-1) ? kernel.narrow(-1, 0, u.size(-1)) : kernel;
}

torch::Tensor periodic_convolution(const torch::Tensor& field, const torch::Tensor& kernel, std::int64_t axes) {
  require_one_lattice(field, kernel, axes);
  const auto lattice = field.sizes().slice(static_cast<std::size_t>(field.dim() - axes)).vec();
  return fft::irfftn(fft::rfftn(field, axes) * fft::rfftn(kernel, axes), lattice);
}

std::int64_t fast_length(std::int64_t n) {
  std::int64_t best = std::numeric_limits<std::int64_t>::max();
  for (std::int64_t five = 1; five < best; five *= 5) {
    for (std::int64_t three = five; three < best; three *= 3) {
      std::int64_t two = three;
      while (two < n) two *= 2;
      best = std::min(best, two);
      if (three >= n) break;
    }
    if (five >= n) break;
  }
  return best;
}

torch::Tensor causal_convolution(const torch::Tensor& u, const torch::Tensor& kernel) {
  const torch::Tensor k = causal_taps(u, kernel);
  const std::int64_t padded = fast_length(u.size(-1) + k.size(-1) - 1);
  const torch::Tensor product = fft::rfftn(zero_padded(u, {padded}), 1) * fft::rfftn(zero_padded(k, {padded}), 1);
  return fft::irfftn(product, {padded}).narrow(-1, 0, u.size(-1));
}

}  // namespace floe::operators
