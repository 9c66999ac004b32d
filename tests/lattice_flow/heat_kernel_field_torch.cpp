// SPDX-License-Identifier: MIT
#include "lattice/flow/heat_kernel_field_torch.h"

#include <cmath>
#include <sstream>

#include "base/error.h"
#include "random/lane_stream.h"
#include "random/stream.h"
#include "support/catch.h"

using at::Tensor;
using namespace floe;
using namespace floe::lattice;

namespace {

const std::vector<std::vector<int>> lattices = {{1}, {8}, {7}, {4, 6}, {5, 5}, {3, 4, 2}, {2, 3, 4, 3}};

Block<double> random_block(const Geometry& geometry, const char* purpose) {
  Block<double> x(lane_count<double>, geometry.volume());
  random::LaneStream(random::make_key(1, purpose), 0).fill_normal(x);
  return x;
}

HeatKernelBasis some_basis(const Geometry& geometry, int features = 4) {
  HeatKernelBasis basis{.scales = {0, 0.3, 1.1}, .features = features, .max_frequency = 2};
  basis.widths = free_field_widths(geometry, 0.5, basis.scales);
  return basis;
}

Eigen::VectorXd some_coefficients(Eigen::Index count) {
  Eigen::VectorXd values(count);
  random::Stream(random::make_key(2, "coefficients"), 0).fill_normal({values.data(), static_cast<std::size_t>(count)});
  return 0.1 * values;
}

/// (lane, site) to (batch, axes...): both native and module fields of the same samples.
Tensor as_tensor(const Block<double>& block, const Geometry& geometry) {
  std::vector<std::int64_t> shape = {lane_count<double>};
  shape.insert(shape.end(), geometry.sizes().begin(), geometry.sizes().end());
  const Tensor sites_first =
      at::from_blob(const_cast<double*>(block.data()), {block.cols(), block.rows()}, at::kDouble);
  return sites_first.t().clone(at::MemoryFormat::Contiguous).reshape(shape);
}

Tensor as_tensor(const Eigen::ArrayXXd& values) {
  return at::from_blob(const_cast<double*>(values.data()), {values.cols(), values.rows()}, at::kDouble).t().clone();
}

double distance(const Tensor& a, const Tensor& b) {
  return (a - b).abs().max().item<double>();
}
double size(const Tensor& a) {
  return 1 + a.abs().max().item<double>();
}

}  // namespace

TEST_CASE("the module is the native heat-kernel field to rounding in one to four dimensions", "[lattice_flow]") {
  for (const std::vector<int>& sizes : lattices) {
    for (const int features : {1, 4}) {
      const Geometry geometry(sizes);
      const HeatKernelBasis basis = some_basis(geometry, features);
      HeatKernelField<double> native(geometry, basis);
      HeatKernelFieldTorch module(basis);
      const Eigen::VectorXd coefficients = some_coefficients(native.parameter_count());
      native.set_coefficients(coefficients);
      module->set_coefficients(coefficients);
      const Block<double> x = random_block(geometry, "x");
      Block<double> velocity;
      LaneSums<double> divergence;
      native.velocity_and_divergence(x, velocity, divergence);
      const auto [v, d] = module->velocity_and_divergence(as_tensor(x, geometry));
      INFO("axes " << sizes.size() << ", volume " << geometry.volume() << ", features " << features);
      REQUIRE(v.sizes() == as_tensor(x, geometry).sizes());
      REQUIRE(d.sizes() == at::IntArrayRef({8}));
      CHECK(distance(v, as_tensor(velocity, geometry)) < 1e-12 * size(v));
      CHECK(distance(d, as_tensor(Eigen::ArrayXXd(divergence)).flatten()) < 1e-12 * size(d));
      CHECK(distance(module->forward(as_tensor(x, geometry)), v) == 0);
    }
  }
}

TEST_CASE("gradients of the module are the features and the adjoint of the native field", "[lattice_flow]") {
  for (const std::vector<int>& sizes : lattices) {
    const Geometry geometry(sizes);
    const HeatKernelBasis basis = some_basis(geometry);
    HeatKernelField<double> native(geometry, basis);
    HeatKernelFieldTorch module(basis);
    const Eigen::VectorXd coefficients = some_coefficients(native.parameter_count());
    native.set_coefficients(coefficients);
    module->set_coefficients(coefficients);
    const Block<double> x = random_block(geometry, "x");
    const Block<double> cotangent = random_block(geometry, "cotangent");
    Block<double> adjoint;
    HeatKernelField<double>::Rows rows;
    native.linearize(x);
    native.features(cotangent, rows);
    native.adjoint(cotangent, adjoint);

    const Tensor field = as_tensor(x, geometry).requires_grad_();
    const auto [velocity, divergence] = module->velocity_and_divergence(field);
    const Tensor total = (velocity * as_tensor(cotangent, geometry)).sum() + divergence.sum();
    const auto gradients = torch::autograd::grad({total}, {field, module->coefficients});
    CHECK(distance(gradients[0], as_tensor(adjoint, geometry)) < 1e-12 * size(gradients[0]));
    const Tensor by_coefficient = as_tensor(Eigen::ArrayXXd(rows)).sum(0);
    CHECK(distance(gradients[1].flatten(), by_coefficient) < 1e-12 * size(by_coefficient));
  }
}

