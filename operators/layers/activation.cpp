// SPDX-License-Identifier: MIT
#include "operators/layers/activation.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include "operators/kernels/pointwise.h"

namespace floe::operators {
namespace {

/// The kernel where there is one; LibTorch's operations elsewhere, and for derivatives of the derivative.
struct Gelu final : torch::autograd::Function<Gelu> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x) {
    context->save_for_backward({x});
    if (!native(x)) return torch::gelu(x);
    torch::Tensor y = torch::empty_like(x);
    if (x.scalar_type() == torch::kFloat) {
      compute<float>(x, y);
    } else {
      compute<double>(x, y);
    }
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const torch::Tensor x = context->get_saved_variables()[0];
    if (torch::GradMode::is_enabled() || !native(x)) {
      const auto format = x.suggest_memory_format();
      return {at::gelu_backward(gradients[0].contiguous(format), x.contiguous(format))};
    }
    // The gradient in the layout of x.
    torch::Tensor g = gradients[0];
    if (g.strides() != x.strides()) g = torch::empty_like(x).copy_(g);
    torch::Tensor gradient = torch::empty_like(x);
    if (x.scalar_type() == torch::kFloat) {
      compute_gradient<float>(x, g, gradient);
    } else {
      compute_gradient<double>(x, g, gradient);
    }
    return {gradient};
  }

 private:
  static bool native(const torch::Tensor& x) {
    return x.is_cpu() && x.is_non_overlapping_and_dense() &&
           (x.scalar_type() == torch::kFloat || x.scalar_type() == torch::kDouble);
  }

  template <class T>
  static void compute(const torch::Tensor& x, const torch::Tensor& y) {
    at::parallel_for(0, x.numel(), grain, [&](std::int64_t first, std::int64_t last) {
      pointwise(PointwiseFunction::gelu, x.data_ptr<T>() + first, y.data_ptr<T>() + first, last - first);
    });
  }

  template <class T>
  static void compute_gradient(const torch::Tensor& x, const torch::Tensor& g, const torch::Tensor& gradient) {
    at::parallel_for(0, x.numel(), grain, [&](std::int64_t first, std::int64_t last) {
      pointwise_gradient(PointwiseFunction::gelu, x.data_ptr<T>() + first, g.data_ptr<T>() + first,
                         gradient.data_ptr<T>() + first, last - first);
    });
  }

  static constexpr std::int64_t grain = 1 << 14;
};

}  // namespace

torch::Tensor exact_gelu(const torch::Tensor& x) {
  return Gelu::apply(x);
}

torch::Tensor activate(Activation activation, const torch::Tensor& x) {
  switch (activation) {
    case Activation::identity:
      return x;
    case Activation::relu:
      return torch::relu(x);
    case Activation::leaky_relu:
      return torch::leaky_relu(x, 0.2);
    case Activation::gelu:
      return exact_gelu(x);
    case Activation::tanh:
      return torch::tanh(x);
    case Activation::sine:
      return torch::sin(x);
    case Activation::swish:
      return torch::silu(x);
    case Activation::selu:
      return torch::selu(x);
  }
  return x;
}

void activation_key(config::Section& section, std::string_view name, Activation& value, std::string_view help) {
  section.choice(name, value,
                 {{"identity", Activation::identity},
                  {"relu", Activation::relu},
                  {"leaky_relu", Activation::leaky_relu},
                  {"gelu", Activation::gelu},
                  {"tanh", Activation::tanh},
                  {"sine", Activation::sine},
                  {"swish", Activation::swish},
                  {"selu", Activation::selu}},
                 help);
}

}  // namespace floe::operators
