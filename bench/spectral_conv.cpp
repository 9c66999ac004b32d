// SPDX-License-Identifier: MIT
// A spectral convolution, forward and backward, by products with small matrices and by LibTorch's FFT. The ratio of the
// two decides which one SpectralMethod::automatic takes.
#include <benchmark/benchmark.h>

#include "operators/fno/spectral_conv.h"

namespace {

using namespace floe::operators;

void step(benchmark::State& state, std::vector<std::int64_t> grid, std::int64_t modes, SpectralMethod method) {
  torch::manual_seed(1);
  const std::int64_t channels = 32;
  SpectralConv conv({.in_channels = channels,
                     .out_channels = channels,
                     .n_modes = std::vector<std::int64_t>(grid.size(), modes),
                     .method = method});
  std::vector<std::int64_t> shape{4};
  shape.insert(shape.end(), grid.begin(), grid.end());
  shape.push_back(channels);
  const torch::Tensor x = torch::randn(shape).requires_grad_();
  const torch::Tensor g = torch::randn(shape);
  for (auto _ : state) {
    conv.zero_grad();
    x.mutable_grad() = torch::Tensor();
    conv.forward(x).backward(g);
    benchmark::DoNotOptimize(x.grad().data_ptr());
  }
}

int add_all() {
  struct Case {
    std::vector<std::int64_t> grid;
    std::int64_t modes;
  };
  for (const Case& c : {Case{{1024}, 32}, Case{{1024}, 512}, Case{{8192}, 32}, Case{{85, 85}, 24}, Case{{64, 64}, 24},
                        Case{{64, 64}, 64}, Case{{256, 256}, 24}, Case{{256, 256}, 128}, Case{{32, 32, 32}, 12},
                        Case{{32, 32, 32}, 32}}) {
    std::string name;
    for (const std::int64_t n : c.grid) name += (name.empty() ? "" : "x") + std::to_string(n);
    name += " modes " + std::to_string(c.modes);
    for (const auto& [label, method] :
         {std::pair("matrices", SpectralMethod::matrices), std::pair("fft", SpectralMethod::fft)}) {
      benchmark::RegisterBenchmark((name + " " + label).c_str(),
                                   [=, method = method](benchmark::State& s) { step(s, c.grid, c.modes, method); })
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime()
          ->MinTime(0.3);
    }
  }
  return 0;
}

const int added = add_all();

}  // namespace
