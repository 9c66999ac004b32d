// SPDX-License-Identifier: MIT
#include "model_cases.h"

#include <cmath>

namespace floe::test {
namespace {

Inputs fields(const std::vector<std::int64_t>& shape) {
  return {.fields = numbers("fields", shape)};
}

void add_convolutions(std::vector<ModelCase>& cases) {
  const DataShape sequence{.grid = {10}, .field_channels = 2, .out_channels = 3};
  const auto add = [&](const char* model, const char* keys, const char* golden) {
    cases.push_back({model, keys, sequence, fields({2, 2, 10}), golden});
  };
  add("lattice_convolution", "", "lattice_convolution");
  add("lattice_convolution", "boundary = \"zero\"", "lattice_convolution_zero");
  add("monarch_mixer", "channels = 4\nlayers = 1", "monarch_mixer");
  add("s4d", "channels = 3\nstates = 4\nlayers = 2", "s4d");
  add("s4d", "channels = 3\nstates = 4\nlayers = 1\nbidirectional = true", "s4d_bidirectional");
}

void add_fno(std::vector<ModelCase>& cases) {
  const std::string small = "hidden_channels = 4\nn_layers = 2\n";
  const auto add = [&](const std::string& golden, const std::string& keys, std::vector<std::int64_t> grid,
                       std::int64_t in = 1, std::int64_t out = 1) {
    const DataShape data{.grid = grid, .field_channels = in, .out_channels = out};
    grid.insert(grid.begin(), {2, in});
    cases.push_back({"fno", keys, data, fields(grid), golden});
  };
  add("fno_1d", small + "n_modes = [5]", {11});
  add("fno_all_modes", "hidden_channels = 4\nn_layers = 3\nn_modes = [16]", {16});
  add("fno_odd_even", small + "n_modes = [7, 8]", {7, 8});
  add("fno_even", small + "n_modes = [8, 6]", {8, 6}, 1, 2);
  add("fno_padded", small + "n_modes = [5, 6]\ndomain_padding = [0.25]", {9, 10});
  add("fno_3d", small + "n_modes = [3, 4, 6]", {4, 5, 6});
  add("fno_separable_cp", small + "n_modes = [5]\nseparable = true\nfactorization = \"cp\"\nrank = 0.8", {11});
  const std::string modes = small + "n_modes = [6, 4]\n";
  add("fno", modes, {8, 7}, 2);
  add("fno_group_norm", modes + "norm = \"group_norm\"", {8, 7}, 2);
  add("fno_instance_norm", modes + "norm = \"instance_norm\"", {8, 7}, 2);
  add("fno_preactivation", modes + "norm = \"group_norm\"\npreactivation = true", {8, 7}, 2);
  add("fno_separable", modes + "separable = true", {8, 7}, 2);
  add("fno_tucker", modes + "factorization = \"tucker\"\nrank = 0.5", {8, 7}, 2);
  add("fno_cp", modes + "factorization = \"cp\"\nrank = 0.5", {8, 7}, 2);
  add("fno_max_n_modes", small + "n_modes = [3, 4]\nmax_n_modes = [6, 7]", {8, 7}, 2);
  add("fno_scaled", modes + "resolution_scaling_factor = [0.5, 2.0]", {8, 7}, 2);
  add("fno_ada_in", modes + "norm = \"ada_in\"\nada_in_hidden = 5", {8, 7}, 2);
  cases.back().data.parameters = 2;
  cases.back().inputs.parameters = numbers("parameters", {2, 2});
  add("fno_finer", small + "n_modes = [8, 7]", {8, 7}, 2);
  cases.back().inputs.output_grid = {9, 12};
  add("fno_coarser", small + "n_modes = [8, 8]", {8, 8});
  cases.back().inputs.output_grid = {6, 5};
}

void add_grids(std::vector<ModelCase>& cases) {
  const auto add = [&](const char* model, const std::string& keys, const DataShape& data,
                       std::vector<std::int64_t> grid, const char* golden) {
    grid.insert(grid.begin(), {2, data.field_channels});
    cases.push_back({model, keys, data, fields(grid), golden});
  };
  const auto plate = [](std::int64_t n1, std::int64_t n2, std::int64_t in = 2) {
    return DataShape{.grid = {n1, n2}, .field_channels = in};
  };
  const std::string mgno = "layers = 2\nchannels = 3\nsmoothing = [1, 1, 2]";
  add("mgno", mgno, plate(7, 6), {7, 6}, "mgno");
  add("mgno", mgno, plate(8, 8), {7, 5}, "mgno_even_on_odd");
  add("mgno", mgno, plate(9, 9), {8, 6}, "mgno_odd_on_even");
  add("mgno",
      "layers = 2\nchannels = 2\nsmoothing = [1, 0, 1]\npost_smoothing = [1, 1, 0]\nboundary = \"periodic\"\n"
      "wrap_prolongation = true\nresidual_restriction = true\nbias = true\nlevel_norm = \"group\"\npointwise = false\n"
      "head_bias = true\nglobal_residual = true",
      plate(8, 6, 1), {8, 6}, "mgno_periodic");
  add("mgno",
      "layers = 1\nchannels = 2\nsmoothing = [1, 1, 1]\nboundary = \"neumann\"\nrestriction = \"unpadded\"\n"
      "growing_channels = true\nlayer_norm = \"layer\"\npointwise = false\nhead = \"multigrid\"\n"
      "activation = \"leaky_relu\"",
      {.grid = {11}, .field_channels = 1, .out_channels = 2}, {11}, "mgno_neumann");
  add("mgno", "layers = 1\nchannels = 2\nsmoothing = [1, 1]", {.grid = {3, 4, 5}, .field_channels = 1}, {3, 4, 5}, "");
  add("mlp", "hidden = [5]", plate(3, 2), {3, 2}, "mlp");
  add("unet", "channels = 2\nlevels = 2", plate(7, 4), {7, 4}, "unet");
  add("unet", "channels = 2\nlevels = 2\nnorm = \"none\"\nboundary = \"periodic\"", {.grid = {9}, .field_channels = 1},
      {9}, "");
  add("unet", "channels = 2\nlevels = 2\nboundary = \"neumann\"", {.grid = {4, 5, 4}, .field_channels = 1}, {4, 5, 4},
      "");
}

void add_deeponets(std::vector<ModelCase>& cases) {
  const std::string plain = "features = 4\ntrunk_hidden = [5]\nbranch.hidden = [6]\n";
  const torch::Tensor shared = numbers("queries", {5, 2}), own = numbers("own queries", {3, 4, 2});
  const auto add = [&](const std::string& keys, const torch::Tensor& queries, const char* golden) {
    cases.push_back({"deeponet",
                     keys,
                     {.grid = {7}, .field_channels = 1, .dimension = 2, .out_channels = 2},
                     {.fields = numbers("fields", {3, 1, 7}), .queries = queries},
                     golden});
  };
  add(plain, shared, "deeponet");
  add(plain, own, "deeponet_own");
  add(plain + "outputs = \"split_branch\"", shared, "deeponet_split_branch");
  add(plain + "outputs = \"split_trunk\"", own, "deeponet_split_trunk");
  add(plain + "stacked = true", shared, "deeponet_stacked");
  add(plain + "branch.norm = \"layer\"", shared, "deeponet_multi_task");
  cases.back().data.parameters = 4;
  cases.back().data.out_channels = 1;
  cases.back().inputs.parameters = numbers("parameters", {3, 4});
  const torch::Tensor mask = (numbers("mask", {2, 1, 8, 6}) > 0).to(torch::kFloat64);
  cases.push_back(
      {"deeponet",
       "features = 3\ntrunk_hidden = [5]\ntrunk_activation = \"leaky_relu\"\ntrunk_last_activation = \"identity\"\n"
       "bias = false\ncoordinates = \"symmetric\"\nmask_channel = 1\n"
       "[branch]\nkind = \"cnn\"\nfilters = [2, 3]\nkernel = 3\nstride = 1\nsame_padding = true\npooling = 2\n"
       "hidden = [4]\nactivation = \"tanh\"\n",
       {.grid = {8, 6}, .field_channels = 2},
       {.fields = torch::cat({numbers("image", {2, 1, 8, 6}), mask}, 1)},
       "deeponet_masked"});
  cases.push_back(
      {"deeponet",
       "features = 3\nbias = false\ntrunk_hidden = [4, 5, 4, 3]\ntrunk_activation = \"swish\"\n"
       "trunk_last_activation = \"identity\"\ntrunk_norm = \"batch\"\ntrunk_residual = true\n"
       "initialisation = \"small_normal\"\ncoordinates = \"symmetric\"\nmask_channel = 0\n"
       "[branch]\nfields = false\nhidden = [4, 3]\nactivation = \"swish\"\nlast_activation = \"selu\"\n"
       "norm = \"batch\"\ndropout = 0.1\ndropout_layers = 1\n",
       {.grid = {4, 3}, .field_channels = 1, .parameters = 2},
       {.fields = (numbers("mask", {3, 1, 4, 3}) > 0).to(torch::kFloat64), .parameters = numbers("parameters", {3, 2})},
       "deeponet_plate"});
}

void add_sets(std::vector<ModelCase>& cases) {
  // Two samples of 5 points, of which the second has 3; padding holds numbers as well.
  torch::Tensor mask = torch::ones({2, 5}, torch::kFloat64);
  mask[1][3] = mask[1][4] = 0;
  const auto add = [&](const char* model, const char* keys, const char* golden) {
    cases.push_back({model,
                     keys,
                     {.value_channels = 2, .dimension = 2},
                     {.points = numbers("points", {2, 5, 2}),
                      .values = numbers("values", {2, 5, 2}),
                      .mask = mask,
                      .queries = numbers("queries", {3, 2})},
                     golden});
  };
  add("encoder_decoder", "features = 4\nheads = 2\nlayers = 2", "encoder_decoder");
  add("graph_element", "features = 4\nnodes = 3\nsteps = 2", "graph_element");
  add("kernel_average", "hidden = [5]\nwidth = 0.5", "kernel_average");
  add("nearest_neighbours", "neighbours = 4", "nearest_neighbours");
  add("neural_process", "features = 4", "neural_process");
  add("set_transformer", "features = 4\nheads = 2\nlayers = 2", "set_transformer");
  add("set_transformer", "features = 4\nheads = 2\nlayers = 2\nencoding = \"shared\"", "set_transformer_shared");
}

torch::Tensor single(const char* name, const std::vector<std::int64_t>& shape) {
  return numbers(name, shape).to(torch::kFloat32);
}

/// Fields with some sines, and what -u'' = f and u' = f have for answers.
struct Sines {
  torch::Tensor f, second, first;

