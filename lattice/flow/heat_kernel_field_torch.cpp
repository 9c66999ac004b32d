// SPDX-License-Identifier: MIT
#include "lattice/flow/heat_kernel_field_torch.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <numbers>

#include "base/error.h"

namespace floe::lattice {
namespace {

/// The first row of J_s along one axis of L sites, for every time: (times, L).
at::Tensor axis_kernels(std::int64_t length, const at::Tensor& times) {
  const at::Tensor k = at::arange(length, at::kDouble) * (std::numbers::pi / static_cast<double>(length));
  const at::Tensor weights = (-4 * times.unsqueeze(-1) * k.sin().square()).exp() / static_cast<double>(length);
  return weights.matmul((2 * k.unsqueeze(-1) * at::arange(length, at::kDouble)).cos());
}

/// Multiplies axis `axis` of field (scales or 1, batch, axes...) by the matrix of every scale.
at::Tensor smear_axis(const at::Tensor& field, const at::Tensor& matrices, std::int64_t axis) {
  const at::Tensor turned = field.movedim(axis, -1);
  const std::int64_t length = turned.size(-1);
  const at::Tensor rows = turned.reshape({turned.size(0), turned.numel() / (turned.size(0) * length), length});
  const at::Tensor product = rows.matmul(matrices);  // symmetric
  std::vector<std::int64_t> shape = turned.sizes().vec();
  shape[0] = product.size(0);
  return product.reshape(shape).movedim(-1, axis);
}

/// J_s for every scale s: (scales, batch, axes...), from (scales, batch, axes...) or one field for all (1, batch,
/// axes...).
at::Tensor smear(at::Tensor field, const std::vector<at::Tensor>& matrices) {
  for (std::size_t axis = 0; axis < matrices.size(); ++axis) {
    field = smear_axis(field, matrices[axis], static_cast<std::int64_t>(axis) + 2);
  }
  return field;
}

}  // namespace

HeatKernelFieldTorchImpl::HeatKernelFieldTorchImpl(HeatKernelBasis basis)
    : torch::nn::Module("HeatKernelField"), basis_(std::move(basis)) {
  basis_.validate();
  const auto scales = static_cast<std::int64_t>(basis_.scales.size());
  coefficients = register_parameter("coefficients", at::zeros({scales, scales, basis_.features}, at::kDouble));
}

void HeatKernelFieldTorchImpl::set_coefficients(const Eigen::VectorXd& values) {
  if (values.size() != coefficients.numel()) {
    throw ShapeError(
        fmt::format("{} coefficients for a heat-kernel field with {} (shape {}); use those it was trained with",
                    values.size(), coefficients.numel(), coefficients.sizes().vec()));
  }
  const at::NoGradGuard guard;
  const at::Tensor source =
      at::from_blob(const_cast<double*>(values.data()), {values.size()}, at::TensorOptions().dtype(at::kDouble));
  coefficients.copy_(source.reshape(coefficients.sizes()));
}

const HeatKernelFieldTorchImpl::Tables& HeatKernelFieldTorchImpl::tables(at::IntArrayRef lattice) {
  Tables& made = tables_[lattice.vec()];
  const at::TensorOptions options = coefficients.options().requires_grad(false);
  if (made.at_origin.defined() && made.at_origin.scalar_type() == coefficients.scalar_type() &&
      made.at_origin.device() == coefficients.device()) {
    return made;
  }
  // Ordinary tensors, whatever mode they are first asked for in.
  const c10::InferenceMode outside(false);
  const at::NoGradGuard guard;
  const at::Tensor times = at::tensor(basis_.scales, at::kDouble);
  const at::Tensor sums = (times.unsqueeze(1) + times).flatten();
  at::Tensor at_origin = 1 / at::tensor(basis_.widths, at::kDouble);
  made.smear.clear();
  for (const std::int64_t length : lattice) {
    const at::Tensor sites = at::arange(length, at::kLong);
    const at::Tensor distances = (sites.unsqueeze(1) - sites).remainder(length);
    const at::Tensor matrices = axis_kernels(length, times).index_select(1, distances.flatten());
    made.smear.push_back(matrices.reshape({times.numel(), length, length}).to(options));
    at_origin = at_origin * axis_kernels(length, sums).select(1, 0).reshape({times.numel(), times.numel()});
  }
  made.at_origin = at_origin.to(options);
  return made;
}

std::tuple<at::Tensor, at::Tensor> HeatKernelFieldTorchImpl::velocity_and_divergence(const at::Tensor& field) {
  if (field.dim() < 2 || field.dim() > 5 || field.scalar_type() != coefficients.scalar_type()) {
    throw ShapeError(fmt::format(
        "a field of shape {} and type {} (must be (batch, one to four axes) of type {}); reshape "
        "or convert it",
        field.sizes().vec(), c10::toString(field.scalar_type()), c10::toString(coefficients.scalar_type())));
  }
  const Tables& t = tables(field.sizes().slice(1));
  const auto scales = static_cast<std::int64_t>(basis_.scales.size());
  const std::int64_t batch = field.size(0);
  std::int64_t volume = 1;
  for (const std::int64_t length : field.sizes().slice(1)) volume *= length;
  const int sines = basis_.features - 1;
  const double frequency = sines > 0 ? basis_.max_frequency / sines : 0;

  // z = J_s phi / sigma_s and the features of every scale: (s, k, batch V).
  const at::Tensor widths = at::tensor(basis_.widths, at::kDouble).to(coefficients.options().requires_grad(false));
  const at::Tensor z =
      smear(field.unsqueeze(0), t.smear).reshape({scales, 1, batch * volume}) / widths.reshape({scales, 1, 1});
  const at::Tensor multiples = at::arange(1, sines + 1, z.options()).mul(frequency).reshape({1, sines, 1});
  const at::Tensor angles = z * multiples;
  const at::Tensor features = at::cat({z, angles.sin()}, 1);

  std::vector<std::int64_t> shape = field.sizes().vec();
  shape.insert(shape.begin(), scales);
  const at::Tensor mixed = coefficients.reshape({scales, scales * basis_.features})
                               .matmul(features.reshape({scales * basis_.features, batch * volume}));
  const at::Tensor velocity = smear(mixed.reshape(shape), t.smear).sum(0);

  // kappa_{sk} = sum_a c_{ask} (J_a J_s)(0) / sigma_s; div V = sum_{s,k} kappa_{sk} sum_x h_k'(z_s(x)).
  const at::Tensor slopes = (coefficients * t.at_origin.unsqueeze(-1)).sum(0);
  const at::Tensor cosines = (angles.cos() * multiples).reshape({scales, sines, batch, volume}).sum(-1);
  const at::Tensor divergence = slopes.select(1, 0).sum() * static_cast<double>(volume) +
                                (slopes.slice(1, 1).unsqueeze(-1) * cosines).sum(at::IntArrayRef{0, 1});
  return {velocity, divergence};
}

at::Tensor HeatKernelFieldTorchImpl::forward(const at::Tensor& field) {
  return std::get<0>(velocity_and_divergence(field));
}

}  // namespace floe::lattice
