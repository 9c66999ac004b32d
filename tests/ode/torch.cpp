// SPDX-License-Identifier: MIT
// (support/catch.h first: it tames LibTorch's CHECK.)
#include "support/catch.h"

#include <cmath>
#include <set>
#include <vector>

#include "base/error.h"
#include "ode/adjoint_torch.h"
#include "ode/integrate.h"
#include "ode/state_torch.h"

using namespace floe;
using ode::Method;
using ode::Options;
using torch::Tensor;

namespace {

/// x' = A x + b cos t for rows x of a batch, whose solution and gradients the matrix exponential of the homogeneous
/// part gives: [x, 1, 1]' with cos t, sin t as two more components.
struct Linear {
  Tensor a, b;
  Tensor operator()(const Tensor& x, double t) const { return x.matmul(a.t()) + b * std::cos(t); }
  /// By a matrix exponential of (x, cos t, sin t), which obeys a linear system; differentiable in x, a and b.
  Tensor exact(const Tensor& x, double t0, double t1) const {
    const auto n = a.size(0);
    const Tensor zero = torch::zeros({n, 1}, a.options());
    const Tensor top = torch::cat({a, b.unsqueeze(1), zero}, 1);
    Tensor rotation = torch::zeros({2, n + 2}, a.options());
    rotation[0][n + 1] = -1;
    rotation[1][n] = 1;
    const Tensor flow = torch::matrix_exp(torch::cat({top, rotation}, 0) * (t1 - t0));
    const Tensor circle = torch::tensor({std::cos(t0), std::sin(t0)}, a.options()).expand({x.size(0), 2});
    return torch::cat({x, circle}, 1).matmul(flow.t()).slice(1, 0, n);
  }
};

struct Setting {
  Linear linear;
  Tensor x, weight;
  explicit Setting(torch::ScalarType type = torch::kDouble) {
    torch::manual_seed(5);
    const auto options = torch::TensorOptions().dtype(type);
    linear.a = (0.6 * torch::randn({3, 3}, options)).requires_grad_();
    linear.b = torch::randn({3}, options).requires_grad_();
    x = torch::randn({4, 3}, options).requires_grad_();
    weight = torch::randn({4, 3}, options);
  }
  std::vector<Tensor> gradients(const Tensor& end) const {
    return torch::autograd::grad({(weight * end).sum() + end.square().sum()}, {x, linear.a, linear.b});
  }
};

double distance(const Tensor& a, const Tensor& b) {
  return (a - b).abs().max().item<double>();
}

Tensor through_steps(const Linear& linear, const Tensor& x, double t0, double t1, const Options& options) {
  const auto system = [&](const Tensor& state, Tensor& rate, double t) { rate = linear(state, t); };
  return ode::integrate(system, x, t0, t1, options).state;
}

/// Plain pointers: what owns a node differs between versions of LibTorch.
void count_nodes(torch::autograd::Node* node, std::set<torch::autograd::Node*>& seen) {
  if (node == nullptr || !seen.insert(node).second) return;
  for (const auto& edge : node->next_edges()) count_nodes(edge.function.get(), seen);
}

std::size_t graph_size(const Tensor& tensor) {
  std::set<torch::autograd::Node*> seen;
  count_nodes(tensor.grad_fn().get(), seen);
  return seen.size();
}

Options tight() {
  return {.method = Method::dopri5, .relative_tolerance = 1e-10, .absolute_tolerance = 1e-10};
}

}  // namespace

TEST_CASE("gradients through the steps and by adjoint equal those of the matrix exponential") {
  const Setting s;
  const std::vector<std::pair<double, double>> intervals{{0, 1}, {0.3, 2.8}, {1.0, -0.7}, {-2, -1.5}};
  for (const auto& [t0, t1] : intervals) {
    const Tensor exact = s.linear.exact(s.x, t0, t1);
    const auto expected = s.gradients(exact);
    for (const Options& options : {Options{.method = Method::rk4, .steps = 400}, tight()}) {
      INFO(ode::to_string(options.method) << " from " << t0 << " to " << t1 << ", seed 5");
      const Tensor steps = through_steps(s.linear, s.x, t0, t1, options);
      const Tensor adjoint =
          ode::integrate_adjoint(ode::TensorField(s.linear), s.x, t0, t1, {s.linear.a, s.linear.b}, options);
      CHECK(distance(steps, exact) < 1e-8);
      CHECK(distance(adjoint, steps) == 0);
      const auto by_steps = s.gradients(steps), by_adjoint = s.gradients(adjoint);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        INFO("gradient " << i);
        CHECK(expected[i].abs().max().item<double>() > 0.1);
        CHECK(distance(by_steps[i], expected[i]) < 2e-8);
        CHECK(distance(by_adjoint[i], expected[i]) < 2e-8);
      }
    }
  }
}

