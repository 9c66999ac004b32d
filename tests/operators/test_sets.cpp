// SPDX-License-Identifier: MIT
#include <fstream>
#include <string>

#include "base/error.h"
#include "model_checks.h"
#include "operators/sets/attention.h"

using namespace floe;
using namespace floe::operators;
using floe::test::make;
using floe::test::numbers;
using floe::test::relative_difference;

namespace {

const DataShape plane{.value_channels = 2, .dimension = 2};

/// Keys of a small model of each kind, by its name in the registry.
const std::vector<std::pair<std::string, std::string>> models_of_sets{
    {"set_transformer", "features = 4\nheads = 2\nlayers = 2"},
    {"set_transformer", "features = 4\nheads = 2\nlayers = 2\nencoding = \"shared\""},
    {"encoder_decoder", "features = 4\nheads = 2\nlayers = 2"},
    {"neural_process", "features = 4"},
    {"kernel_average", "hidden = [5]\nwidth = 0.5"},
    {"graph_element", "features = 4\nnodes = 3\nsteps = 2"},
    {"nearest_neighbours", "neighbours = 4"}};

/// Two samples of 5 points, of which the second has 3; padding holds numbers as well.
train::Inputs two_sets() {
  torch::Tensor mask = torch::ones({2, 5}, torch::kFloat64);
  mask[1][3] = mask[1][4] = 0;
  return {.points = numbers("points", {2, 5, 2}),
          .values = numbers("values", {2, 5, 2}),
          .mask = mask,
          .queries = numbers("queries", {3, 2})};
}

}  // namespace

TEST_CASE("blocked attention is attention, with its derivatives, for every size of block and with masks") {
  for (const bool masked : {false, true}) {
    const torch::Tensor q = numbers("q", {2, 3, 17, 4}).set_requires_grad(true);
    const torch::Tensor k = numbers("k", {2, 3, 23, 4}).set_requires_grad(true);
    const torch::Tensor v = numbers("v", {2, 3, 23, 5}).set_requires_grad(true);
    torch::Tensor mask;
    if (masked) {
      mask = (numbers("mask", {2, 23}) > 0).to(torch::kFloat64);
      mask[1] = 0;  // a sample without keys
    }
    const torch::Tensor weights = numbers("w", {2, 3, 17, 5});
    const torch::Tensor want = dense_attention(q, k, v, mask);
    const auto want_gradients = torch::autograd::grad({(want * weights).sum()}, {q, k, v});
    for (const std::int64_t block : {1, 4, 17, 100}) {
      const torch::Tensor got = blocked_attention(q, k, v, mask, block);
      CHECK(relative_difference(got, want) < 1e-13);
      const auto gradients = torch::autograd::grad({(got * weights).sum()}, {q, k, v});
      for (std::size_t i = 0; i < 3; ++i) CHECK(relative_difference(gradients[i], want_gradients[i]) < 1e-12);
    }
    if (masked) CHECK(want[1].abs().max().item<double>() == 0);
  }
}

TEST_CASE("attention is its definition, term by term") {
  const torch::Tensor q = numbers("q", {1, 1, 3, 2}), k = numbers("k", {1, 1, 4, 2}), v = numbers("v", {1, 1, 4, 2});
  const torch::Tensor got = attention(q, k, v);
  for (int i = 0; i < 3; ++i) {
    double norm = 0;
    torch::Tensor sum = torch::zeros({2}, torch::kFloat64);
    for (int j = 0; j < 4; ++j) {
      const double e = std::exp((q[0][0][i] * k[0][0][j]).sum().item<double>() / std::sqrt(2.0));
      norm += e;
      sum += e * v[0][0][j];
    }
    CHECK((got[0][0][i] - sum / norm).abs().max().item<double>() < 1e-14);
  }
}

TEST_CASE("attention over a large set is done in blocks and agrees with the whole matrix") {
  // 1500 x 1500 pairs, above attention_block^2, in float32.
  const torch::Tensor q = numbers("q", {1, 2, 1500, 8}).to(torch::kFloat32).set_requires_grad(true);
  const torch::Tensor k = numbers("k", {1, 2, 1500, 8}).to(torch::kFloat32);
  const torch::Tensor v = numbers("v", {1, 2, 1500, 8}).to(torch::kFloat32);
  const torch::Tensor mask = (numbers("mask", {1, 1500}) > -0.5).to(torch::kFloat32);
  for (const torch::Tensor& m : {torch::Tensor(), mask}) {
    const torch::Tensor want = dense_attention(q, k, v, m);
    const torch::Tensor got = attention(q, k, v, m);
    CHECK(relative_difference(got, want) < 1e-5);
    const auto gradient = [&](const torch::Tensor& out) { return torch::autograd::grad({(out * v).sum()}, {q})[0]; };
    CHECK(relative_difference(gradient(got), gradient(want)) < 1e-4);
  }
}

namespace {

/// The most memory this process has had since it began or since `reset`, in MiB; 0 where the system does not tell.
double peak_memory(bool reset = false) {
  if (reset) std::ofstream("/proc/self/clear_refs") << 5;
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kibibytes = 0;
    if (word == "VmHWM:" && status >> kibibytes) return kibibytes / 1024;
  }
  return 0;
}

}  // namespace

