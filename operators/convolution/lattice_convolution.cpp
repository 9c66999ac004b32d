// SPDX-License-Identifier: MIT
#include "operators/convolution/lattice_convolution.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <cmath>
#include <limits>
#include <string>

#include "base/error.h"
#include "fft/real_transform_torch.h"
#include "operators/layers/data.h"
#include "operators/model_of.h"

namespace floe::operators {
namespace {

/// The field with zeros after its values on the last axes, up to `sizes`.
torch::Tensor pad_to(const torch::Tensor& field, at::IntArrayRef sizes) {
  std::vector<std::int64_t> pad;
  for (std::size_t a = sizes.size(); a-- > 0;) {
    pad.push_back(0);
    pad.push_back(sizes[a] - field.size(field.dim() - static_cast<std::int64_t>(sizes.size() - a)));
  }
  return torch::constant_pad_nd(field, pad);
}

/// Sum over the input channels at every mode: (batch, in, modes...) and (out, in, modes...) to (batch, out, modes...).
torch::Tensor contract(const torch::Tensor& field, const torch::Tensor& kernel) {
  const auto modes = field.sizes().slice(2);
  const torch::Tensor product =
      torch::einsum("bim,oim->bom", {field.flatten(2).contiguous(), kernel.flatten(2).contiguous()});
  std::vector<std::int64_t> shape{field.size(0), kernel.size(0)};
  shape.insert(shape.end(), modes.begin(), modes.end());
  return product.reshape(shape);
}

}  // namespace

torch::Tensor periodic_convolution(const torch::Tensor& field, const torch::Tensor& kernel, std::int64_t axes) {
  if (axes < 1 || axes > field.dim() || axes > kernel.dim() ||
      field.sizes().slice(static_cast<std::size_t>(field.dim() - axes)) !=
          kernel.sizes().slice(static_cast<std::size_t>(kernel.dim() - axes))) {
    throw ShapeError(fmt::format(
        "a field {} cannot be convolved with a kernel {} (their last {} axes must be one lattice); give both on it",
        train::shape_text(field), train::shape_text(kernel), axes));
  }
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
  if (u.dim() < 1 || kernel.dim() < 1 || u.size(-1) < 1 || kernel.size(-1) < 1) {
    throw ShapeError(
        fmt::format("a sequence {} cannot be convolved with a kernel {} (neither may be empty); give both a last axis",
                    train::shape_text(u), train::shape_text(kernel)));
  }
  const std::int64_t length = u.size(-1);
  const torch::Tensor k = kernel.size(-1) > length ? kernel.narrow(-1, 0, length) : kernel;
  const std::int64_t padded = fast_length(length + k.size(-1) - 1);
  const torch::Tensor product = fft::rfftn(pad_to(u, {padded}), 1) * fft::rfftn(pad_to(k, {padded}), 1);
  return fft::irfftn(product, {padded}).narrow(-1, 0, length);
}

void bind(config::Section& section, LatticeConvolutionOptions& options) {
  section.choice("boundary", options.boundary,
                 {{"periodic", LatticeBoundary::periodic}, {"zero", LatticeBoundary::zero}},
                 "what lies outside the lattice: the field again, or zero");
  section.key("bias", options.bias, "add a constant to each channel");
}

LatticeConvolution::LatticeConvolution(const LatticeConvolutionOptions& options, const DataShape& data)
    : Operator("lattice_convolution", field_signature("lattice_convolution", data, {.only = data.grid}, 1, 3)),
      options_(options) {
  std::vector<std::int64_t> shape{data.out_channels, data.field_channels};
  double sites = 1;
  for (const std::int64_t n : data.grid) {
    shape.push_back(options.boundary == LatticeBoundary::periodic ? n : 2 * n - 1);
    sites *= static_cast<double>(n);
  }
  kernel_ = register_parameter("kernel", torch::randn(shape) / std::sqrt(sites * static_cast<double>(shape[1])));
  if (options.bias) bias_ = register_parameter("bias", torch::zeros({data.out_channels}));
}

torch::Tensor LatticeConvolution::apply(const train::Inputs& inputs) {
  const std::int64_t axes = signature().axes;
  const auto lattice = inputs.fields.sizes().slice(2).vec();
  const auto sizes = kernel_.sizes().slice(2).vec();
  const torch::Tensor spectrum = contract(fft::rfftn(pad_to(inputs.fields, sizes), axes), fft::rfftn(kernel_, axes));
  torch::Tensor y = fft::irfftn(spectrum, sizes);
  for (std::size_t a = 0; a < lattice.size(); ++a) y = y.narrow(static_cast<std::int64_t>(a) + 2, 0, lattice[a]);
  if (bias_.defined()) {
    std::vector<std::int64_t> shape(static_cast<std::size_t>(axes + 1), 1);
    shape[0] = -1;
    y = y + bias_.reshape(shape);
  }
  return y.contiguous();
}

std::unique_ptr<Model> make_lattice_convolution_model() {
  return std::make_unique<ModelOf<LatticeConvolutionOptions, LatticeConvolution>>();
}

}  // namespace floe::operators
