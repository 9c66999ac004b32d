// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "model_checks.h"
#include "operators/convolution/fft_convolution.h"
#include "operators/convolution/monarch_mixer.h"
#include "operators/convolution/monarch_transform.h"
#include "operators/convolution/s4d.h"
#include "operators/fno/spectral_conv.h"

using namespace floe;
using namespace floe::operators;
using floe::test::numbers;
using floe::test::relative_difference;

namespace {

/// sum_z k(z) u(x - z) on a periodic lattice (n1, n2), site by site.
torch::Tensor direct_periodic(const torch::Tensor& u, const torch::Tensor& k) {
  torch::Tensor y = torch::zeros_like(u);
  for (std::int64_t a = 0; a < k.size(0); ++a) {
    for (std::int64_t b = 0; b < k.size(1); ++b) y += k.index({a, b}) * u.roll({a, b}, {0, 1});
  }
  return y;
}

/// sum_j k_j u_{l - j}, term by term.
torch::Tensor direct_causal(const torch::Tensor& u, const torch::Tensor& k) {
  torch::Tensor y = torch::zeros_like(u);
  for (std::int64_t l = 0; l < u.size(0); ++l) {
    for (std::int64_t j = 0; j <= l && j < k.size(0); ++j) y[l] += k[j] * u[l - j];
  }
  return y;
}

const DataShape sequence{.grid = {10}, .field_channels = 2, .out_channels = 3};

}  // namespace

TEST_CASE("a periodic convolution by FFT is the direct sum") {
  for (const auto& [n1, n2] : {std::pair<std::int64_t, std::int64_t>{8, 6}, {7, 9}, {1, 5}, {16, 15}}) {
    const torch::Tensor u = numbers("u", {n1, n2});
    const torch::Tensor k = numbers("k", {n1, n2});
    CHECK(relative_difference(periodic_convolution(u, k, 2), direct_periodic(u, k)) < 1e-10);
  }
  CHECK_THROWS_WITH(periodic_convolution(torch::zeros({3, 4}), torch::zeros({4, 4}), 2),
                    ContainsSubstring("(3, 4)") && ContainsSubstring("(4, 4)"));
}

TEST_CASE("a causal convolution by FFT is the direct sum, also for kernels that are shorter or longer") {
  for (const auto& [length, taps] :
       {std::pair<std::int64_t, std::int64_t>{1, 1}, {64, 64}, {97, 97}, {50, 7}, {20, 33}}) {
    const torch::Tensor u = numbers("u", {length});
    const torch::Tensor k = numbers("k", {taps});
    CHECK(relative_difference(causal_convolution(u, k), direct_causal(u, k)) < 1e-10);
    CHECK(relative_difference(monarch_causal_convolution(u, k), direct_causal(u, k)) < 1e-10);
  }
  CHECK_THROWS_AS(causal_convolution(torch::zeros({0}), torch::zeros({3})), ShapeError);
  CHECK_THROWS_AS(monarch_causal_convolution(torch::zeros({3}), torch::zeros({0})), ShapeError);
}

TEST_CASE("a long causal convolution is exact for an exponential kernel") {
  // y_l = u_l + r y_{l-1} is the convolution with r^j.
  const std::int64_t length = 1 << 16;
  const double r = 0.999;
  const torch::Tensor u = numbers("u", {length});
  const torch::Tensor k = torch::exp(std::log(r) * torch::arange(length, torch::kFloat64));
  torch::Tensor y = torch::empty_like(u);
  double state = 0;
  for (std::int64_t l = 0; l < length; ++l) y.data_ptr<double>()[l] = state = u.data_ptr<double>()[l] + r * state;
  CHECK(relative_difference(causal_convolution(u, k), y) < 1e-10);
  CHECK(relative_difference(monarch_causal_convolution(u, k), y) < 1e-10);
}

TEST_CASE("the convolutions broadcast over batch and channels and have the derivatives of the direct sum") {
  const torch::Tensor u = numbers("u", {2, 3, 12}).set_requires_grad(true);
  const torch::Tensor k = numbers("k", {3, 12}).set_requires_grad(true);
  const torch::Tensor weights = numbers("w", {2, 3, 12});
  torch::Tensor direct = torch::zeros({2, 3, 12}, torch::kFloat64);
  for (std::int64_t j = 0; j < 12; ++j) {
    direct = direct + torch::constant_pad_nd(u.narrow(2, 0, 12 - j), {j, 0}) * k.narrow(1, j, 1);
  }
  const auto want = torch::autograd::grad({(direct * weights).sum()}, {u, k});
  for (const auto& y : {causal_convolution(u, k), monarch_causal_convolution(u, k)}) {
    CHECK(relative_difference(y, direct) < 1e-12);
    const auto got = torch::autograd::grad({(y * weights).sum()}, {u, k});
    CHECK(relative_difference(got[0], want[0]) < 1e-12);
    CHECK(relative_difference(got[1], want[1]) < 1e-12);
  }
}