TEST_CASE("every method carries gradients with its own order") {
  const Setting s;
  const auto expected = s.gradients(s.linear.exact(s.x, 0, 1));
  for (const Method method : {Method::euler, Method::midpoint, Method::heun, Method::rk4}) {
    INFO("method " << ode::to_string(method));
    const auto error = [&](int steps) {
      const auto found = s.gradients(through_steps(s.linear, s.x, 0, 1, {.method = method, .steps = steps}));
      return distance(found[1], expected[1]);
    };
    CHECK(std::log2(error(32) / error(64)) == Approx(ode::order(method)).margin(0.2));
  }
}

TEST_CASE("the adjoint of a list carries a log-density, and its memory does not grow with the steps") {
  // (log p)' = -tr A - |x|^2 / 10.
  const Setting s;
  const ode::TensorListField field = [&](const std::vector<Tensor>& state, double t) {
    const Tensor rate = -(s.linear.a.trace() + state[0].square().sum(1) / 10);
    return std::vector<Tensor>{s.linear(state[0], t), rate};
  };
  const auto system = [&](const std::vector<Tensor>& state, std::vector<Tensor>& rate, double t) {
    rate = field(state, t);
  };
  const std::vector<Tensor> start{s.x, torch::zeros({4}, torch::kDouble)};
  const auto gradients = [&](const std::vector<Tensor>& end) {
    return torch::autograd::grad({(s.weight * end[0]).sum() + end[1].square().sum()}, {s.x, s.linear.a, s.linear.b});
  };
  const auto steps = ode::integrate(system, start, 0.2, 1.9, tight()).state;
  const auto adjoint = ode::integrate_adjoint(field, start, 0.2, 1.9, {s.linear.a, s.linear.b}, tight());
  const auto expected = gradients(steps), found = gradients(adjoint);
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(distance(found[i], expected[i]) < 1e-7);

  std::vector<std::size_t> adjoint_sizes, step_sizes;
  for (const int n : {5, 50}) {
    const Options options{.steps = n};
    adjoint_sizes.push_back(
        graph_size(ode::integrate_adjoint(field, start, 0, 1, {s.linear.a, s.linear.b}, options)[1]));
    step_sizes.push_back(graph_size(ode::integrate(system, start, 0, 1, options).state[1]));
  }
  CHECK(adjoint_sizes[0] == adjoint_sizes[1]);
  CHECK(adjoint_sizes[0] < 10);
  CHECK(step_sizes[1] > 8 * step_sizes[0]);
}

TEST_CASE("a right-hand side that writes in place is as accurate as one that does not") {
  const torch::NoGradGuard no_grad;
  const Setting s;
  const Tensor before = s.x.clone();
  const auto in_place = [&](const Tensor& state, Tensor& rate, double t) { rate.copy_(s.linear(state, t)); };
  const Tensor exact = s.linear.exact(s.x, 0, 3);
  for (const Method method : {Method::euler, Method::midpoint, Method::heun, Method::rk4, Method::dopri5}) {
    INFO("method " << ode::to_string(method));
    Options options = tight();
    options.method = method;
    options.relative_tolerance = options.absolute_tolerance = 1e-9;
    const auto solution = ode::integrate(in_place, s.x, 0, 3, options);
    CHECK(distance(solution.state, through_steps(s.linear, s.x, 0, 3, options)) == 0);
    if (method == Method::dopri5) CHECK(distance(solution.state, exact) < 2e-8);
  }
  CHECK(distance(s.x, before) == 0);
}

TEST_CASE("gradients pass through a right-hand side that writes in place") {
  const Setting s;
  const auto in_place = [&](const Tensor& state, Tensor& rate, double t) { rate.copy_(s.linear(state, t)); };
  for (const Options& options : {Options{.method = Method::rk4, .steps = 7}, Options{.method = Method::dopri5}}) {
    const auto expected = s.gradients(through_steps(s.linear, s.x, 0, 1, options));
    const auto found = s.gradients(ode::integrate(in_place, s.x, 0, 1, options).state);
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(distance(found[i], expected[i]) < 1e-14);
  }
}

