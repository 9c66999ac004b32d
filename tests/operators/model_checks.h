// SPDX-License-Identifier: MIT
#pragma once

#include "support/catch.h"

#include <cmath>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "config/document.h"
#include "config/read.h"
#include "io/checkpoint.h"
#include "operators/registry.h"
#include "support/temporary_directory.h"
#include "train/module_state.h"

namespace floe::test {

using operators::DataShape;
using operators::Operator;
using train::Inputs;

/// Numbers in (-1, 1) that follow from a name and a place; tests/golden/operators.py draws the same.
inline torch::Tensor numbers(const std::string& name, const std::vector<std::int64_t>& shape) {
  std::uint64_t hash = 0;
  for (const char c : name) hash = (hash * 31 + static_cast<unsigned char>(c)) & 0x7fffffff;
  torch::Tensor out = torch::empty(shape, torch::kFloat64);
  double* data = out.data_ptr<double>();
  for (std::int64_t j = 0; j < out.numel(); ++j) {
    std::uint64_t x = (hash + static_cast<std::uint64_t>(j + 1) * 2654435761U) & 0xffffffff;
    x ^= x >> 16;
    x = (x * 0x7feb352d) & 0xffffffff;
    x ^= x >> 15;
    x = (x * 0x846ca68b) & 0xffffffff;
    x ^= x >> 16;
    data[j] = (static_cast<double>(x) + 0.5) / 2147483648.0 - 1;
  }
  return out;
}

/// Gives the model float64 parameters that follow from their names: numbers() / sqrt(elements per first index), or half
/// of numbers() for those with one axis.
inline void fill(Operator& model) {
  const torch::NoGradGuard no_gradients;
  model.to(torch::kFloat64);
  for (auto& item : model.named_parameters()) {
    torch::Tensor& p = item.value();
    const double scale =
        p.dim() < 2 ? 0.5 : 1 / std::sqrt(static_cast<double>(p.numel()) / static_cast<double>(p.size(0)));
    p.copy_(numbers(item.key(), p.sizes().vec()) * scale);
  }
}

/// A model of the registry from its keys in TOML.
inline std::shared_ptr<Operator> make(const std::string& name, const std::string& keys, const DataShape& data) {
  const std::unique_ptr<operators::Model> model = operators::make_model(name);
  config::read(config::Document::from_text(keys, "test.toml"), [&](config::Section& section) { model->bind(section); });
  model->validate();
  return model->make(data);
}

/// The values that tests/golden/operators.py wrote under this name.
inline torch::Tensor golden(const std::string& name) {
  std::ifstream file(FLOE_SOURCE_DIR "/tests/golden/operators.txt");
  std::string found;
  std::size_t count = 0;
  while (file >> found >> count) {
    std::vector<double> values(count);
    for (double& value : values) file >> value;
    if (found == name) return torch::tensor(values, torch::kFloat64);
  }
  FAIL("tests/golden/operators.txt has no values of " << name);
  return {};
}

/// max |a - b| / max |b|.
inline double relative_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

/// The model with the parameters of fill() gives the values of the script, which knows the equations only. The values
/// are of order one and sums have at most a few hundred terms.
inline void check_golden(Operator& model, const std::string& name, const Inputs& inputs, double tolerance = 1e-12) {
  fill(model);
  model.eval();
  const torch::Tensor want = golden(name);
  const torch::Tensor got = model(inputs).detach().flatten();
  REQUIRE(got.numel() == want.numel());
  INFO(name << ": got " << got << ", wanted " << want);
  CHECK(relative_difference(got, want) < tolerance);
}

/// Derivatives of sum(weights * model(inputs)) by backward() against central differences in float64: along a fixed
/// direction for each parameter, and for fields and values. With step h = 1e-5 the difference has the error
/// O(h^2) + O(1e-16 / h), about 1e-10 of numbers of order one.
inline void check_gradients(Operator& model, Inputs inputs, double tolerance = 1e-7) {
  fill(model);
  model.eval();
  const auto objective = [&] {
    const torch::Tensor out = model(inputs);
    return (out * numbers("weights", out.sizes().vec())).sum();
  };
  std::vector<std::pair<std::string, torch::Tensor>> variables;
  for (auto& item : model.named_parameters()) variables.emplace_back(item.key(), item.value());
  for (torch::Tensor* tensor : {&inputs.fields, &inputs.parameters, &inputs.values}) {
    if (!tensor->defined()) continue;
    *tensor = tensor->clone().set_requires_grad(true);
    variables.emplace_back("an input", *tensor);
  }
  model.zero_grad();
  objective().backward();
  const torch::NoGradGuard no_gradients;
  for (auto& [name, variable] : variables) {
    INFO("the derivative by " << name);
    REQUIRE(variable.grad().defined());
    const torch::Tensor direction = numbers(name + " direction", variable.sizes().vec());
    const double got = (variable.grad() * direction).sum().item<double>();
    const double h = 1e-5;
    variable.add_(direction, h);
    const double up = objective().item<double>();
    variable.sub_(direction, 2 * h);
    const double down = objective().item<double>();
    variable.add_(direction, h);
    const double want = (up - down) / (2 * h);
    CHECK(std::abs(got - want) < tolerance * (1 + std::abs(want)));
  }
}

/// Every parameter and buffer through a checkpoint on disk into another model of the same kind: same answers, bit for
/// bit.
inline void check_save_and_load(Operator& model, Operator& fresh, const Inputs& inputs) {
  const TemporaryDirectory directory;
  fill(model);
  fresh.to(torch::kFloat64);
  model.eval();
  fresh.eval();
  io::Checkpoint checkpoint;
  train::save_tensors(checkpoint, "model/", train::named_tensors(model));
  const auto path = directory / "model.h5";
  io::save_checkpoint(path, "operator", checkpoint);
  const torch::NoGradGuard no_gradients;
  CHECK_FALSE(torch::equal(fresh(inputs), model(inputs)));
  train::load_tensors(io::load_checkpoint(path, "operator"), "model/", train::named_tensors(fresh), path.string());
  CHECK(torch::equal(fresh(inputs), model(inputs)));
}

/// The relative L2 error on these samples after `steps` steps of Adam from weights drawn with seed 1.
inline double overfit(Operator& model, const Inputs& inputs, const torch::Tensor& target, int steps, double rate) {
  // Small tensors: threads would cost more than they bring.
  torch::set_num_threads(1);
  model.train();
  torch::optim::Adam adam(model.parameters(), torch::optim::AdamOptions(rate));
  const auto error = [&] { return (model(inputs) - target).norm() / target.norm(); };
  for (int step = 0; step < steps; ++step) {
    // The second half with a rate that falls to a tenth.
    const double fall = 2.0 * step / steps - 1;
    static_cast<torch::optim::AdamOptions&>(adam.param_groups()[0].options())
        .lr(fall > 0 ? rate * (1 - 0.9 * fall) : rate);
    adam.zero_grad();
    error().backward();
    adam.step();
  }
  model.eval();
  const torch::NoGradGuard no_gradients;
  return error().item<double>();
}

}  // namespace floe::test
