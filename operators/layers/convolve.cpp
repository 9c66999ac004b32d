// SPDX-License-Identifier: MIT
#include "operators/layers/convolve.h"

#include <torch/torch.h>

#include <algorithm>

#include "operators/kernels/neighbourhood.h"

namespace floe::operators {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

/// What a call computes: coarse points from fine ones, or the reverse.
enum class Direction { contract, expand };

std::vector<NeighbourAxis> axes_of(const Tensor& weight, const Stencil& stencil, at::IntArrayRef coarse,
                                   at::IntArrayRef fine) {
  std::vector<NeighbourAxis> axes;
  for (std::size_t a = 0; a < coarse.size(); ++a) {
    axes.push_back({.coarse = coarse[a],
                    .fine = fine[a],
                    .kernel = weight.size(static_cast<std::int64_t>(a) + 2),
                    .stride = stencil.stride[a],
                    .padding = stencil.padding[a]});
  }
  return axes;
}

at::IntArrayRef grid_of(const Tensor& x) {
  return x.sizes().slice(2);
}

/// The field as (batch, axes..., channels) in one piece.
Tensor channels_last(const Tensor& x) {
  return x.movedim(1, -1).contiguous();
}

template <class T>
void compute(Direction direction, const std::vector<NeighbourAxis>& axes, const Tensor& weight, const Tensor& from,
             const Tensor& to) {
  const Neighbourhood<T> neighbours(axes, weight.size(0), weight.size(1));
  if (direction == Direction::contract) {
    neighbours.contract(weight.data_ptr<T>(), from.data_ptr<T>(), from.size(0), to.data_ptr<T>());
  } else {
    neighbours.expand(weight.data_ptr<T>(), from.data_ptr<T>(), from.size(0), to.data_ptr<T>());
  }
}

/// One direction of the neighbourhood, without derivative.
Tensor map(Direction direction, const Tensor& x, const Tensor& weights, const Stencil& stencil,
           const std::vector<std::int64_t>& grid) {
  const Tensor from = channels_last(x);
  const Tensor weight = weights.contiguous();
  std::vector<std::int64_t> shape{x.size(0)};
  shape.insert(shape.end(), grid.begin(), grid.end());
  shape.push_back(weight.size(direction == Direction::contract ? 0 : 1));
  const Tensor to = torch::empty(shape, x.options());
  const auto axes = direction == Direction::contract ? axes_of(weight, stencil, grid, grid_of(x))
                                                     : axes_of(weight, stencil, grid_of(x), grid);
  if (x.scalar_type() == torch::kFloat) {
    compute<float>(direction, axes, weight, from, to);
  } else {
    compute<double>(direction, axes, weight, from, to);
  }
  return to.movedim(-1, 1);
}

Tensor weight_gradient(const Tensor& coarse_field, const Tensor& fine_field, const Tensor& like,
                       const Stencil& stencil) {
  const Tensor coarse = channels_last(coarse_field);
  const Tensor fine = channels_last(fine_field);
  const Tensor gradient = torch::empty(like.sizes(), like.options());
  const auto axes = axes_of(like, stencil, grid_of(coarse_field), grid_of(fine_field));
  const auto call = [&]<class T>(T) {
    const Neighbourhood<T> neighbours(axes, like.size(0), like.size(1));
    neighbours.weight_gradient(coarse.data_ptr<T>(), fine.data_ptr<T>(), coarse.size(0), gradient.data_ptr<T>());
  };
  if (like.scalar_type() == torch::kFloat) {
    call(float{});
  } else {
    call(double{});
  }
  return gradient;
}

struct Convolve final : torch::autograd::Function<Convolve> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight, int direction_number,
                        const Stencil& stencil, const std::vector<std::int64_t>& grid) {
    context->save_for_backward({x, weight});
    context->saved_data["direction"] = static_cast<std::int64_t>(direction_number);
    context->saved_data["stride"] = stencil.stride;
    context->saved_data["padding"] = stencil.padding;
    context->saved_data["grid"] = grid;
    return map(static_cast<Direction>(direction_number), x, weight, stencil, grid);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1];
    const auto direction = static_cast<Direction>(context->saved_data["direction"].toInt());
    const Stencil stencil{context->saved_data["stride"].toIntVector(), context->saved_data["padding"].toIntVector()};
    const Tensor& g = gradients[0];
    if (torch::GradMode::is_enabled()) {
      const Tensor y = direction == Direction::contract
                           ? plain_convolve(x, weight, stencil)
                           : plain_convolve_transposed(x, weight, stencil, context->saved_data["grid"].toIntVector());
      variable_list inputs, found;
      for (const Tensor& input : {x, weight}) {
        if (input.requires_grad()) inputs.push_back(input);
      }
      found = torch::autograd::grad({y}, inputs, {g}, true, true);
      std::size_t next = 0;
      return {
          x.requires_grad() ? found[next++] : Tensor(), weight.requires_grad() ? found[next++] : Tensor(), {}, {}, {}};
    }
    Tensor grad_x, grad_weight;
    if (context->needs_input_grad(0)) {
      const auto reverse = direction == Direction::contract ? Direction::expand : Direction::contract;
      grad_x = map(reverse, g, weight, stencil, grid_of(x).vec());
    }
    if (context->needs_input_grad(1)) {
      grad_weight = direction == Direction::contract ? weight_gradient(g, x, weight, stencil)
                                                     : weight_gradient(x, g, weight, stencil);
    }
    return {grad_x, grad_weight, {}, {}, {}};
  }
};

}  // namespace

