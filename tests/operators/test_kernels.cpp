// SPDX-License-Identifier: MIT
// The kernels against their readable references: loops over the definition, or LibTorch's own operations.
#include "support/catch.h"

#include <torch/torch.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <tuple>
#include <vector>

#include "base/threads.h"
#include "operators/kernels/pointwise.h"
#include "operators/kernels/product.h"
#include "operators/layers/affine.h"
#include "operators/layers/convolve.h"

using namespace floe::operators;
using torch::Tensor;

namespace {

template <class T>
std::vector<T> random_numbers(std::size_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> normal;
  std::vector<T> values(count);
  for (T& value : values) value = static_cast<T>(normal(engine));
  return values;
}

double largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.sizes() == b.sizes());
  return ((a - b).abs().max() / b.abs().max().clamp_min(1e-300)).item<double>();
}

/// Values and first and second derivatives of sum(weights * f(inputs)) equal those of g.
template <class F, class G>
void check_same(const F& f, const G& g, const std::vector<Tensor>& inputs, double tolerance) {
  const auto derivatives = [&](const auto& function) {
    std::vector<Tensor> variables;
    for (const Tensor& input : inputs) variables.push_back(input.detach().clone().set_requires_grad(true));
    const Tensor y = function(variables);
    torch::manual_seed(7);
    const Tensor weights = torch::randn(y.sizes().vec(), y.options());
    std::vector<Tensor> all{y.detach()};
    // Without and with a graph of the derivatives: two paths of the kernels.
    for (const bool graph : {false, true}) {
      const auto first = torch::autograd::grad({(y * weights).sum()}, variables, {}, true, graph);
      for (const Tensor& d : first) all.push_back(d.detach());
      if (!graph) continue;
      Tensor sum = torch::zeros({}, y.options());
      for (const Tensor& d : first) sum = sum + d.pow(2).sum();
      const auto second = torch::autograd::grad({sum}, variables, {}, true, false, true);
      for (std::size_t i = 0; i < second.size(); ++i) {
        // Undefined: zero, which only one of the two may see.
        all.push_back(second[i].defined() ? second[i] : torch::zeros_like(variables[i]).detach());
      }
    }
    return all;
  };
  const std::vector<Tensor> got = derivatives(f);
  const std::vector<Tensor> want = derivatives(g);
  REQUIRE(got.size() == want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    INFO("number " << i << " of the value, the derivatives without and with graph, and the second derivatives");
    CHECK(largest_difference(got[i], want[i]) < tolerance);
  }
}

}  // namespace

TEST_CASE("a product equals the sums of its definition, for every number of columns", "[operators]") {
  const auto left = random_numbers<double>(20000, 1);
  const auto right = random_numbers<double>(20000, 2);
  for (const std::int64_t columns : {1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 17, 24, 25, 31, 40, 41, 50}) {
    for (const auto& [rows, depth, segments] :
         {std::tuple{1, 5, 1}, std::tuple{3, 1, 2}, std::tuple{29, 11, 3}, std::tuple{17, 4, 1}}) {
      for (const bool turned : {false, true}) {
        for (const bool accumulate : {false, true}) {
          const LeftFactor<double> a{left.data(), turned ? 1 : depth + 2, turned ? rows + 1 : 1, 401};
          const RightFactor<double> b{right.data(), columns + 1, 777};
          const std::int64_t out_row = columns == 1 ? 1 : columns + 3;
          std::vector<double> out(static_cast<std::size_t>(rows * out_row), 0.5);
          product<double>({rows, columns, depth, segments}, a, b, out.data(), out_row, accumulate);
          double worst = 0;
          for (std::int64_t i = 0; i < rows; ++i) {
            for (std::int64_t j = 0; j < columns; ++j) {
              double sum = accumulate ? 0.5 : 0;
              for (std::int64_t s = 0; s < segments; ++s) {
                for (std::int64_t k = 0; k < depth; ++k) {
                  sum += a.data[s * a.segment + i * a.row + k * a.depth] * b.data[s * b.segment + k * b.depth + j];
                }
              }
              worst = std::max(worst, std::abs(sum - out[static_cast<std::size_t>(i * out_row + j)]));
            }
            // What lies between the rows stays.
            if (out_row > columns) {
              worst = std::max(worst, std::abs(out[static_cast<std::size_t>(i * out_row + columns)] - 0.5));
            }
          }
          INFO(rows << " x " << columns << " x " << depth << " x " << segments);
          // Sums of at most 33 products of order one.
          CHECK(worst < 1e-13);
        }
      }
    }
  }
}

