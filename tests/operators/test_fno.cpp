// SPDX-License-Identifier: MIT
#include "support/catch.h"

#include <cmath>

#include "base/error.h"
#include "config/read.h"
#include "operators/fno/fno.h"

using namespace floe::operators;
using floe::ConfigError;
using torch::Tensor;

namespace {

DataShape square(std::int64_t n, std::int64_t in = 1, std::int64_t out = 1) {
  return {.grid = {n, n}, .boundary_conditions = {"periodic", "periodic"}, .field_channels = in, .out_channels = out};
}

/// The setting of the paper for Darcy flow: width 32, 12 modes of each sign.
FnoOptions paper() {
  FnoOptions options;
  options.n_modes = {24, 22};
  options.lifting_channel_ratio = 0;
  options.projection_channel_ratio = 4;
  options.use_channel_mlp = false;
  options.fno_skip_bias = true;
  options.spectral_bias = false;
  return options;
}

}  // namespace

TEST_CASE("the FNO of the paper has 2,368,001 parameters") {
  Fno model(paper(), square(85));
  CHECK(model.parameter_count() == 2368001);
}

TEST_CASE("the shape of the answer for every number of axes, channels and grid") {
  FnoOptions options;
  options.n_modes = {4};
  options.hidden_channels = 6;
  options.n_layers = 2;
  for (const auto& grid : std::vector<std::vector<std::int64_t>>{{9}, {8, 11}, {5, 6, 7}}) {
    Fno model(options, {.grid = grid, .field_channels = 3, .out_channels = 2});
    std::vector<std::int64_t> in{2, 3};
    std::vector<std::int64_t> out{2, 2};
    in.insert(in.end(), grid.begin(), grid.end());
    out.insert(out.end(), grid.begin(), grid.end());
    CHECK(model(torch::randn(in)).sizes() == torch::IntArrayRef(out));
  }
}

TEST_CASE("every option changes the answer and keeps its shape, and gradients reach every parameter") {
  torch::manual_seed(1);
  const Tensor x = torch::randn({2, 1, 12, 12});
  const auto check = [&](auto change) {
    FnoOptions options;
    options.n_modes = {6};
    options.hidden_channels = 8;
    options.n_layers = 2;
    change(options);
    options.validate();
    torch::manual_seed(7);
    Fno model(options, square(12));
    const Tensor y = model(x);
    CHECK(y.sizes() == x.sizes());
    y.pow(2).sum().backward();
    for (const auto& item : model.named_parameters()) {
      INFO(item.key());
      REQUIRE(item.value().grad().defined());
      CHECK(item.value().grad().abs().max().item<double>() > 0);
    }
    return y.detach();
  };
  const Tensor plain = check([](FnoOptions&) {});
  const std::vector<Tensor> others{check([](FnoOptions& o) { o.norm = Normalisation::group_norm; }),
                                   check([](FnoOptions& o) { o.norm = Normalisation::instance_norm; }),
                                   check([](FnoOptions& o) { o.stabilizer = true; }),
                                   check([](FnoOptions& o) { o.non_linearity = Activation::tanh; }),
                                   check([](FnoOptions& o) { o.fno_skip = Skip::soft_gating; }),
                                   check([](FnoOptions& o) { o.channel_mlp_skip = Skip::none; }),
                                   check([](FnoOptions& o) { o.positional_embedding = false; }),
                                   check([](FnoOptions& o) { o.domain_padding = {0.25}; }),
                                   check([](FnoOptions& o) {
                                     o.domain_padding = {0.25};
                                     o.domain_padding_mode = PaddingMode::symmetric;
                                   }),
                                   check([](FnoOptions& o) {
                                     o.factorization = Factorization::tucker;
                                     o.rank = 0.2;
                                   })};
  for (const Tensor& other : others) CHECK((other - plain).abs().max().item<double>() > 1e-4);
}

TEST_CASE("refining the grid converges to one function") {
  torch::manual_seed(4);
  FnoOptions options;
  options.n_modes = {8};
  options.hidden_channels = 8;
  Fno model(options, {.grid = {16}, .field_channels = 1, .out_channels = 1});
  model.to(torch::kDouble);
  torch::NoGradGuard guard;
  const auto at = [&](std::int64_t n) {
    // A smooth periodic input; coordinates as an input are a sawtooth, hence of first order only.
    const Tensor x = 2 * M_PI * torch::arange(n, torch::kDouble) / static_cast<double>(n);
    return model((torch::sin(x) + 0.3 * torch::cos(3 * x)).view({1, 1, n}));
  };
  const Tensor finest = at(2048);
  const auto error = [&](std::int64_t n) {
    return (at(n) - finest.slice(2, 0, 2048, 2048 / n)).abs().max().item<double>();
  };
  const double coarse = error(32);
  const double fine = error(128);
  CHECK(coarse < 0.1);
  CHECK(fine < 0.5 * coarse);
  CHECK((model(Inputs{.fields = torch::randn({1, 1, 16}, torch::kDouble), .output_grid = {48}})).sizes() ==
        torch::IntArrayRef({1, 1, 48}));
}

