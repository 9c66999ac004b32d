// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <functional>
#include <vector>

#include "ode/options.h"

namespace floe::ode {

/// dx/dt = f(x, t) of one tensor or of a list, as a function without side effects.
using TensorField = std::function<torch::Tensor(const torch::Tensor& x, double t)>;
using TensorListField = std::function<std::vector<torch::Tensor>(const std::vector<torch::Tensor>& x, double t)>;

/// Integrates dx/dt = f(x, t; theta) from t0 to t1 and returns x(t1), differentiable in the initial state and in the
/// parameters theta that f uses, with memory that does not grow with the number of steps. The backward pass integrates
///
///   dx/dt = f,   da/dt = -(df/dx)^T a,   dg/dt = -(df/dtheta)^T a
///
/// from t1 to t0, with a(t1) = dL/dx(t1), g(t1) = 0, and finds dL/dx(t0) = a(t0), dL/dtheta = g(t0) (Chen, Rubanova,
/// Bettencourt, Duvenaud, arXiv 1806.07366). This is the gradient of the exact flow, up to the integration errors of
/// both passes; gradients through the steps (integrate with tensors) are those of the discretised flow. Any t0 and t1,
/// also t1 < t0.
///
/// Tensors are (batch, ...). With dopri5 each sample of x and a, and each parameter's gradient, keeps the tolerance.
/// Every parameter whose gradient is wanted must be listed. Throws as integrate does; a second derivative throws
/// ConfigError.
torch::Tensor integrate_adjoint(const TensorField& f, const torch::Tensor& x, double t0, double t1,
                                const std::vector<torch::Tensor>& parameters, const Options& options = {});
std::vector<torch::Tensor> integrate_adjoint(const TensorListField& f, const std::vector<torch::Tensor>& x, double t0,
                                             double t1, const std::vector<torch::Tensor>& parameters,
                                             const Options& options = {});

}  // namespace floe::ode
