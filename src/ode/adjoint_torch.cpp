// SPDX-License-Identifier: MIT
#include "ode/adjoint_torch.h"

#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>

#include "base/error.h"
#include "ode/integrate.h"
#include "ode/state_torch.h"

namespace floe::ode {
namespace {

using List = std::vector<torch::Tensor>;

/// Gradients of parameters: a list whose tensors have no axis of samples.
struct Gradients {
  List tensors;
};

/// What the backward pass integrates: the states with their adjoints, and the gradients of the parameters.
using Augmented = Joint<Joint<List, List>, Gradients>;

}  // namespace

template <>
struct StateTraits<Gradients> {
  using Lists = StateTraits<List>;
  template <class... X>
  static void combine(Gradients& out, const double* c, const X&... x) {
    Lists::combine(out.tensors, c, x.tensors...);
  }
  static bool same_shape(const Gradients& a, const Gradients& b) { return Lists::same_shape(a.tensors, b.tensors); }
  static void resize_like(Gradients& a, const Gradients& b) { Lists::resize_like(a.tensors, b.tensors); }
  static bool all_finite(const Gradients& x) { return Lists::all_finite(x.tensors); }
  static double error_norm(const Gradients& error, const Gradients& x, const Gradients& dxdt, double h, double absolute,
                           double relative) {
    double norm = 0;
    for (std::size_t i = 0; i < x.tensors.size(); ++i) {
      const auto whole = [&](const Gradients& g) { return g.tensors[i].reshape({1, -1}); };
      norm = detail::larger(
          norm, StateTraits<torch::Tensor>::error_norm(whole(error), whole(x), whole(dxdt), h, absolute, relative));
    }
    return norm;
  }
};

namespace {

struct Problem {
  TensorListField f;
  double t0, t1;
  List parameters;
  Options options;
  std::size_t states;
};

List evaluate(const Problem& problem, const List& x, double t) {
  List value = problem.f(x, t);
  if (!StateTraits<List>::same_shape(value, x)) detail::throw_shape_changed(t);
  return value;
}

torch::Tensor or_zeros(const torch::Tensor& gradient, const torch::Tensor& like) {
  return gradient.defined() ? gradient.contiguous() : torch::zeros_like(like, torch::MemoryFormat::Contiguous);
}

/// The right-hand side of the augmented system: one evaluation of f and one vector-Jacobian product.
void augmented_rate(const Problem& problem, const Augmented& s, Augmented& rate, double t) {
  List inputs, outputs, weights, gradients;
  {
    const torch::AutoGradMode record(true);
    List x;
    for (const torch::Tensor& state : s.first.first) x.push_back(state.detach().requires_grad_());
    const List value = evaluate(problem, x, t);
    inputs = x;
    inputs.insert(inputs.end(), problem.parameters.begin(), problem.parameters.end());
    for (std::size_t i = 0; i < value.size(); ++i) {
      rate.first.first[i] = value[i].detach();
      if (!value[i].requires_grad()) continue;
      outputs.push_back(value[i]);
      weights.push_back(s.first.second[i]);
    }
    gradients.resize(inputs.size());
    if (!outputs.empty())
      gradients = torch::autograd::grad(outputs, inputs, weights, /*retain_graph=*/false, /*create_graph=*/false,
                                        /*allow_unused=*/true);
  }
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    torch::Tensor& target = i < problem.states ? rate.first.second[i] : rate.second.tensors[i - problem.states];
    target = or_zeros(gradients[i], inputs[i]).neg();
  }
}

struct Adjoint : torch::autograd::Function<Adjoint> {
  static List forward(torch::autograd::AutogradContext* context, std::shared_ptr<const Problem> problem,
                      torch::TensorList inputs) {
    List x = inputs.slice(0, problem->states).vec();
    const auto system = [&](const List& state, List& rate, double t) { rate = evaluate(*problem, state, t); };
    List end = integrate(system, std::move(x), problem->t0, problem->t1, problem->options).state;
    // Equal times move nothing: an output must not be an input.
    if (problem->t0 == problem->t1) {
      for (torch::Tensor& tensor : end) tensor = tensor.clone();
    }
    List saved = end;
    saved.insert(saved.end(), problem->parameters.begin(), problem->parameters.end());
    context->save_for_backward(std::move(saved));
    context->saved_data["problem"] = torch::IValue::make_capsule(c10::make_intrusive<Holder>(std::move(problem)));
    return end;
  }

  static List backward(torch::autograd::AutogradContext* context, List output_gradients) {
    if (torch::GradMode::is_enabled())
      throw ConfigError(
          "a second derivative through integrate_adjoint (its backward pass records nothing); integrate tensors with "
          "integrate, whose steps autograd records");
    const auto holder = c10::static_intrusive_pointer_cast<Holder>(context->saved_data["problem"].toCapsule());
    const Problem& problem = *holder->problem;
    // Unpacking also checks that no parameter was changed in place since the forward pass.
    const List saved = context->get_saved_variables();
    Augmented state;
    for (std::size_t i = 0; i < problem.states; ++i) {
      state.first.first.push_back(saved[i].detach());
      state.first.second.push_back(or_zeros(output_gradients[i], saved[i]));
    }
    for (const torch::Tensor& parameter : problem.parameters) state.second.tensors.push_back(or_zeros({}, parameter));
    const auto system = [&](const Augmented& s, Augmented& rate, double t) { augmented_rate(problem, s, rate, t); };
    const Augmented start = integrate(system, std::move(state), problem.t1, problem.t0, problem.options).state;

    List gradients{torch::Tensor()};  // of the problem, which is no tensor
    gradients.insert(gradients.end(), start.first.second.begin(), start.first.second.end());
    gradients.insert(gradients.end(), start.second.tensors.begin(), start.second.tensors.end());
    return gradients;
  }

 private:
  struct Holder : torch::CustomClassHolder {
    explicit Holder(std::shared_ptr<const Problem> p) : problem(std::move(p)) {}
    std::shared_ptr<const Problem> problem;
  };
};

}  // namespace

std::vector<torch::Tensor> integrate_adjoint(const TensorListField& f, const std::vector<torch::Tensor>& x, double t0,
                                             double t1, const std::vector<torch::Tensor>& parameters,
                                             const Options& options) {
  options.validate();
  detail::check_times(t0, t1);
  if (options.dense_output)
    throw ConfigError("dense_output with integrate_adjoint (it keeps no state of the way); use integrate for it");
  auto problem = std::make_shared<Problem>(Problem{f, t0, t1, {}, options, x.size()});
  for (const torch::Tensor& parameter : parameters) {
    if (parameter.requires_grad()) problem->parameters.push_back(parameter);
  }
  List inputs = x;
  inputs.insert(inputs.end(), problem->parameters.begin(), problem->parameters.end());
  // As a view: autograd looks for tensors in it, not in a vector.
  return Adjoint::apply(std::shared_ptr<const Problem>(problem), torch::TensorList(inputs));
}

torch::Tensor integrate_adjoint(const TensorField& f, const torch::Tensor& x, double t0, double t1,
                                const std::vector<torch::Tensor>& parameters, const Options& options) {
  const TensorListField list = [f](const List& state, double t) { return List{f(state[0], t)}; };
  return integrate_adjoint(list, List{x}, t0, t1, parameters, options)[0];
}

}  // namespace floe::ode