TEST_CASE("fast lengths are products of 2, 3 and 5 and the smallest") {
  for (std::int64_t n = 1; n < 700; ++n) {
    std::int64_t want = n;
    const auto smooth = [](std::int64_t m) {
      for (const std::int64_t p : {2, 3, 5}) {
        while (m % p == 0) m /= p;
      }
      return m == 1;
    };
    while (!smooth(want)) ++want;
    REQUIRE(fast_length(n) == want);
  }
}

TEST_CASE("the spectral convolution of an FNO is a periodic convolution with the kernel of its modes") {
  torch::manual_seed(1);
  const std::int64_t n1 = 7, n2 = 9, in = 2, out = 3;
  for (const auto& [m1, m2] : {std::pair<std::int64_t, std::int64_t>{7, 9}, {3, 5}}) {
    SpectralConv spectral({.in_channels = in, .out_channels = out, .n_modes = {m1, m2}, .bias = false});
    spectral.to(torch::kFloat64);
    // (modes, in, 2, out) to the spectrum of the kernel, (out, in, n1, n2 / 2 + 1), frequencies 0, 1, ..., -1 first.
    const torch::Tensor weights = spectral.weights().detach().reshape({m1, m2 / 2 + 1, in, 2, out});
    torch::Tensor spectrum = torch::zeros({out, in, n1, n2 / 2 + 1}, torch::kComplexDouble);
    for (std::int64_t a = 0; a < m1; ++a) {
      for (std::int64_t b = 0; b <= m2 / 2; ++b) {
        const torch::Tensor mode = torch::complex(weights[a][b].select(1, 0), weights[a][b].select(1, 1)).t();
        spectrum.index_put_({torch::indexing::Slice(), torch::indexing::Slice(), (a - m1 / 2 + n1) % n1, b}, mode);
      }
    }
    const torch::Tensor kernel = torch::fft::irfft2(spectrum, at::IntArrayRef({n1, n2}));
    const torch::Tensor u = numbers("u", {2, in, n1, n2});
    const torch::Tensor want = periodic_convolution(u.unsqueeze(1), kernel, 2).sum(2);
    const torch::Tensor got = spectral.forward(u.permute({0, 2, 3, 1}).contiguous()).permute({0, 3, 1, 2}).detach();
    CHECK(relative_difference(got, want) < 1e-10);
  }
}

TEST_CASE("the Monarch transform is the discrete Fourier transform") {
  for (const std::int64_t n : {1, 2, 12, 16, 13, 60, 1000, 1024}) {
    const MonarchTransform transform(n, torch::kFloat64);
    const torch::Tensor x = torch::complex(numbers("re", {3, n}), numbers("im", {3, n}));
    const torch::Tensor want = torch::fft::fft(x);
    // Rounding grows with the square root of the number of terms.
    CHECK(((transform.forward(x) - want).abs().max() / want.abs().max()).item<double>() < 1e-13 * std::sqrt(n));
    CHECK(((transform.inverse(want) - x).abs().max()).item<double>() < 1e-12);
    CHECK(n % transform.first_factor() == 0);
  }
  CHECK_THROWS_AS(MonarchTransform(0, torch::kFloat64), ShapeError);
}

TEST_CASE("a Monarch convolution on a periodic lattice is the direct sum") {
  for (const std::int64_t n : {1, 16, 30, 37}) {
    const torch::Tensor u = numbers("u", {1, n});
    const torch::Tensor k = numbers("k", {1, n});
    CHECK(relative_difference(monarch_periodic_convolution(u, k), direct_periodic(u, k)) < 1e-10);
  }
  CHECK_THROWS_AS(monarch_periodic_convolution(torch::zeros({3}), torch::zeros({4})), ShapeError);
}

TEST_CASE("a Monarch matrix is the product of its factors") {
  MonarchMatrix matrix(3);
  matrix.to(torch::kFloat64);
  const torch::Tensor left = torch::block_diag(matrix.named_parameters()["left"].unbind(0));
  const torch::Tensor right = torch::block_diag(matrix.named_parameters()["right"].unbind(0));
  const torch::Tensor p = torch::zeros({9, 9}, torch::kFloat64);
  for (std::int64_t a = 0; a < 3; ++a) {
    for (std::int64_t b = 0; b < 3; ++b) p[3 * a + b][3 * b + a] = 1;
  }
  const torch::Tensor dense = p.mm(left).mm(p).mm(right).mm(p);
  const torch::Tensor x = numbers("x", {4, 2, 9});
  CHECK(relative_difference(matrix.forward(x), x.matmul(dense.t())) < 1e-13);
}

