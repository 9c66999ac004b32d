// SPDX-License-Identifier: MIT
#include "support/catch.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>

#include "setup.h"
#include "train/lbfgs.h"
#include "train/line_search.h"

using namespace floe::train;
using floe::test::Setup;
using torch::Tensor;

namespace {

constexpr auto f64 = torch::kDouble;

/// Steps until nothing lower is found; returns the number of evaluations.
std::int64_t minimise(Tensor& x, const std::function<Tensor(const Tensor&)>& function, int steps) {
  Lbfgs lbfgs({{"x", x}}, {});
  std::int64_t evaluations = 0;
  for (int i = 0; i < steps; ++i) {
    const Lbfgs::Step step = lbfgs.step([&] {
      x.mutable_grad() = Tensor();
      const Tensor value = function(x);
      value.backward();
      return value.item<double>();
    });
    evaluations += step.evaluations;
    if (step.done) break;
  }
  return evaluations;
}

/// The rows of tests/golden/lbfgs.txt by name.
std::map<std::string, Tensor> golden() {
  std::map<std::string, Tensor> rows;
  std::ifstream file(FLOE_SOURCE_DIR "/tests/golden/lbfgs.txt");
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream in(line);
    std::string name;
    in >> name;
    std::vector<double> values;
    for (double v = 0; in >> v;) values.push_back(v);
    rows[name] = torch::tensor(values, f64);
  }
  return rows;
}

}  // namespace

TEST_CASE("a line search ends where the strong Wolfe conditions hold") {
  struct Function {
    std::function<double(double)> value, slope;
  };
  const Function functions[] = {
      {[](double t) { return t * t - 3 * t; }, [](double t) { return 2 * t - 3; }},
      {[](double t) { return std::cos(5 * t) - t; }, [](double t) { return -5 * std::sin(5 * t) - 1; }},
      {[](double t) { return std::pow(t, 4) - 1e-3 * t; }, [](double t) { return 4 * t * t * t - 1e-3; }},
      {[](double t) { return std::exp(-t) + 1e-4 * t; }, [](double t) { return -std::exp(-t) + 1e-4; }},
      // Not a number from 2 on.
      {[](double t) { return -std::log(2 - t) - 2 * t; }, [](double t) { return 1 / (2 - t) - 2; }},
  };
  for (const Function& f : functions) {
    for (const double first : {1e-4, 1.0, 30.0}) {
      int evaluations = 0;
      const LinePoint start{0, f.value(0), f.slope(0)};
      const LinePoint found = strong_wolfe(start, first, 25, [&](double t) {
        ++evaluations;
        return LinePoint{t, f.value(t), f.slope(t)};
      });
      INFO(first << " " << found.at);
      CHECK(found.at > 0);
      CHECK(found.value == f.value(found.at));
      CHECK(found.value <= start.value + 1e-4 * found.at * start.slope);
      CHECK(std::abs(found.slope) <= 0.9 * std::abs(start.slope));
      CHECK(evaluations <= 25);
    }
  }
  // Without an end: the lowest place that was tried.
  const LinePoint far = strong_wolfe({0, 0, -1}, 1, 4, [](double t) { return LinePoint{t, -t, -1}; });
  CHECK(far.value == -far.at);
  CHECK(far.at > 100);
  const LinePoint nowhere = strong_wolfe({0, 0, -1}, 1, 5, [](double t) {
    return LinePoint{t, std::numeric_limits<double>::quiet_NaN(), 0};
  });
  CHECK(nowhere.at == 0);
}