TEST_CASE("the divergence of the module is the trace of its derivative", "[lattice_flow]") {
  for (const std::vector<int>& sizes : {std::vector<int>{5}, {3, 4}, {2, 3, 2}, {2, 2, 3, 2}}) {
    const Geometry geometry(sizes);
    HeatKernelFieldTorch module(some_basis(geometry));
    module->set_coefficients(some_coefficients(module->coefficients.numel()));
    const Tensor field = as_tensor(random_block(geometry, "x"), geometry).requires_grad_();
    const auto [velocity, divergence] = module->velocity_and_divergence(field);
    Tensor trace = at::zeros({8}, at::kDouble);
    const Tensor sites = velocity.reshape({8, -1});
    for (std::int64_t site = 0; site < geometry.volume(); ++site) {
      // Samples do not mix, so that one pass serves all.
      const Tensor row = torch::autograd::grad({sites.select(1, site).sum()}, {field}, {}, true)[0];
      trace += row.reshape({8, -1}).select(1, site);
    }
    CHECK(distance(trace, divergence) < 1e-12 * size(divergence));
  }
}

TEST_CASE("second derivatives of the module equal differences of first ones", "[lattice_flow]") {
  const Geometry geometry({3, 4});
  HeatKernelFieldTorch module(some_basis(geometry));
  module->set_coefficients(some_coefficients(module->coefficients.numel()));
  const Tensor start = as_tensor(random_block(geometry, "x"), geometry);
  const Tensor direction = as_tensor(random_block(geometry, "direction"), geometry);
  const auto gradient = [&](const Tensor& at_field, bool record) {
    const auto [velocity, divergence] = module->velocity_and_divergence(at_field);
    return torch::autograd::grad({velocity.square().sum() + divergence.square().sum()}, {at_field}, {}, record,
                                 record)[0];
  };
  const Tensor field = start.clone().requires_grad_();
  const auto curvature =
      torch::autograd::grad({(gradient(field, true) * direction).sum()}, {field, module->coefficients});
  const double h = 1e-4;
  const auto at_step = [&](double step) { return gradient((start + step * direction).requires_grad_(), false); };
  const Tensor expected = (8 * (at_step(h) - at_step(-h)) - (at_step(2 * h) - at_step(-2 * h))) / (12 * h);
  CHECK(distance(curvature[0], expected) < 1e-7 * size(expected));
  // Along the coefficients themselves the gradient is a quadratic form: its derivative is twice the form.
  const double along = (curvature[1] * module->coefficients).sum().item<double>();
  CHECK(along == Approx(2 * (gradient(field, false) * direction).sum().item<double>()).epsilon(1e-11));
}

TEST_CASE("one module works on every lattice, type and mode", "[lattice_flow]") {
  const Geometry trained({4, 4});
  const HeatKernelBasis basis = some_basis(trained);
  HeatKernelFieldTorch module(basis);
  const Eigen::VectorXd coefficients = some_coefficients(module->coefficients.numel());
  module->set_coefficients(coefficients);
  {
    // Tables first made in inference mode serve gradients later.
    const c10::InferenceMode inference;
    module->forward(at::ones({2, 6, 5}, at::kDouble));
  }
  const Geometry other({6, 5});
  HeatKernelField<double> native(other, basis);
  native.set_coefficients(coefficients);
  const Block<double> x = random_block(other, "other");
  Block<double> velocity;
  LaneSums<double> divergence;
  native.velocity_and_divergence(x, velocity, divergence);
  const Tensor field = as_tensor(x, other);
  const auto [v, d] = module->velocity_and_divergence(field);
  CHECK(distance(v, as_tensor(velocity, other)) < 1e-12 * size(v));
  CHECK_NOTHROW(d.sum().backward());
  CHECK(module->coefficients.grad().defined());

  const auto [empty_velocity, empty_divergence] = module->velocity_and_divergence(at::zeros({0, 6, 5}, at::kDouble));
  CHECK(empty_velocity.sizes() == at::IntArrayRef({0, 6, 5}));
  CHECK(empty_divergence.sizes() == at::IntArrayRef({0}));

  std::stringstream stream;
  torch::save(module, stream);
  HeatKernelFieldTorch loaded(basis);
  torch::load(loaded, stream);
  CHECK(at::equal(loaded->forward(field), v));

  module->to(at::kFloat);
  const auto [v32, d32] = module->velocity_and_divergence(field.to(at::kFloat));
  CHECK(v32.scalar_type() == at::kFloat);
  CHECK(distance(v32.to(at::kDouble), v) < 1e-5 * size(v));
  CHECK(distance(d32.to(at::kDouble), d) < 1e-4 * size(d));
}

TEST_CASE("fields and coefficients that do not fit the module are refused in words", "[lattice_flow]") {
  const Geometry geometry({4, 4});
  HeatKernelFieldTorch module(some_basis(geometry));
  CHECK_THROWS_AS(module->forward(at::zeros({4}, at::kDouble)), ShapeError);
  CHECK_THROWS_WITH(module->forward(at::zeros({1, 2, 2, 2, 2, 2}, at::kDouble)), ContainsSubstring("one to four axes"));
  CHECK_THROWS_WITH(module->forward(at::zeros({1, 4, 4}, at::kFloat)), ContainsSubstring("of type Double"));
  CHECK_THROWS_WITH(module->set_coefficients(Eigen::VectorXd::Zero(3)), ContainsSubstring("3 coefficients"));
  CHECK_THROWS_AS(HeatKernelFieldTorch(HeatKernelBasis{}), ShapeError);
}