TEST_CASE("the kernel of S4D is the impulse response of its state space model") {
  S4dKernel kernel(2, 6, 0.01, 0.1);
  kernel.to(torch::kFloat64);
  const torch::Tensor k = kernel.forward(50);
  auto parameters = kernel.named_parameters();
  const torch::Tensor step = parameters["log_step"].exp();
  // x' = A x + u with u = 1 during the first step: x_1 = (exp(dt A) - 1) / A, x_{l+1} = exp(dt A) x_l.
  const torch::Tensor a = torch::complex(-parameters["log_decay"].exp(), parameters["frequency"]);
  const torch::Tensor c = torch::view_as_complex(parameters["output"]);
  const torch::Tensor factor = (a * step.unsqueeze(1)).exp();
  torch::Tensor state = (factor - 1) / a;
  for (std::int64_t l = 0; l < 50; ++l) {
    const torch::Tensor want = 2 * torch::real((c * state).sum(1));
    CHECK((k.select(1, l) - want).abs().max().item<double>() < 1e-12);
    state = state * factor;
  }
}

TEST_CASE("a lattice convolution in two and three dimensions is the direct sum") {
  auto flat = test::make("lattice_convolution", "bias = false", {.grid = {4, 5}, .field_channels = 1});
  test::fill(*flat);
  const torch::Tensor u = numbers("u", {4, 5});
  const torch::Tensor kernel = flat->named_parameters()["kernel"].detach()[0][0];
  CHECK(relative_difference((*flat)(u.reshape({1, 1, 4, 5}))[0][0].detach(), direct_periodic(u, kernel)) < 1e-10);

  auto zero = test::make("lattice_convolution", "boundary = \"zero\"", {.grid = {3, 2, 4}, .field_channels = 1});
  test::fill(*zero);
  const torch::Tensor v = numbers("v", {3, 2, 4});
  const torch::Tensor weights = zero->named_parameters()["kernel"].detach()[0][0];
  const torch::Tensor got = (*zero)(v.reshape({1, 1, 3, 2, 4}))[0][0].detach();
  const double bias = zero->named_parameters()["bias"].item<double>();
  const auto at = [](const torch::Tensor& t, std::int64_t a, std::int64_t b, std::int64_t c) {
    return t.index({(a + t.size(0)) % t.size(0), (b + t.size(1)) % t.size(1), (c + t.size(2)) % t.size(2)})
        .item<double>();
  };
  for (std::int64_t x = 0; x < 24; ++x) {
    double want = bias;
    for (std::int64_t z = 0; z < 24; ++z) {
      want += at(weights, x / 8 - z / 8, x / 4 % 2 - z / 4 % 2, x % 4 - z % 4) * at(v, z / 8, z / 4 % 2, z % 4);
    }
    CHECK(std::abs(at(got, x / 8, x / 4 % 2, x % 4) - want) < 1e-10);
  }
}

TEST_CASE("S4D answers a finer sampling of the same signal alike when steps scale with the spacing") {
  auto model = test::make("s4d", "channels = 4\nstates = 8\nlayers = 1\nresolution_scaled = true",
                          {.grid = {200}, .field_channels = 1});
  test::fill(*model);
  {
    // Steps of about 1 / 60, which resolve the fastest of the frequencies.
    const torch::NoGradGuard no_gradients;
    model->named_parameters()["layer0.kernel.log_step"].sub_(4);
  }
  const auto signal = [](std::int64_t n) {
    return torch::sin(6 * torch::arange(n, torch::kFloat64) / static_cast<double>(n)).reshape({1, 1, n});
  };
  const torch::Tensor coarse = (*model)(signal(200)).detach();
  // First order: the error of holding the signal over a step halves with the step.
  const auto error = [&](std::int64_t factor) {
    const torch::Tensor fine = (*model)(signal(200 * factor)).detach();
    const torch::Tensor finer = (*model)(signal(400 * factor)).detach();
    return (fine - finer.slice(2, 0, torch::indexing::None, 2)).abs().max().item<double>();
  };
  CHECK(error(2) < 0.6 * error(1));
  CHECK(error(4) < 0.6 * error(2));
  CHECK(coarse.sizes() == torch::IntArrayRef({1, 1, 200}));
}

TEST_CASE("options of convolutions that make no sense are refused") {
  CHECK_THROWS_WITH(test::make("s4d", "states = 5", sequence), ContainsSubstring("even number"));
  CHECK_THROWS_WITH(test::make("s4d", "step_min = 1.0", sequence), ContainsSubstring("exchange step_min and step_max"));
  CHECK_THROWS_WITH(test::make("s4d", "", {.grid = {8, 8}, .field_channels = 1}),
                    ContainsSubstring("fields with 1 axes"));
}