  Sines(std::int64_t samples, std::int64_t points) {
    const torch::Tensor x = torch::arange(1, points + 1) / static_cast<double>(points + 1);
    f = torch::zeros({samples, 1, points});
    second = torch::zeros_like(f);
    first = torch::zeros_like(f);
    for (int k = 1; k <= 4; ++k) {
      const torch::Tensor a = single(("amplitude" + std::to_string(k)).c_str(), {samples, 1, 1});
      f += a * torch::sin(M_PI * k * x);
      second += a * torch::sin(M_PI * k * x) / (k * k);
      first += a * (1 - torch::cos(M_PI * k * x)) / k;
    }
  }
};

}  // namespace

std::vector<ModelCase> model_cases() {
  std::vector<ModelCase> cases;
  add_convolutions(cases);
  add_deeponets(cases);
  add_fno(cases);
  add_grids(cases);
  add_sets(cases);
  return cases;
}

std::vector<Lesson> lessons_on_fields() {
  std::vector<Lesson> lessons;
  const Sines sines(4, 16);
  const DataShape line{.grid = {16}, .field_channels = 1};
  lessons.push_back({"fno",
                     "n_modes = [8]\nhidden_channels = 8\nn_layers = 2",
                     line,
                     {.fields = sines.f},
                     sines.second,
                     150,
                     0.01,
                     0.03});
  lessons.push_back({"mgno",
                     "layers = 2\nchannels = 8\nsmoothing = [1, 1, 2]",
                     line,
                     {.fields = sines.f},
                     sines.second,
                     200,
                     0.01,
                     0.03});
  DataShape sensors = line;
  sensors.dimension = 1;
  const torch::Tensor positions = torch::arange(1, 17).unsqueeze(1) / 17.0;
  lessons.push_back({"deeponet",
                     "trunk_activation = \"tanh\"\ntrunk_hidden = [40, 40]\nbranch.activation = \"tanh\"",
                     sensors,
                     {.fields = sines.f, .queries = positions},
                     sines.first.transpose(1, 2),
                     800,
                     0.005,
                     0.03});

  // Numbers without any rule.
  const DataShape square{.grid = {8, 8}, .field_channels = 1};
  const torch::Tensor f = single("f", {4, 1, 8, 8}), noise = single("u", {4, 1, 8, 8});
  lessons.push_back({"mlp", "hidden = [64]", square, {.fields = f}, noise, 200, 0.01, 0.05});
  lessons.push_back({"unet", "channels = 8\nlevels = 2", square, {.fields = f}, noise, 200, 0.01, 0.2});
  return lessons;
}

std::vector<Lesson> lessons_on_sequences() {
  std::vector<Lesson> lessons;
  // The running sum is a convolution; S4D and Monarch Mixer have to find it.
  const torch::Tensor u = single("u", {4, 1, 32}), sum = u.cumsum(2) / 4;
  const DataShape sequence{.grid = {32}, .field_channels = 1};
  lessons.push_back({"lattice_convolution", "boundary = \"zero\"", sequence, {.fields = u}, sum, 200, 0.02, 0.02});
  lessons.push_back(
      {"s4d", "channels = 16\nstates = 16\nlayers = 2\nstep_max = 0.2", sequence, {.fields = u}, sum, 150, 0.01, 0.05});
  lessons.push_back({"monarch_mixer", "channels = 16\nlayers = 2", sequence, {.fields = u}, sum, 300, 0.01, 0.05});
  return lessons;
}

std::vector<Lesson> lessons_on_sets() {
  std::vector<Lesson> lessons;
  // The value at each point of four sets.
  const DataShape plane{.value_channels = 1, .dimension = 2};
  const torch::Tensor points = single("p", {4, 8, 2}), values = single("v", {4, 8, 1});
  const auto recall = [&](const char* model, const char* keys, int steps, double rate, double bound) {
    lessons.push_back({model,
                       keys,
                       plane,
                       {.points = points, .values = values, .queries = points.flip({1})},
                       values.flip({1}),
                       steps,
                       rate,
                       bound});
  };
  recall("set_transformer", "features = 24\nlayers = 1", 250, 0.01, 0.15);
  recall("encoder_decoder", "features = 24\nlayers = 1", 400, 0.005, 0.15);
  recall("neural_process", "", 400, 0.005, 0.15);
  recall("graph_element", "features = 24\nnodes = 4\nsteps = 1", 250, 0.01, 0.15);
  // A mean of neighbours cannot recall values where points lie close; sharper kernels get nearer.
  recall("kernel_average", "width = 0.2", 60, 0.02, 0.8);
  lessons.back().of_start = true;
  return lessons;
}

}  // namespace floe::test