TEST_CASE("attention over a large set takes memory for blocks, not for the matrix, forwards and backwards") {
  const std::int64_t n = 6000;
  torch::set_num_threads(1);
  const torch::Tensor q = torch::randn({1, 2, n, 4}).set_requires_grad(true);
  const double before = peak_memory(true);
  if (before == 0) {
    WARN("skipped: /proc does not tell the memory of a process");
    SUCCEED();
    return;
  }
  attention(q, q, q).sum().backward();
  // Two heads of 6000^2 numbers in float32 are 275 MiB; a block of attention_block^2 numbers for each head and a few
  // more of that size in the derivative are a tenth of it.
  CHECK(peak_memory() - before < 64);
}

TEST_CASE("models of sparse measurements have the published numbers of parameters") {
  const DataShape wind{.value_channels = 2, .dimension = 3, .out_channels = 2};
  const auto count = [&](const std::string& name, const std::string& keys) {
    return make(name, keys, wind)->parameter_count();
  };
  CHECK(count("set_transformer", "features = 12\nheads = 2\nlayers = 3") == 4934);
  CHECK(count("set_transformer", "features = 24\nheads = 2\nlayers = 3") == 18506);
  CHECK(count("set_transformer", "features = 32\nheads = 8\nlayers = 9") == 83618);
  CHECK(count("neural_process", "features = 32") == 7746);
  CHECK(count("nearest_neighbours", "") == 0);
}

TEST_CASE("models of sparse measurements do not depend on the order of points, nor on what pads") {
  for (const auto& [name, keys] : models_of_sets) {
    INFO(name << "\n" << keys);
    auto model = make(name, keys, plane);
    test::fill(*model);
    const train::Inputs inputs = two_sets();
    const torch::Tensor want = (*model)(inputs);
    train::Inputs other = inputs;
    const torch::Tensor order = torch::tensor({3, 1, 4, 0, 2});
    for (torch::Tensor* t : {&other.points, &other.values, &other.mask}) *t = t->index_select(1, order);
    CHECK(relative_difference((*model)(other), want) < 1e-12);
    other = inputs;
    const torch::Tensor pads = 1 - inputs.mask.unsqueeze(2);
    other.points = other.points + 7 * pads;
    other.values = other.values - 30 * pads;
    CHECK(relative_difference((*model)(other), want) < 1e-12);
    // More points and queries than ever before.
    CHECK((*model)({.points = numbers("p", {1, 40, 2}),
                    .values = numbers("v", {1, 40, 2}),
                    .queries = numbers("q", {1, 60, 2})})
              .sizes() == torch::IntArrayRef({1, 60, 1}));
  }
}

TEST_CASE("models of sparse measurements in one and three dimensions") {
  for (const std::int64_t dimension : {1, 3}) {
    for (const auto& [name, keys] : models_of_sets) {
      auto model = make(name, keys, {.value_channels = 2, .dimension = dimension, .out_channels = 2});
      test::fill(*model);
      const torch::Tensor out = (*model)({.points = numbers("p", {2, 6, dimension}),
                                          .values = numbers("v", {2, 6, 2}),
                                          .queries = numbers("q", {2, 3, dimension})});
      CHECK(out.sizes() == torch::IntArrayRef({2, 3, 2}));
      CHECK(out.isfinite().all().item<bool>());
    }
  }
}

TEST_CASE("averages find what they must: a query at a point, far from all others") {
  train::Inputs inputs{.points = torch::tensor({0.0, 10.0, 20.0}, torch::kFloat64).reshape({1, 3, 1}),
                       .values = torch::tensor({1.0, 5.0, -2.0}, torch::kFloat64).reshape({1, 3, 1}),
                       .queries = torch::tensor({0.0, 10.0, 20.0}, torch::kFloat64).reshape({3, 1})};
  const DataShape line{.value_channels = 1, .dimension = 1};
  auto kernel = make("kernel_average", "", line);
  kernel->to(torch::kFloat64);
  // exp(-50) of the neighbours.
  CHECK(((*kernel)(inputs)-inputs.values).abs().max().item<double>() < 1e-15);
  auto nearest = make("nearest_neighbours", "neighbours = 1", line);
  CHECK(torch::equal((*nearest)(inputs), inputs.values));
  auto all = make("nearest_neighbours", "neighbours = 9", line);
  CHECK(((*all)(inputs)-4.0 / 3).abs().max().item<double>() < 1e-15);
}

TEST_CASE("options and data that do not suit models of sparse measurements are refused") {
  CHECK_THROWS_WITH(make("set_transformer", "features = 10\nheads = 4", plane),
                    ContainsSubstring("10 features") && ContainsSubstring("4 heads"));
  CHECK_THROWS_WITH(make("set_transformer", "", {.grid = {8}, .field_channels = 1}),
                    ContainsSubstring("takes values at points"));
  CHECK_THROWS_WITH(make("nearest_neighbours", "", {.value_channels = 1, .dimension = 2, .out_channels = 2}),
                    ContainsSubstring("means of 1 channels"));
  CHECK_THROWS_WITH(make("graph_element", "lower = 1.0\nupper = 0.0", plane), ContainsSubstring("between 1 and 0"));
}
