// SPDX-License-Identifier: MIT
// One training step (forward, loss, backward, optimiser) of a model of the registry, for bench/operators.py, which
// times it beside the same model in Python. The program reads lines of standard input, each a number of steps, makes
// them, and answers with the seconds of one step and the largest resident memory so far in MiB.
//
//   bench_operators <threads> fno|mgno|deeponet|fisher
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>

#include "base/threads.h"
#include "config/document.h"
#include "config/read.h"
#include "operators/registry.h"
#include "train/loss.h"
#include "train/optimiser.h"
#include "train/process.h"

namespace {

using namespace floe;

struct Case {
  std::string model;
  std::string keys;
  operators::DataShape data{};
  train::Inputs inputs{};
  torch::Tensor outputs{};
  train::LossOptions loss{};
};

/// The sizes of bench/operators.py.
Case make_case(const std::string& name) {
  Case made;
  if (name == "fno" || name == "mgno") {
    // experiments/darcy_85, and the published Darcy model of MgNO on the same grid.
    const std::int64_t batch = name == "fno" ? 10 : 8;
    made.model = name;
    made.keys = name == "fno" ? "n_modes = [24, 22]\nhidden_channels = 32\nlifting_channel_ratio = 0.0\n"
                                "projection_channel_ratio = 4.0\nuse_channel_mlp = false\nfno_skip_bias = true\n"
                                "spectral_bias = false\ndomain_padding = [0.1]\n"
                              : "layers = 4\nchannels = 24\nsmoothing = [1, 1, 1, 1, 1, 2]\n";
    made.data.grid = {85, 85};
    made.data.field_channels = 1;
    made.inputs.fields = torch::randn({batch, 1, 85, 85});
    made.outputs = torch::randn({batch, 1, 85, 85});
    made.loss.kind = train::LossKind::relative_l2;
  } else if (name == "deeponet") {
    // DeepXDE's antiderivative example: 100 sensors, 10000 pairs in one batch.
    made.model = "deeponet";
    made.keys = "features = 40\ntrunk_hidden = [40]\nbranch = { hidden = [40] }\n";
    made.data.parameters = 100;
    made.data.dimension = 1;
    made.inputs.parameters = torch::randn({10000, 100});
    made.inputs.queries = torch::rand({10000, 1, 1});
    made.outputs = torch::randn({10000, 1, 1});
    made.loss.kind = train::LossKind::mse;
  } else if (name == "fisher") {
    // MT-DeepONet on the Fisher family: 200 samples at 1280 points.
    made.model = "deeponet";
    made.keys =
        "features = 300\ntrunk_hidden = [128, 128, 128]\ntrunk_activation = \"leaky_relu\"\n"
        "trunk_last_activation = \"identity\"\nbias = false\n"
        "branch = { hidden = [128, 128], activation = \"leaky_relu\", norm = \"layer\" }\n";
    made.data.parameters = 68;
    made.data.dimension = 2;
    made.inputs.parameters = torch::randn({200, 68});
    made.inputs.queries = torch::rand({1280, 2});
    made.outputs = torch::randn({200, 1280, 1});
    made.loss.kind = train::LossKind::mse;
  } else {
    throw std::invalid_argument("there is no case '" + name + "' (cases are fno, mgno, deeponet and fisher)");
  }
  made.data.out_channels = 1;
  return made;
}

/// The largest resident memory of this program; getrusage() would count that of the one which started it.
double peak_mebibytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  double kibibytes = 0;
  while (status >> word) {
    if (word == "VmHWM:") status >> kibibytes;
  }
  return kibibytes / 1024;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: bench_operators <threads> fno|mgno|deeponet|fisher\n");
    return 64;
  }
  train::prepare_process(set_threads(std::stoi(argv[1])));
  torch::manual_seed(1);
  const Case c = make_case(argv[2]);
  const auto options = operators::make_model(c.model);
  config::read(config::Document::from_text(c.keys, argv[2]), [&](config::Section& s) { options->bind(s); });
  const auto model = options->make(c.data);
  train::Optimiser::Named parameters;
  for (const auto& item : model->named_parameters()) parameters.emplace_back(item.key(), item.value());
  train::Optimiser optimiser(parameters, {});
  fmt::print(stderr, "{}: {} parameters\n", argv[2], model->parameter_count());

  std::string line;
  while (std::getline(std::cin, line)) {
    const int steps = std::stoi(line);
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < steps; ++i) {
      optimiser.zero_gradients();
      const torch::Tensor value = train::loss(c.loss, (*model)(c.inputs), c.outputs, {}, {});
      value.backward();
      optimiser.step();
    }
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    fmt::print("{} {}\n", elapsed.count() / steps, peak_mebibytes());
    std::fflush(stdout);
  }
}