TEST_CASE("one stiff sample of a batch of tensors sets the step") {
  const torch::NoGradGuard no_grad;
  const auto options = tight();
  Tensor rate = torch::full({64, 1}, 0.1, torch::kDouble);
  const auto system = [&](const Tensor& x, Tensor& dxdt, double) { dxdt = -rate * x; };
  const Tensor x = torch::ones({64, 32}, torch::kDouble);
  const auto quiet = ode::integrate(system, x, 0, 1, options);
  rate[17] = 200;
  const auto mixed = ode::integrate(system, x, 0, 1, options);
  rate = torch::full({1, 1}, 200.0, torch::kDouble);
  const auto alone = ode::integrate(system, x.slice(0, 0, 1), 0, 1, options);
  CHECK(quiet.stats.accepted < 20);
  CHECK(mixed.stats.accepted == Approx(static_cast<double>(alone.stats.accepted)).epsilon(0.02));
  CHECK(std::abs(mixed.state[17][3].item<double>()) < 1e-8);
}

TEST_CASE("joint tensors, single precision and dense output work alike") {
  const torch::NoGradGuard no_grad;
  using State = ode::Joint<Tensor, Tensor>;
  const auto system = [](const State& x, State& dxdt, double) {
    dxdt.first = 0.7 * x.first;
    dxdt.second = torch::full_like(x.second, -0.7 * 5);
  };
  const State start{torch::full({3, 5}, 0.5, torch::kFloat), torch::zeros({3}, torch::kDouble)};
  for (const Method method : {Method::rk4, Method::dopri5}) {
    const auto solution = ode::integrate(system, start, 0, 2, {.method = method, .dense_output = true});
    CHECK(solution.state.first[2][4].item<double>() == Approx(0.5 * std::exp(1.4)).epsilon(1e-5));
    CHECK(solution.state.first.scalar_type() == torch::kFloat);
    CHECK(solution.state.second[1].item<double>() == Approx(-7).epsilon(1e-12));
    CHECK((*solution.dense)(1.0).first[0][0].item<double>() == Approx(0.5 * std::exp(0.7)).epsilon(1e-5));
  }
}

TEST_CASE("parameters that do not matter have zero gradients, and equal times move nothing") {
  const Setting s;
  const Tensor unused = torch::ones({2}, torch::kDouble).requires_grad_();
  const ode::TensorField field = [&](const Tensor& x, double) { return s.linear.b.expand_as(x); };
  const Tensor end = ode::integrate_adjoint(field, s.x, 0, 2, {s.linear.b, unused}, {.steps = 3});
  const auto gradients = torch::autograd::grad({end.sum()}, {s.x, s.linear.b, unused});
  CHECK(distance(gradients[0], torch::ones_like(s.x)) < 1e-14);
  CHECK(distance(gradients[1], torch::full({3}, 8.0, torch::kDouble)) < 1e-13);
  CHECK(gradients[2].abs().max().item<double>() == 0);
  const Tensor same = ode::integrate_adjoint(ode::TensorField(s.linear), s.x, 1, 1, {s.linear.a}, {});
  CHECK(distance(same, s.x) == 0);
  CHECK(distance(torch::autograd::grad({same.sum()}, {s.x})[0], torch::ones_like(s.x)) == 0);
}

TEST_CASE("what tensors cannot do is said") {
  const Setting s;
  const Tensor end = ode::integrate_adjoint(ode::TensorField(s.linear), s.x, 0, 1, {s.linear.a}, {.steps = 4});
  CHECK_THROWS_WITH(torch::autograd::grad({end.sum()}, {s.x}, {}, true, true),
                    ContainsSubstring("a second derivative through integrate_adjoint"));
  const auto other_type = [](const Tensor& x, Tensor& dxdt, double) { dxdt = x.to(torch::kFloat); };
  CHECK_THROWS_AS(ode::integrate(other_type, s.x, 0, 1), ShapeError);
  const ode::TensorField wrong = [](const Tensor& x, double) { return x.sum(1); };
  CHECK_THROWS_AS(ode::integrate_adjoint(wrong, s.x, 0, 1, {}), ShapeError);
  const auto nan = [](const Tensor& x, Tensor& dxdt, double t) { dxdt = t > 0.5 ? x / 0.0 - x / 0.0 : -x; };
  CHECK_THROWS_WITH(ode::integrate(nan, s.x, 0, 1, {.method = Method::euler, .steps = 10}),
                    ContainsSubstring("the state is not finite at t=0.7"));
}
