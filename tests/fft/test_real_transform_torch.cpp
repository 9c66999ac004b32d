// SPDX-License-Identifier: MIT
#include <cmath>
#include <functional>

#include "base/error.h"
#include "fft/real_transform.h"
#include "fft/real_transform_torch.h"
#include "support/catch.h"

using at::Tensor;
using floe::fft::irfftn;
using floe::fft::rfftn;

namespace {

const std::vector<std::vector<std::int64_t>> shapes = {{1},    {2},       {5},       {8},         {3, 4},
                                                       {4, 3}, {2, 3, 4}, {3, 2, 5}, {2, 3, 2, 4}};

at::OptionalIntArrayRef none() {
  return {};
}

std::vector<std::int64_t> last_axes(std::size_t count) {
  std::vector<std::int64_t> axes;
  for (std::size_t a = 0; a < count; ++a)
    axes.push_back(static_cast<std::int64_t>(a) - static_cast<std::int64_t>(count));
  return axes;
}

std::vector<std::int64_t> with_batch(std::vector<std::int64_t> batch, const std::vector<std::int64_t>& sizes) {
  batch.insert(batch.end(), sizes.begin(), sizes.end());
  return batch;
}

std::vector<std::int64_t> half(std::vector<std::int64_t> sizes) {
  sizes.back() = sizes.back() / 2 + 1;
  return sizes;
}

/// A smooth scalar of a tensor, real or complex, all of whose derivatives differ from zero.
Tensor scalar(const Tensor& y, const Tensor& weights) {
  const Tensor parts = y.is_complex() ? at::view_as_real(y) : y;
  return (weights * (parts + 0.3 * parts * parts + 0.1 * parts.sin())).sum();
}

double distance(const Tensor& a, const Tensor& b) {
  return (a - b).abs().max().item<double>();
}

/// The derivative of f at x along v by central differences of fourth order: error h^4 / 30 of the fifth derivative.
double along(const std::function<double(const Tensor&)>& f, const Tensor& x, const Tensor& v) {
  const double h = 1e-3;
  return (8 * (f(x + h * v) - f(x - h * v)) - (f(x + 2 * h * v) - f(x - 2 * h * v))) / (12 * h);
}

double dot_product(const Tensor& a, const Tensor& b) {
  return a.is_complex() ? (at::view_as_real(a) * at::view_as_real(b)).sum().item<double>()
                        : (a * b).sum().item<double>();
}

/// Gradient and Hessian-vector product of scalar(map(x)) against finite differences.
void check_derivatives(const std::function<Tensor(const Tensor&)>& map, const Tensor& x0) {
  const Tensor y0 = map(x0);
  const Tensor weights = at::randn(y0.is_complex() ? at::view_as_real(y0).sizes() : y0.sizes(), at::kDouble);
  const Tensor v = at::randn(x0.sizes(), x0.options());
  const Tensor u = at::randn(x0.sizes(), x0.options());
  const auto value = [&](const Tensor& x) { return scalar(map(x), weights).item<double>(); };
  const auto gradient = [&](const Tensor& at_x) {
    const Tensor x = at_x.detach().clone().requires_grad_();
    return torch::autograd::grad({scalar(map(x), weights)}, {x})[0];
  };
  const double slope = dot_product(gradient(x0), v);
  CHECK(slope == Approx(along(value, x0, v)).epsilon(1e-7).margin(1e-7));

  const Tensor x = x0.detach().clone().requires_grad_();
  const Tensor g = torch::autograd::grad({scalar(map(x), weights)}, {x}, {}, true, true)[0];
  const Tensor g_real = g.is_complex() ? at::view_as_real(g) : g;
  const Tensor v_real = v.is_complex() ? at::view_as_real(v) : v;
  const Tensor curvature = torch::autograd::grad({(g_real * v_real).sum()}, {x})[0];
  const auto slope_along_v = [&](const Tensor& at_x) { return dot_product(gradient(at_x), v); };
  CHECK(dot_product(curvature, u) == Approx(along(slope_along_v, x0, u)).epsilon(1e-7).margin(1e-6));
}

}  // namespace

