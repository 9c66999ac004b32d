// SPDX-License-Identifier: MIT
#include "operators/operator.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"

namespace floe::operators {
namespace {

using train::shape_text;

std::string axes_text(std::int64_t axes) {
  std::string text;
  for (std::int64_t axis = 1; axis <= axes; ++axis) text += fmt::format(", n{}", axis);
  return text;
}

[[noreturn]] void refuse(const std::string& model, const std::string& what, const std::string& found,
                         const std::string& wanted, const std::string& advice) {
  throw ShapeError(
      fmt::format("{}: {} of shape {} cannot be used (it takes {}); {}", model, what, found, wanted, advice));
}

/// The extents of the tensor, which must be -1 (any) or equal to `wanted`.
void require(const std::string& model, const std::string& what, const torch::Tensor& tensor,
             const std::vector<std::int64_t>& wanted, const std::string& text) {
  bool fits = tensor.defined() && tensor.dim() == static_cast<std::int64_t>(wanted.size());
  for (std::size_t i = 0; fits && i < wanted.size(); ++i) {
    fits = wanted[i] < 0 || tensor.size(static_cast<std::int64_t>(i)) == wanted[i];
  }
  if (!fits) refuse(model, what, shape_text(tensor), text, "give data of that shape, or a model made for these data");
}

void refuse_extra(const std::string& model, const std::string& what, const torch::Tensor& tensor) {
  if (tensor.defined())
    refuse(model, what, shape_text(tensor), "none", "leave them out, or choose a model that takes them");
}

}  // namespace

std::string Signature::text() const {
  std::vector<std::string> in;
  if (axes > 0) in.push_back(fmt::format("fields (batch, {}{})", field_channels, axes_text(axes)));
  if (parameters > 0) in.push_back(fmt::format("parameters (batch, {})", parameters));
  if (value_channels > 0) {
    in.push_back(fmt::format("points (batch, point, {})", dimension));
    in.push_back(fmt::format("values (batch, point, {})", value_channels));
  }
  if (queries != Queries::none) {
    in.push_back(
        fmt::format("{}queries (batch, query, {})", queries == Queries::optional ? "optional " : "", dimension));
  }
  std::string text;
  for (const std::string& part : in) text += (text.empty() ? "" : ", ") + part;
  return text + (queries == Queries::required ? fmt::format(" -> values (batch, query, {})", out_channels)
                                              : fmt::format(" -> fields (batch, {}{})", out_channels, axes_text(axes)));
}

Operator::Operator(std::string name, Signature signature)
    : torch::nn::Module(std::move(name)), signature_(std::move(signature)) {}

void Operator::prepare(const Inputs&, const torch::Tensor&) {}

torch::Tensor Operator::operator()(const Inputs& inputs) {
  check(inputs);
  torch::Tensor out = apply(inputs);
  const std::vector<std::int64_t> wanted = output_shape(inputs);
  if (out.sizes() != wanted) {
    throw ShapeError(fmt::format("{}: the answer has the shape {} (it should be {}); this is an error of the model",
                                 name(), shape_text(out), shape_text(wanted)));
  }
  return out;
}

std::int64_t Operator::parameter_count() const {
  std::int64_t count = 0;
  for (const torch::Tensor& parameter : parameters()) count += parameter.numel() * (parameter.is_complex() ? 2 : 1);
  return count;
}

std::vector<std::int64_t> Operator::output_shape(const Inputs& inputs) const {
  if (inputs.queries.defined()) {
    return {inputs.batch(), inputs.queries.size(inputs.queries.dim() - 2), signature_.out_channels};
  }
  std::vector<std::int64_t> shape{inputs.batch(), signature_.out_channels};
  for (std::int64_t axis = 0; axis < signature_.axes; ++axis) {
    shape.push_back(inputs.output_grid.empty() ? inputs.fields.size(2 + axis)
                                               : inputs.output_grid[static_cast<std::size_t>(axis)]);
  }
  return shape;
}

void Operator::check(const Inputs& inputs) const {
  const std::int64_t batch = inputs.batch();
  if (signature_.axes > 0) {
    check_fields(inputs);
  } else {
    refuse_extra(name(), "fields", inputs.fields);
  }
  if (signature_.parameters > 0) {
    require(name(), "parameters", inputs.parameters, {batch, signature_.parameters},
            fmt::format("({}, {})", batch, signature_.parameters));
  } else {
    refuse_extra(name(), "parameters", inputs.parameters);
  }
  check_points(inputs);
  if (!inputs.output_grid.empty() &&
      (!signature_.grids.resamples || static_cast<std::int64_t>(inputs.output_grid.size()) != signature_.axes)) {
    throw ShapeError(fmt::format("{}: the answer cannot be had on a grid {} ({}); {}", name(),
                                 shape_text(inputs.output_grid),
                                 signature_.grids.resamples ? fmt::format("its fields have {} axes", signature_.axes)
                                                            : "it answers on the grid of the input",
                                 signature_.grids.resamples ? "give one number of points per axis"
                                                            : "leave the grid out, or interpolate the input first"));
  }
}

void Operator::check_fields(const Inputs& inputs) const {
  const torch::Tensor& fields = inputs.fields;
  std::vector<std::int64_t> wanted{-1, signature_.field_channels};
  wanted.resize(static_cast<std::size_t>(2 + signature_.axes), -1);
  require(name(), "a field", fields, wanted,
          fmt::format("(batch, {}{})", signature_.field_channels, axes_text(signature_.axes)));
  const GridRules& rules = signature_.grids;
  const std::vector<std::int64_t> grid = fields.sizes().slice(2).vec();
  if (!rules.only.empty() && grid != rules.only) {
    refuse(name(), "a grid", shape_text(grid), fmt::format("{} only", shape_text(rules.only)),
           "interpolate the data to that grid, or make and train a model for this one");
  }
  for (std::size_t axis = 0; axis < grid.size(); ++axis) {
    const std::int64_t least = rules.smallest.empty() ? 1 : rules.smallest[rules.smallest.size() == 1 ? 0 : axis];
    if (grid[axis] < least) {
      refuse(name(), "a grid", shape_text(grid), fmt::format("at least {} points on axis {}", least, axis + 1),
             "use a finer grid, or a model with fewer modes or levels");
    }
  }
}

void Operator::check_points(const Inputs& inputs) const {
  const std::int64_t batch = inputs.batch();
  if (signature_.value_channels > 0) {
    require(name(), "values", inputs.values, {batch, -1, signature_.value_channels},
            fmt::format("({}, point, {})", batch, signature_.value_channels));
    const std::int64_t count = inputs.values.size(1);
    require(name(), "points", inputs.points, {batch, count, signature_.dimension},
            fmt::format("({}, {}, {})", batch, count, signature_.dimension));
    if (inputs.mask.defined())
      require(name(), "a mask", inputs.mask, {batch, count}, fmt::format("({}, {})", batch, count));
  } else {
    refuse_extra(name(), "points", inputs.points);
    refuse_extra(name(), "values", inputs.values);
    refuse_extra(name(), "a mask", inputs.mask);
  }
  if (signature_.queries == Signature::Queries::none) {
    refuse_extra(name(), "queries", inputs.queries);
  } else if (inputs.queries.defined() || signature_.queries == Signature::Queries::required) {
    const bool shared = inputs.queries.defined() && inputs.queries.dim() == 2;
    const std::vector<std::int64_t> wanted = shared ? std::vector<std::int64_t>{-1, signature_.dimension}
                                                    : std::vector<std::int64_t>{batch, -1, signature_.dimension};
    require(name(), "queries", inputs.queries, wanted,
            fmt::format("({0}, query, {1}) or (query, {1})", batch, signature_.dimension));
  }
}

}  // namespace floe::operators