TEST_CASE("the pointwise kernels equal their formulas at every place of an array", "[operators]") {
  std::vector<double> x;
  for (int i = -2000; i <= 2000; ++i) x.push_back(i / 100.0);
  x.insert(x.end(), {1e-8, -1e-8, 60.0, -60.0});
  const std::vector<float> single(x.begin(), x.end());
  const std::vector<double> ones(x.size(), 1.0);
  const std::vector<float> ones_single(x.size(), 1.0F);
  const auto count = static_cast<std::int64_t>(x.size());
  std::vector<double> y(x.size()), d(x.size());
  std::vector<float> ys(x.size()), ds(x.size());
  pointwise(PointwiseFunction::gelu, x.data(), y.data(), count);
  pointwise(PointwiseFunction::gelu, single.data(), ys.data(), count);
  pointwise_gradient(PointwiseFunction::gelu, x.data(), ones.data(), d.data(), count);
  pointwise_gradient(PointwiseFunction::gelu, single.data(), ones_single.data(), ds.data(), count);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto formula = [](double v) { return 0.5 * v * std::erfc(-v / std::sqrt(2.0)); };
    const auto slope = [](double v) {
      return 0.5 * std::erfc(-v / std::sqrt(2.0)) + v * std::exp(-0.5 * v * v) / std::sqrt(2 * M_PI);
    };
    INFO("x = " << x[i]);
    CHECK(std::abs(y[i] - formula(x[i])) <= 1e-15 * (1 + std::abs(x[i])));
    CHECK(std::abs(d[i] - slope(x[i])) <= 2e-15);
    // Rounding of numbers of that size, and the fit's 5e-7 of a tail of at most 0.2.
    const double v = single[i];
    CHECK(std::abs(ys[i] - formula(v)) <= 1.5e-7 * (1 + std::abs(v)));
    CHECK(std::abs(ds[i] - slope(v)) <= 6e-7);
  }

  const std::vector<float> few{-1.0F, -0.0F, 2.0F, NAN, -INFINITY, INFINITY};
  std::vector<float> out(few.size());
  pointwise(PointwiseFunction::relu, few.data(), out.data(), 6);
  CHECK(out[0] == 0);
  CHECK(out[2] == 2);
  CHECK(std::isnan(out[3]));
  CHECK(out[4] == 0);
  pointwise(PointwiseFunction::leaky_relu, few.data(), out.data(), 6);
  CHECK(out[0] == -0.2F);
  CHECK(std::isnan(out[3]));
  pointwise(PointwiseFunction::gelu, few.data(), out.data(), 4);
  CHECK(std::isnan(out[3]));
}

TEST_CASE("a fused affine map equals LibTorch's operations, with its derivatives", "[operators]") {
  torch::manual_seed(3);
  for (const auto& [in, out] : {std::pair{3, 32}, std::pair{32, 32}, std::pair{20, 1}, std::pair{33, 41}}) {
    const auto options = torch::TensorOptions(torch::kDouble);
    // Several blocks of rows, the last one not full.
    const Tensor x = torch::randn({2, 701, in}, options);
    const Tensor w = torch::randn({out, in}, options) / std::sqrt(static_cast<double>(in));
    const Tensor b = torch::randn({out}, options);
    const Tensor a = torch::randn({2, 701, out}, options);
    for (const Activation activation :
         {Activation::identity, Activation::relu, Activation::leaky_relu, Activation::gelu, Activation::tanh}) {
      INFO(in << " to " << out << ", activation " << static_cast<int>(activation));
      check_same([&](const auto& v) { return affine(v[0], v[1], v[2], v[3], activation); },
                 [&](const auto& v) { return plain_affine(v[0], v[1], v[2], v[3], activation); }, {x, w, b, a}, 1e-12);
      check_same([&](const auto& v) { return affine(v[0], v[1], {}, {}, activation); },
                 [&](const auto& v) { return plain_affine(v[0], v[1], {}, {}, activation); }, {x, w}, 1e-12);
    }
    const Tensor xs = x.to(torch::kFloat), ws = w.to(torch::kFloat), bs = b.to(torch::kFloat);
    CHECK(largest_difference(affine(xs, ws, bs, {}, Activation::gelu).to(torch::kDouble),
                             plain_affine(x, w, b, {}, Activation::gelu)) < 2e-6);
  }
}