TEST_CASE("tensors transform as by LibTorch, in both precisions and any batch", "[fft]") {
  torch::manual_seed(1);
  for (const auto& sizes : shapes) {
    for (const std::vector<std::int64_t>& batch :
         std::vector<std::vector<std::int64_t>>{{}, {1}, {7}, {2, 3}, {2000}}) {
      for (const auto type : {at::kFloat, at::kDouble}) {
        const double tolerance = type == at::kFloat ? 2e-5 : 2e-14;
        const Tensor field = at::randn(with_batch(batch, sizes), type);
        const Tensor kept = field.clone();
        const Tensor spectrum = rfftn(field, static_cast<std::int64_t>(sizes.size()));
        const Tensor expected = at::fft_rfftn(field, none(), last_axes(sizes.size()));
        REQUIRE(spectrum.sizes() == expected.sizes());
        REQUIRE(spectrum.scalar_type() == expected.scalar_type());
        CHECK(distance(spectrum, expected) < 10 * tolerance);
        CHECK(at::equal(field, kept));
        const Tensor kept_spectrum = spectrum.clone();
        const Tensor back = irfftn(spectrum, sizes);
        REQUIRE(back.sizes() == field.sizes());
        CHECK(distance(back, field) < tolerance);
        CHECK(at::equal(spectrum, kept_spectrum));
        const Tensor any = at::randn(spectrum.sizes(), spectrum.options());
        CHECK(distance(irfftn(any, sizes), at::fft_irfftn(any, sizes, last_axes(sizes.size()))) < tolerance);
      }
    }
  }
}

TEST_CASE("strided, conjugated and expanded tensors transform as their copies", "[fft]") {
  torch::manual_seed(2);
  const Tensor base = at::randn({5, 6, 4}, at::kDouble);
  const Tensor turned = base.permute({2, 0, 1});
  CHECK(distance(rfftn(turned, 2), rfftn(turned.clone(at::MemoryFormat::Contiguous), 2)) == 0);
  const Tensor skipped = base.slice(2, 0, 4, 2);
  CHECK(distance(rfftn(skipped, 2), at::fft_rfftn(skipped, none(), last_axes(2))) < 1e-13);
  const Tensor expanded = at::randn({1, 6}, at::kDouble).expand({4, 6});
  CHECK(distance(rfftn(expanded, 1), at::fft_rfftn(expanded, none(), last_axes(1))) < 1e-13);
  const Tensor spectrum = at::randn({3, 5, 4}, at::kComplexDouble);
  CHECK(distance(irfftn(spectrum.conj(), {5, 6}),
                 at::fft_irfftn(spectrum.conj().resolve_conj(), at::IntArrayRef{5, 6}, last_axes(2))) < 1e-14);
  const Tensor imaginary = at::imag(spectrum.conj());
  CHECK(distance(rfftn(imaginary, 2), -rfftn(at::imag(spectrum).clone(), 2)) < 1e-13);
}

TEST_CASE("first and second derivatives equal finite differences", "[fft]") {
  torch::manual_seed(3);
  for (const auto& sizes : shapes) {
    const auto axes = static_cast<std::int64_t>(sizes.size());
    check_derivatives([axes](const Tensor& x) { return rfftn(x, axes); },
                      at::randn(with_batch({2}, sizes), at::kDouble));
    check_derivatives([&sizes](const Tensor& x) { return irfftn(x, sizes); },
                      at::randn(with_batch({2}, half(sizes)), at::kComplexDouble));
  }
}

