// SPDX-License-Identifier: MIT
#include "operators/layers/affine.h"

#include <torch/torch.h>

#include <optional>

#include "operators/kernels/affine.h"

namespace floe::operators {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

/// The activations that the kernels compute.
std::optional<PointwiseFunction> fused(Activation activation) {
  switch (activation) {
    case Activation::identity:
      return PointwiseFunction::identity;
    case Activation::relu:
      return PointwiseFunction::relu;
    case Activation::leaky_relu:
      return PointwiseFunction::leaky_relu;
    case Activation::gelu:
      return PointwiseFunction::gelu;
    default:
      return std::nullopt;
  }
}

/// f'(z) g by differentiable operations; `kept` is what Affine keeps of z.
Tensor plain_gradient(PointwiseFunction function, const Tensor& kept, const Tensor& g) {
  switch (function) {
    case PointwiseFunction::identity:
      break;
    case PointwiseFunction::relu:
      return g * (kept > 0);
    case PointwiseFunction::leaky_relu:
      return torch::where(kept > 0, g, 0.2 * g);
    case PointwiseFunction::gelu:
      return at::gelu_backward(g.contiguous(), kept.contiguous());
  }
  return g;
}

template <class T>
T* data_or_null(const Tensor& tensor) {
  return tensor.defined() && tensor.numel() > 0 ? tensor.data_ptr<T>() : nullptr;
}

/// Rows (rows, in) to y (rows, out); without bias or addend that tensor is empty. Keeps z where the derivative of the
/// activation needs it, as a second output, so that derivatives of the derivative find it; the signs of y are those of
/// z for the others.
struct Affine final : torch::autograd::Function<Affine> {
  static variable_list forward(AutogradContext* context, const Tensor& x, const Tensor& weight, const Tensor& bias,
                               const Tensor& addend, int function_number, bool keep) {
    const auto function = static_cast<PointwiseFunction>(function_number);
    const AffineShape shape{x.size(0), x.size(1), weight.size(0)};
    Tensor y = torch::empty({shape.rows, shape.out}, x.options());
    Tensor z = keep && function == PointwiseFunction::gelu ? torch::empty_like(y) : Tensor();
    if (x.scalar_type() == torch::kFloat) {
      compute<float>(shape, x, weight, bias, addend, function, z, y);
    } else {
      compute<double>(shape, x, weight, bias, addend, function, z, y);
    }
    context->set_materialize_grads(false);
    context->saved_data["function"] = static_cast<std::int64_t>(function_number);
    if (!keep) return {y};
    const Tensor kept = function == PointwiseFunction::identity ? Tensor() : z.defined() ? z : y;
    context->save_for_backward({x, weight, kept});
    return z.defined() ? variable_list{y, z} : variable_list{y};
  }

  template <class T>
  static void compute(const AffineShape& shape, const Tensor& x, const Tensor& weight, const Tensor& bias,
                      const Tensor& addend, PointwiseFunction function, const Tensor& z, const Tensor& y) {
    operators::affine(shape, x.data_ptr<T>(), weight.data_ptr<T>(), data_or_null<T>(bias), data_or_null<T>(addend),
                      function, data_or_null<T>(z), y.data_ptr<T>());
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &kept = saved[2];
    const auto function = static_cast<PointwiseFunction>(context->saved_data["function"].toInt());
    const auto wanted = [&](std::size_t i) { return context->needs_input_grad(i); };
    const bool by_z = gradients.size() > 1 && gradients[1].defined();
    if (torch::GradMode::is_enabled() || by_z) {
      Tensor g = gradients[0].defined() ? plain_gradient(function, kept, gradients[0]) : Tensor();
      if (by_z) g = g.defined() ? g + gradients[1] : gradients[1];
      return {
          torch::mm(g, weight), torch::mm(g.t(), x), wanted(2) ? g.sum(0) : Tensor(), wanted(3) ? g : Tensor(), {}, {}};
    }
    const Tensor g = gradients[0].contiguous();
    const Tensor grad_x = wanted(0) ? torch::empty_like(x) : Tensor();
    const Tensor grad_weight = wanted(1) ? torch::empty_like(weight) : Tensor();
    const Tensor grad_bias = wanted(2) ? torch::empty({weight.size(0)}, weight.options()) : Tensor();
    const bool own = wanted(3) && function != PointwiseFunction::identity;
    const Tensor grad_z = own ? torch::empty_like(g) : Tensor();
    const AffineShape shape{x.size(0), x.size(1), weight.size(0)};
    if (x.scalar_type() == torch::kFloat) {
      call<float>(shape, x, weight, kept, function, g, grad_z, grad_x, grad_weight, grad_bias);
    } else {
      call<double>(shape, x, weight, kept, function, g, grad_z, grad_x, grad_weight, grad_bias);
    }
    return {grad_x, grad_weight, grad_bias, !wanted(3) ? Tensor() : own ? grad_z : g, {}, {}};
  }

  template <class T>
  static void call(const AffineShape& shape, const Tensor& x, const Tensor& weight, const Tensor& kept,
                   PointwiseFunction function, const Tensor& g, const Tensor& grad_z, const Tensor& grad_x,
                   const Tensor& grad_weight, const Tensor& grad_bias) {
    affine_gradient(shape, x.data_ptr<T>(), weight.data_ptr<T>(), data_or_null<T>(kept), function, g.data_ptr<T>(),
                    data_or_null<T>(grad_z), data_or_null<T>(grad_x), data_or_null<T>(grad_weight),
                    data_or_null<T>(grad_bias));
  }
};

bool needs_gradient(const Tensor& tensor) {
  return tensor.defined() && tensor.requires_grad();
}

/// Rows, contiguous.
Tensor rows_of(const Tensor& tensor) {
  return tensor.reshape({-1, tensor.size(-1)}).contiguous();
}

}  // namespace

Tensor affine(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& addend, Activation activation) {
  const auto type = x.scalar_type();
  const bool native = x.is_cpu() && (type == torch::kFloat || type == torch::kDouble) && weight.scalar_type() == type &&
                      x.numel() > 0 && (!addend.defined() || addend.scalar_type() == type);
  // Beyond a thousand channels weights do not fit into the cache, and a product by parts of a BLAS is faster.
  constexpr std::int64_t most_numbers = 1 << 20;
  if (!native || weight.numel() > most_numbers) return plain_affine(x, weight, bias, addend, activation);
  const std::optional<PointwiseFunction> function = fused(activation);
  const bool keep = torch::GradMode::is_enabled() &&
                    (needs_gradient(x) || needs_gradient(weight) || needs_gradient(bias) || needs_gradient(addend));
  const Tensor none = torch::empty({0}, x.options());
  const Tensor y = Affine::apply(rows_of(x), weight.contiguous(), bias.defined() ? bias.contiguous() : none,
                                 addend.defined() ? rows_of(addend) : none,
                                 static_cast<int>(function.value_or(PointwiseFunction::identity)), keep)[0];
  std::vector<std::int64_t> shape = x.sizes().vec();
  shape.back() = weight.size(0);
  const Tensor shaped = y.reshape(shape);
  return function ? shaped : activate(activation, shaped);
}

Tensor plain_affine(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& addend,
                    Activation activation) {
  Tensor sum = bias.defined() ? torch::linear(x, weight, bias) : torch::matmul(x, weight.t());
  if (addend.defined()) sum = sum + addend;
  return activate(activation, sum);
}

}  // namespace floe::operators
