// SPDX-License-Identifier: MIT
#include "operators/layers/grid_layers.h"

#include <torch/torch.h>

#include <cmath>
#include <utility>

#include "operators/layers/affine.h"
#include "operators/layers/convolve.h"

namespace floe::operators {

torch::Tensor uniform_weights(const std::vector<std::int64_t>& shape, std::int64_t fan_in) {
  const double bound = 1 / std::sqrt(static_cast<double>(fan_in));
  return torch::rand(shape) * (2 * bound) - bound;
}

torch::Tensor extend(const torch::Tensor& x, std::int64_t axis, EdgePadding padding) {
  const std::int64_t n = x.size(axis);
  const bool wraps = padding == EdgePadding::periodic;
  return torch::cat({x.narrow(axis, wraps ? n - 1 : 1, 1), x, x.narrow(axis, wraps ? 0 : n - 2, 1)}, axis);
}

torch::Tensor resize(const torch::Tensor& field, const std::vector<std::int64_t>& grid, bool aligned) {
  if (field.sizes().slice(2) == at::IntArrayRef(grid)) return field;
  namespace F = torch::nn::functional;
  auto options = F::InterpolateFuncOptions().size(grid).align_corners(aligned);
  if (grid.size() == 1) {
    options = options.mode(torch::kLinear);
  } else if (grid.size() == 2) {
    options = options.mode(torch::kBilinear);
  } else {
    options = options.mode(torch::kTrilinear);
  }
  return F::interpolate(field, options);
}

Pointwise::Pointwise(std::int64_t in, std::int64_t out, bool bias)
    : weight_(register_parameter("weight", uniform_weights({out, in}, in))) {
  if (bias) bias_ = register_parameter("bias", uniform_weights({out}, in));
}

torch::Tensor Pointwise::forward(const torch::Tensor& x) {
  return affine(x.movedim(1, -1), weight_, bias_).movedim(-1, 1);
}

GridConvolution::GridConvolution(std::int64_t in, std::int64_t out, std::vector<EdgePadding> padding,
                                 std::int64_t stride, bool bias)
    : padding_(std::move(padding)), stride_(stride) {
  std::vector<std::int64_t> shape{out, in};
  shape.resize(2 + padding_.size(), 3);
  const auto fan_in = in * static_cast<std::int64_t>(std::pow(3, padding_.size()));
  weight_ = register_parameter("weight", uniform_weights(shape, fan_in));
  if (bias) bias_ = register_parameter("bias", uniform_weights({out}, fan_in));
}

torch::Tensor GridConvolution::forward(const torch::Tensor& x) {
  const std::size_t axes = padding_.size();
  torch::Tensor padded = x;
  std::vector<std::int64_t> zeros(axes, 0);
  for (std::size_t a = 0; a < axes; ++a) {
    if (padding_[a] == EdgePadding::zeros) {
      zeros[a] = 1;
    } else if (padding_[a] != EdgePadding::none) {
      padded = extend(padded, static_cast<std::int64_t>(a) + 2, padding_[a]);
    }
  }
  const torch::Tensor out = convolve(padded, weight_, {std::vector<std::int64_t>(axes, stride_), zeros});
  if (!bias_.defined()) return out;
  std::vector<std::int64_t> shape(2 + axes, 1);
  shape[1] = -1;
  return out + bias_.view(shape);
}

FieldNormalisation::FieldNormalisation(std::int64_t channels, FieldNorm norm, const std::vector<std::int64_t>& grid) {
  std::vector<std::int64_t> shape{channels};
  if (norm == FieldNorm::layer) shape.insert(shape.end(), grid.begin(), grid.end());
  weight_ = register_parameter("weight", torch::ones(shape));
  bias_ = register_parameter("bias", torch::zeros(shape));
}

torch::Tensor FieldNormalisation::forward(const torch::Tensor& x) {
  const torch::Tensor normal = torch::layer_norm(x, x.sizes().slice(1));
  const auto on_grid = [&](const torch::Tensor& values) {
    if (values.dim() > 1) return resize(values.unsqueeze(0), x.sizes().slice(2).vec(), true);
    std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
    shape[1] = -1;
    return values.reshape(shape);
  };
  return normal * on_grid(weight_) + on_grid(bias_);
}

void boundary_key(config::Section& section, GridBoundary& boundary) {
  section.choice("boundary", boundary,
                 {{"data", GridBoundary::from_data},
                  {"dirichlet", GridBoundary::dirichlet},
                  {"neumann", GridBoundary::neumann},
                  {"periodic", GridBoundary::periodic}},
                 "padding of the convolutions: zeros, mirror image or periodic; data: as the data say, else zeros");
}

std::vector<EdgePadding> padding_of(GridBoundary boundary, const DataShape& data) {
  std::vector<EdgePadding> padding;
  for (std::size_t a = 0; a < data.grid.size(); ++a) {
    const std::string condition = a < data.boundary_conditions.size() ? data.boundary_conditions[a] : "none";
    const bool from_data = boundary == GridBoundary::from_data;
    if (boundary == GridBoundary::periodic || (from_data && condition == "periodic")) {
      padding.push_back(EdgePadding::periodic);
    } else if (boundary == GridBoundary::neumann || (from_data && condition == "neumann")) {
      padding.push_back(EdgePadding::reflect);
    } else {
      padding.push_back(EdgePadding::zeros);
    }
  }
  return padding;
}

}  // namespace floe::operators