TEST_CASE("convolutions of every kind equal LibTorch's, with their derivatives", "[operators]") {
  torch::manual_seed(4);
  struct Case {
    std::vector<std::int64_t> grid, kernel, stride, padding;
    std::int64_t in, out;
  };
  const std::vector<Case> cases{
      {{11}, {3}, {1}, {1}, 3, 5},
      {{9, 12}, {3, 3}, {1, 1}, {1, 1}, 24, 24},
      {{9, 12}, {3, 3}, {2, 2}, {1, 1}, 1, 24},
      {{10, 9}, {3, 4}, {2, 2}, {0, 1}, 5, 7},
      {{2, 1}, {3, 3}, {1, 1}, {1, 1}, 4, 1},
      {{5, 6, 7}, {3, 3, 3}, {1, 2, 2}, {1, 1, 0}, 3, 4},
  };
  for (const Case& c : cases) {
    const auto options = torch::TensorOptions(torch::kDouble);
    const auto shape = [](std::int64_t first, std::int64_t second, const std::vector<std::int64_t>& rest) {
      std::vector<std::int64_t> all{first, second};
      all.insert(all.end(), rest.begin(), rest.end());
      return all;
    };
    const Stencil stencil{c.stride, c.padding};
    const Tensor x = torch::randn(shape(2, c.in, c.grid), options);
    const Tensor w = torch::randn(shape(c.out, c.in, c.kernel), options);
    INFO("grid " << c.grid << ", kernel " << c.kernel << ", stride " << c.stride);
    check_same([&](const auto& v) { return convolve(v[0], v[1], stencil); },
               [&](const auto& v) { return plain_convolve(v[0], v[1], stencil); }, {x, w}, 1e-12);
    // The transpose from that grid, onto one that reaches beyond its points and onto one that cuts them off.
    for (const std::int64_t more : {-1, 0, 1}) {
      std::vector<std::int64_t> grid;
      for (std::size_t a = 0; a < c.grid.size(); ++a) {
        grid.push_back(c.stride[a] * (c.grid[a] - 1) - 2 * c.padding[a] + c.kernel[a] +
                       (c.stride[a] > 1 ? more : std::min<std::int64_t>(more, 0)));
        if (grid.back() < 1) grid.back() = 1;
      }
      const Tensor wt = torch::randn(shape(c.in, c.out, c.kernel), options);
      INFO("transposed, onto " << grid);
      check_same([&](const auto& v) { return convolve_transposed(v[0], v[1], stencil, grid); },
                 [&](const auto& v) { return plain_convolve_transposed(v[0], v[1], stencil, grid); }, {x, wt}, 1e-12);
    }
    const Tensor single = convolve(x.to(torch::kFloat), w.to(torch::kFloat), stencil).to(torch::kDouble);
    CHECK(largest_difference(single, plain_convolve(x, w, stencil)) < 1e-5);
  }
}

TEST_CASE("gradients by the kernels do not depend on the number of threads", "[operators]") {
  torch::manual_seed(5);
  const Tensor x = torch::randn({3, 8, 21, 23});
  const Tensor w = torch::randn({12, 8, 3, 3}).set_requires_grad(true);
  const Tensor v = torch::randn({16, 12}).set_requires_grad(true);
  const auto gradients = [&] {
    const Tensor y = convolve(x, w, {{1, 1}, {1, 1}});
    const Tensor z = affine(y.movedim(1, -1), v, {}, {}, Activation::gelu);
    return torch::autograd::grad({z.pow(2).sum()}, {w, v});
  };
  floe::set_threads(1);
  const auto one = gradients();
  floe::set_threads(2);
  const auto two = gradients();
  floe::set_threads(1);
  CHECK(torch::equal(one[0], two[0]));
  CHECK(torch::equal(one[1], two[1]));
}