TEST_CASE("L-BFGS finds the minima of Rosenbrock's function and of a quadratic form") {
  Tensor x = torch::tensor({-1.2, 1.0, -1.2, 1.0}, f64).requires_grad_();
  const auto rosenbrock = [](const Tensor& p) {
    const Tensor a = p.index_select(0, torch::tensor({0, 2}));
    const Tensor b = p.index_select(0, torch::tensor({1, 3}));
    return (100 * (b - a * a).pow(2) + (1 - a).pow(2)).sum();
  };
  // About 40 steps with 50 evaluations are usual for this start.
  CHECK(minimise(x, rosenbrock, 80) < 120);
  // f = (1 - a)^2 + 100 (b - a^2)^2 cannot be told from 0 below the rounding of its terms, 1e-16: |1 - a| < 1e-8.
  CHECK((x.detach() - 1).abs().max().item<double>() < 2e-8);

  torch::manual_seed(3);
  const Tensor q = std::get<0>(torch::linalg_qr(torch::randn({30, 30}, f64)));
  const Tensor matrix = q.matmul(torch::logspace(0, 3, 30, 10.0, f64).diag()).matmul(q.t());
  const Tensor right = torch::randn({30}, f64);
  Tensor z = torch::zeros({30}, f64).requires_grad_();
  minimise(
      z, [&](const Tensor& p) { return p.dot(matrix.matmul(p)) / 2 - p.dot(right); }, 300);
  // The least eigenvalue is 1: the error is below the gradient, which is known to 1e-16 times condition and length once
  // values no longer tell: sqrt(2 * 1e-16 |f|) sqrt(1e3).
  const Tensor exact = torch::linalg_solve(matrix, right);
  const double value = right.dot(exact).item<double>() / 2;
  CHECK((z.detach() - exact).norm().item<double>() < std::sqrt(2.2e-16 * value * 1e3));
}

TEST_CASE("L-BFGS ends where SciPy does on a small network") {
  auto rows = golden();
  const Tensor x = rows.at("x");
  const Tensor y = rows.at("y");
  Tensor w = rows.at("start").clone().requires_grad_();
  const auto loss_of = [&](const Tensor& p) {
    const Tensor h = torch::tanh(x.unsqueeze(1) * p.slice(0, 0, 2) + p.slice(0, 2, 4));
    return (h.matmul(p.slice(0, 4, 6)) + p[6] - y).pow(2).mean() + 1e-3 * p.dot(p);
  };
  minimise(w, loss_of, 400);
  // Both stop where the loss can no longer be told lower: ten roundings of it.
  CHECK(loss_of(w).item<double>() == Approx(rows.at("value").item<double>()).epsilon(1e-13));
}

TEST_CASE("L-BFGS trains by the loop, on all samples in pieces, until nothing lower is found") {
  TrainOptions options;
  options.optimiser.kind = OptimiserKind::lbfgs;
  options.loss.kind = LossKind::mse;
  options.epochs = 40;
  const auto trained = [&](std::int64_t batch_size) {
    Setup setup;
    setup.net->to(f64);
    setup.train = {.inputs = {.parameters = setup.train.inputs.parameters.to(f64)},
                   .outputs = setup.train.outputs.to(f64)};
    TrainOptions own = options;
    own.batch_size = batch_size;
    Trainer trainer(*setup.net, setup.forward(), own, 1);
    std::vector<double> losses;
    trainer.run(MemoryBatches(setup.train), MemoryBatches(), {.step = [&](double loss) { losses.push_back(loss); }});
    CHECK(trainer.step() == static_cast<std::int64_t>(losses.size()));
    return losses;
  };
  const std::vector<double> whole = trained(29);
  REQUIRE(whole.size() == 40);
  CHECK(std::is_sorted(whole.rbegin(), whole.rend()));
  CHECK(whole.back() < 0.02 * whole.front());
  // Pieces of 8 give the same sums but for rounding, which the first steps do not magnify much.
  const std::vector<double> pieces = trained(8);
  for (std::size_t i = 0; i < 5; ++i) CHECK(pieces[i] == Approx(whole[i]).epsilon(1e-9));

  // A function with its minimum at hand: the training ends by itself.
  torch::nn::Linear line(1, 1);
  line->to(f64);
  const Tensor in = torch::linspace(-1, 1, 9, f64).view({9, 1});
  const MemoryBatches samples({.inputs = {.parameters = in}, .outputs = (3 * in - 1).unsqueeze(2)});
  options.epochs = 1000;
  Trainer trainer(
      *line, [&](const Inputs& inputs) { return line->forward(inputs.parameters).unsqueeze(2); }, options, 1);
  CHECK(trainer.run(samples, MemoryBatches(), {}) == Trainer::Ending::complete);
  CHECK(trainer.epoch() < 50);
  CHECK(line->weight.item<double>() == Approx(3).epsilon(1e-7));
  CHECK(line->bias.item<double>() == Approx(-1).epsilon(1e-7));
}
