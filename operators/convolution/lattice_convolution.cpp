// SPDX-License-Identifier: MIT
#include "operators/convolution/lattice_convolution.h"

#include <torch/torch.h>

#include <cmath>

#include "fft/real_transform_torch.h"
#include "operators/convolution/fft_convolution.h"
#include "operators/layers/data.h"
#include "operators/model_of.h"

namespace floe::operators {
namespace {

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
  const torch::Tensor spectrum =
      contract(fft::rfftn(zero_padded(inputs.fields, sizes), axes), fft::rfftn(kernel_, axes));
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