TEST_CASE("without coordinates a periodic FNO commutes with shifts") {
  torch::manual_seed(5);
  FnoOptions options;
  options.n_modes = {6};
  options.hidden_channels = 6;
  options.positional_embedding = false;
  Fno model(options, square(10));
  model.to(torch::kDouble);
  const Tensor x = torch::randn({1, 1, 10, 10}, torch::kDouble);
  const Tensor shifted = model(x.roll({3, 4}, {2, 3}));
  CHECK((shifted - model(x).roll({3, 4}, {2, 3})).abs().max().item<double>() < 1e-12);
}

TEST_CASE("dropout acts while an FNO trains") {
  torch::manual_seed(6);
  FnoOptions options;
  options.n_modes = {4};
  options.hidden_channels = 8;
  options.channel_mlp_dropout = 0.5;
  Fno model(options, square(8));
  const Tensor x = torch::randn({1, 1, 8, 8});
  CHECK_FALSE(torch::equal(model(x), model(x)));
  model.eval();
  CHECK(torch::equal(model(x), model(x)));
}

TEST_CASE("modes that are held and not used neither act nor learn, and can be used later") {
  FnoOptions options;
  options.n_modes = {4, 3};
  options.max_n_modes = {8, 8};
  options.hidden_channels = 4;
  options.n_layers = 1;
  Fno few(options, square(12));
  options.n_modes = {6, 5};
  Fno more(options, square(12));
  // By frequency: -4 ... 3 and 0 ... 4 are held, -2, -1, 0, 1 and 0, 1 used by the first.
  Tensor used = torch::zeros({8, 5}, torch::kBool);
  used.slice(0, 2, 6).slice(1, 0, 2).fill_(true);
  few(torch::randn({2, 1, 12, 12})).pow(2).sum().backward();
  const Tensor gradient = few.named_parameters()["block0.conv.weight"].grad().abs().amax({1, 2, 3}).view({8, 5});
  CHECK(torch::equal(gradient > 0, used));
  const auto from = few.named_parameters(), to = more.named_parameters();
  for (const auto& item : from) CHECK(to[item.key()].sizes() == item.value().sizes());
}

TEST_CASE("options that do not suit the data are refused") {
  FnoOptions options;
  options.n_modes = {12};
  CHECK_THROWS_WITH(Fno(options, square(8)), ContainsSubstring("n_modes = 12") && ContainsSubstring("8 points"));
  CHECK_THROWS_WITH(Fno(options, {.grid = {16}, .field_channels = 0}), ContainsSubstring("0 channels on 1 axes"));
  CHECK_THROWS_WITH(Fno(options, {.grid = {16, 16, 16, 16}, .field_channels = 1}),
                    ContainsSubstring("1 channels on 4 axes"));
  options.n_modes = {4, 4, 4};
  CHECK_THROWS_WITH(Fno(options, square(16)), ContainsSubstring("n_modes has 3 entries"));
  options.n_modes = {0};
  CHECK_THROWS_AS(options.validate(), ConfigError);
  options.n_modes = {8};
  options.max_n_modes = {6};
  CHECK_THROWS_WITH(options.validate(), ContainsSubstring("max_n_modes = [6]") && ContainsSubstring("n_modes = [8]"));
  options.max_n_modes.clear();
  options.resolution_scaling_factor = {0.5, 1, 1, 1.5};
  CHECK_THROWS_WITH(options.validate(), ContainsSubstring("4 layers") && ContainsSubstring("product 1"));
  options.resolution_scaling_factor = {0.5, 2};
  CHECK_THROWS_WITH(options.validate(), ContainsSubstring("[0.5, 2") && ContainsSubstring("4 layers"));
  options.resolution_scaling_factor.clear();
  options.norm = Normalisation::ada_in;
  CHECK_THROWS_WITH(Fno(options, square(16)), ContainsSubstring("ada_in") && ContainsSubstring("data.parameters"));
}

TEST_CASE("[model] names the kind and takes its keys only") {
  const auto read = [](const std::string& text) {
    ModelChoice choice;
    floe::config::read(floe::config::Document::from_text(text, "test.toml"), [&](floe::config::Section& root) {
      floe::config::Section section = root.enter("model", "the model");
      bind(section, choice);
    });
    return choice;
  };
  const ModelChoice choice = read("[model]\nkind = \"fno\"\nn_modes = [6, 6]\nhidden_channels = 5\n");
  CHECK(choice.kind == "fno");
  const auto model = choice.model->make(square(16));
  CHECK(model->signature().text() == "fields (batch, 1, n1, n2) -> fields (batch, 1, n1, n2)");
  CHECK_THROWS_WITH(read("[model]\nkind = \"fno\"\nhidden_chanels = 5\n"), ContainsSubstring("hidden_channels"));
  CHECK_THROWS_WITH(read("[model]\nkind = \"fnoo\"\n"), ContainsSubstring("fno"));
}
