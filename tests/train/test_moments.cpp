// SPDX-License-Identifier: MIT
#include "support/catch.h"

#include <numeric>

#include "base/error.h"
#include "train/moments.h"

using namespace floe::train;
using torch::Tensor;

namespace {

constexpr auto f64 = torch::kDouble;

double largest(const Tensor& tensor) {
  return tensor.abs().max().item<double>();
}

/// Samples of all kinds, 150 of them: more than two parts of fit_normalisers().
Examples point_sets() {
  torch::manual_seed(8);
  Examples examples;
  examples.inputs.points = 3 + torch::rand({150, 6, 2}, f64) * torch::tensor({1.0, 7.0}, f64);
  examples.inputs.values = torch::randn({150, 6, 1}, f64) - 2;
  examples.inputs.mask = (torch::rand({150, 6}, f64) > 0.3).to(f64);
  examples.inputs.queries = torch::rand({150, 4, 2}, f64);
  examples.outputs = 5 * torch::randn({150, 4, 1}, f64);
  examples.mask = (torch::rand({150, 4, 1}, f64) > 0.5).to(f64);
  return examples;
}

std::vector<std::int64_t> numbers(std::int64_t count) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  return all;
}

}  // namespace

TEST_CASE("moments of samples in parts are those of all samples") {
  torch::manual_seed(7);
  // A mean of 1000 deviations: sums of squares taken from 0 would lose six digits.
  const Tensor x = 1000 + torch::randn({90, 2, 5}, f64) * torch::tensor({1.0, 4.0}, f64).view({1, 2, 1});
  const Tensor mask = (torch::rand({90, 1, 5}, f64) > 0.4).to(f64);
  for (const NormaliserKind kind : {NormaliserKind::scalar, NormaliserKind::per_channel, NormaliserKind::per_point}) {
    for (const Tensor& weight : {Tensor(), mask}) {
      Moments moments(kind, false);
      for (const auto& [first, count] : {std::pair(0, 1), std::pair(1, 60), std::pair(61, 29)}) {
        moments.add(x.narrow(0, first, count), weight.defined() ? weight.narrow(0, first, count) : weight);
      }
      // Sums of up to 900 numbers near 1000 by pairs: 10 roundings of 1.1e-16 times 1000, over the deviation 1.
      const Tensor z = moments.normaliser().encode(x);
      CHECK(largest(z - Normaliser(kind, x, false, weight).encode(x)) < 1e-11);
      if (!weight.defined() && kind == NormaliserKind::per_point) CHECK(largest(z.mean(0)) < 1e-11);
    }
  }
}

TEST_CASE("normalisers are the same bits from memory and from a file, and those of all samples") {
  const Examples examples = point_sets();
  NormaliserChoice choice{.positions = true, .channels_last = true};
  const Normalisers memory = fit_normalisers(MemoryBatches(examples), choice);
  const StreamedBatches file([&](std::int64_t first, std::int64_t count) { return examples.narrow(first, count); },
                             numbers(150));
  const Normalisers streamed = fit_normalisers(file, choice);
  floe::io::Checkpoint a;
  floe::io::Checkpoint b;
  memory.save(a);
  streamed.save(b);
  CHECK(a.tensors.size() == 6);  // mean and deviation of values, positions and outputs
  for (const auto& [name, tensor] : a.tensors) CHECK(tensor.values == b.tensors.at(name).values);

  const Inputs& in = examples.inputs;
  const Inputs encoded = memory.encode(in);
  CHECK(largest(encoded.values -
                Normaliser(NormaliserKind::per_channel, in.values, true, in.mask.unsqueeze(2)).encode(in.values)) <
        1e-12);
  CHECK(largest(encoded.points - position_normaliser(in, examples.mask).encode(in.points)) < 1e-12);
  CHECK(
      largest(memory.outputs.encode(examples.outputs) -
              Normaliser(NormaliserKind::per_channel, examples.outputs, true, examples.mask).encode(examples.outputs)) <
      1e-12);
  choice.inputs = NormaliserKind::per_point;
  CHECK_THROWS_AS(fit_normalisers(file, choice), floe::ConfigError);
}

TEST_CASE("fields, numbers and frames are normalised") {
  torch::manual_seed(9);
  Examples examples;
  examples.inputs.fields = 4 + torch::randn({70, 3, 8}, f64);
  examples.inputs.parameters = torch::randn({70, 2}, f64) * 10;
  examples.outputs = torch::randn({70, 5, 2, 8}, f64) + torch::tensor({0.0, 9.0}, f64).view({1, 1, 2, 1});
  const Normalisers fitted = fit_normalisers(MemoryBatches(examples), {.frames = true});
  const Inputs encoded = fitted.encode(examples.inputs);
  CHECK(largest(encoded.fields.mean(std::vector<std::int64_t>{0, 2})) < 1e-13);
  CHECK(largest(encoded.parameters.mean(0)) < 1e-13);
  CHECK(largest(fitted.outputs.encode(examples.outputs.flatten(0, 1)).mean(std::vector<std::int64_t>{0, 2})) < 1e-13);
  CHECK(torch::equal(fit_normalisers(MemoryBatches(examples), {.parameters = false, .frames = true})
                         .encode(examples.inputs)
                         .parameters,
                     examples.inputs.parameters));
}