TEST_CASE("derivatives equal those of LibTorch's transforms to rounding", "[fft]") {
  torch::manual_seed(4);
  // A spectral convolution, its gradients, and the gradient of a function of those.
  for (const auto& sizes : shapes) {
    const auto axes = static_cast<std::int64_t>(sizes.size());
    const Tensor start = at::randn(with_batch({3}, sizes), at::kDouble);
    const Tensor filter_start = at::randn(half(sizes), at::kComplexDouble);
    std::vector<std::vector<Tensor>> results;
    for (const bool ours : {true, false}) {
      const Tensor field = start.clone().requires_grad_();
      const Tensor filter = filter_start.clone().requires_grad_();
      const Tensor spectrum = ours ? rfftn(field, axes) : at::fft_rfftn(field, none(), last_axes(sizes.size()));
      const Tensor product = filter * spectrum;
      const Tensor out = ours ? irfftn(product, sizes) : at::fft_irfftn(product, sizes, last_axes(sizes.size()));
      const auto first = torch::autograd::grad({(out * out * out).sum()}, {field, filter}, {}, true, true);
      const Tensor penalty = first[0].square().sum() + at::view_as_real(first[1]).square().sum();
      const auto second = torch::autograd::grad({penalty}, {field, filter});
      results.push_back({out.detach(), first[0].detach(), first[1].detach(), second[0], second[1]});
    }
    for (std::size_t i = 0; i < results[0].size(); ++i) {
      const double scale = 1 + results[1][i].abs().max().item<double>();
      CHECK(distance(results[0][i], results[1][i]) < 1e-12 * scale);
    }
  }
}

TEST_CASE("nothing is recorded where no gradient is asked for", "[fft]") {
  const Tensor field = at::ones({2, 4}, at::kDouble);
  CHECK_FALSE(rfftn(field, 1).requires_grad());
  const Tensor leaf = field.clone().requires_grad_();
  CHECK(rfftn(leaf, 1).requires_grad());
  const at::NoGradGuard guard;
  CHECK_FALSE(rfftn(leaf, 1).requires_grad());
}

TEST_CASE("tensors outside the plan cache go through LibTorch", "[fft]") {
  torch::manual_seed(5);
  const std::size_t before = floe::fft::plan_count();
  const Tensor many_axes = at::randn({2, 2, 2, 2, 2}, at::kDouble);
  CHECK(distance(rfftn(many_axes, 5), at::fft_rfftn(many_axes, none(), last_axes(5))) == 0);
  CHECK(rfftn(at::empty({0, 4}, at::kDouble), 1).sizes() == at::IntArrayRef({0, 3}));
  CHECK(irfftn(at::empty({0, 3}, at::kComplexDouble), {4}).sizes() == at::IntArrayRef({0, 4}));
  CHECK(floe::fft::plan_count() == before);
}

TEST_CASE("tensors that cannot be transformed are refused in words", "[fft]") {
  using floe::ShapeError;
  const Tensor field = at::zeros({3, 4}, at::kDouble);
  CHECK_THROWS_AS(rfftn(field, 3), ShapeError);
  CHECK_THROWS_WITH(rfftn(field, 3), ContainsSubstring("[3, 4]") && ContainsSubstring("over 3 axes"));
  CHECK_THROWS_WITH(rfftn(field, 0), ContainsSubstring("at least one"));
  CHECK_THROWS_WITH(rfftn(field.to(at::kLong), 1), ContainsSubstring("it must be real"));
  CHECK_THROWS_WITH(rfftn(at::zeros({3, 0}, at::kDouble), 1), ContainsSubstring("no axis may be empty"));
  CHECK_THROWS_WITH(irfftn(field, {4}), ContainsSubstring("a spectrum is complex"));
  const Tensor spectrum = at::zeros({3, 3}, at::kComplexDouble);
  CHECK_THROWS_WITH(irfftn(spectrum, {7}), ContainsSubstring("n_d / 2 + 1") && ContainsSubstring("[7]"));
  CHECK_THROWS_WITH(irfftn(spectrum, {-4}), ContainsSubstring("at least 1"));
  CHECK_THROWS_AS(irfftn(spectrum, at::IntArrayRef{}), ShapeError);
}
