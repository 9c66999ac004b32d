// SPDX-License-Identifier: MIT
#include "operators/layers/activation.h"

#include <torch/torch.h>

namespace floe::operators {
namespace {

/// torch::gelu with a derivative that sees both tensors in one layout.
struct Gelu final : torch::autograd::Function<Gelu> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x) {
    context->save_for_backward({x});
    return torch::gelu(x);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const torch::Tensor x = context->get_saved_variables()[0];
    const auto format = x.suggest_memory_format();
    return {at::gelu_backward(gradients[0].contiguous(format), x.contiguous(format))};
  }
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