bool has_kernels(const Tensor& x) {
  return x.is_cpu() && (x.scalar_type() == torch::kFloat || x.scalar_type() == torch::kDouble) && x.dim() >= 3 &&
         x.dim() <= 5 && x.numel() > 0;
}

Tensor channels_together(const Tensor& x) {
  return channels_last(x).movedim(-1, 1);
}

Tensor convolve(const Tensor& x, const Tensor& weight, const Stencil& stencil) {
  if (!has_kernels(x) || weight.scalar_type() != x.scalar_type()) return plain_convolve(x, weight, stencil);
  std::vector<std::int64_t> grid;
  for (std::size_t a = 0; a < stencil.stride.size(); ++a) {
    const auto axis = static_cast<std::int64_t>(a) + 2;
    const std::int64_t room = x.size(axis) + 2 * stencil.padding[a] - weight.size(axis);
    if (room < 0) return plain_convolve(x, weight, stencil);  // which says what is wrong
    grid.push_back(room / stencil.stride[a] + 1);
  }
  return Convolve::apply(x, weight, static_cast<int>(Direction::contract), stencil, grid);
}

Tensor convolve_transposed(const Tensor& x, const Tensor& weight, const Stencil& stencil,
                           const std::vector<std::int64_t>& grid) {
  if (!has_kernels(x) || weight.scalar_type() != x.scalar_type()) {
    return plain_convolve_transposed(x, weight, stencil, grid);
  }
  return Convolve::apply(x, weight, static_cast<int>(Direction::expand), stencil, grid);
}

Tensor plain_convolve(const Tensor& x, const Tensor& weight, const Stencil& stencil) {
  const std::vector<std::int64_t> one(stencil.stride.size(), 1), none(stencil.stride.size(), 0);
  return at::convolution(x, weight, {}, stencil.stride, stencil.padding, one, false, none, 1);
}

Tensor plain_convolve_transposed(const Tensor& x, const Tensor& weight, const Stencil& stencil,
                                 const std::vector<std::int64_t>& grid) {
  const std::size_t axes = grid.size();
  const std::vector<std::int64_t> one(axes, 1);
  std::vector<std::int64_t> extra;
  for (std::size_t a = 0; a < axes; ++a) {
    const auto axis = static_cast<std::int64_t>(a) + 2;
    const std::int64_t points = stencil.stride[a] * (x.size(axis) - 1) - 2 * stencil.padding[a] + weight.size(axis);
    extra.push_back(std::max<std::int64_t>(0, grid[a] - points));
  }
  Tensor fine = at::convolution(x, weight, {}, stencil.stride, stencil.padding, one, true, extra, 1);
  for (std::size_t a = 0; a < axes; ++a) fine = fine.narrow(static_cast<std::int64_t>(a) + 2, 0, grid[a]);
  return fine;
}

}  // namespace floe::operators
