// SPDX-License-Identifier: MIT
#include "operators/mgno/v_cycle.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <utility>

#include "operators/layers/convolve.h"

namespace floe::operators {
namespace {

/// The points of a kernel of this shape (channels, channels, points...).
std::int64_t product(const std::vector<std::int64_t>& shape) {
  std::int64_t points = 1;
  for (std::size_t a = 2; a < shape.size(); ++a) points *= shape[a];
  return points;
}

}  // namespace

std::int64_t coarser(std::int64_t points, EdgePadding padding) {
  return padding == EdgePadding::none ? (points - 1) / 2 : (points + 1) / 2;
}

Prolongation::Prolongation(std::int64_t in, std::int64_t out, std::vector<EdgePadding> padding,
                           const std::vector<bool>& odd, bool wrap)
    : padding_(std::move(padding)), wrap_(wrap) {
  std::vector<std::int64_t> shape{in, out};
  for (const bool is_odd : odd) shape.push_back(is_odd ? 3 : 4);
  weight_ = register_parameter("weight", uniform_weights(shape, shape[1] * product(shape)));
}

torch::Tensor Prolongation::forward(const torch::Tensor& coarse, at::IntArrayRef fine_grid) {
  const std::size_t axes = padding_.size();
  torch::Tensor x = coarse;
  Stencil stencil{.stride = std::vector<std::int64_t>(axes, 2)};
  for (std::size_t a = 0; a < axes; ++a) {
    const auto axis = static_cast<std::int64_t>(a) + 2;
    std::int64_t cut = padding_[a] == EdgePadding::none ? 0 : 1;
    if (wrap_ && padding_[a] == EdgePadding::periodic) {
      x = extend(x, axis, padding_[a]);
      cut += 2;
    }
    stencil.padding.push_back(cut);
  }
  return convolve_transposed(x, weight_, stencil, fine_grid.vec());
}

class VCycle::Level final : public torch::nn::Module {
 public:
  /// `channels` are those of f and u here and on the next level.
  struct Channels {
    std::int64_t f, u, next_f, next_u;
  };

  Level(const VCycleOptions& options, std::size_t l, Channels channels, const std::vector<std::int64_t>& grid) {
    const auto convolution = [&](const std::string& name, std::int64_t in, std::int64_t out, bool restricts) {
      return register_module(name, std::make_shared<GridConvolution>(
                                       in, out, restricts ? options.restriction_padding : options.smoothing_padding,
                                       restricts ? 2 : 1, options.bias && !restricts));
    };
    const auto steps = [&](const char* name, int count) {
      std::vector<Step> list;
      for (int i = 0; i < count; ++i) {
        auto step = register_module(fmt::format("{}{}", name, i), std::make_shared<torch::nn::Module>());
        const auto make = [&](const char* part, std::int64_t in, std::int64_t out) {
          return step->register_module(
              part, std::make_shared<GridConvolution>(in, out, options.smoothing_padding, 1, options.bias));
        };
        const bool first = l == 0 && i == 0 && std::string(name) == "pre";
        list.push_back(
            {first ? nullptr : make("operator", channels.u, channels.f), make("smoother", channels.f, channels.u)});
      }
      return list;
    };
    pre_ = steps("pre", options.pre[l]);
    post_ = steps("post", options.post.empty() ? 0 : options.post[l]);
    if (l + 1 == options.pre.size()) return;
    if (options.residual_restriction) residual_ = convolution("residual", channels.u, channels.f, false);
    restrict_f_ = convolution("restrict_f", channels.f, channels.next_f, true);
    restrict_u_ = convolution("restrict_u", channels.u, channels.next_u, true);
    prolong_ = register_module("prolong",
                               std::make_shared<Prolongation>(channels.next_u, channels.u, options.restriction_padding,
                                                              options.odd[l], options.wrap_prolongation));
    if (options.norm != FieldNorm::none) {
      norm_ = register_module("norm", std::make_shared<FieldNormalisation>(channels.u, options.norm, grid));
    }
  }

  /// Undefined u: zero.
  torch::Tensor smooth_down(const torch::Tensor& f, const torch::Tensor& u) { return smooth(pre_, f, u); }

  std::pair<torch::Tensor, torch::Tensor> restrict(const torch::Tensor& f, const torch::Tensor& u) {
    return {restrict_f_->forward(residual_ ? f - residual_->forward(u) : f), restrict_u_->forward(u)};
  }

  torch::Tensor correct(const torch::Tensor& f, torch::Tensor u, const torch::Tensor& coarse) {
    if (prolong_) u = u + prolong_->forward(coarse, u.sizes().slice(2));
    if (norm_) u = norm_->forward(u);
    return smooth(post_, f, u);
  }

 private:
  struct Step {
    std::shared_ptr<GridConvolution> a, s;
  };

  static torch::Tensor smooth(const std::vector<Step>& steps, const torch::Tensor& f, torch::Tensor u) {
    for (const Step& step : steps) u = u.defined() ? u + step.s->forward(f - step.a->forward(u)) : step.s->forward(f);
    return u;
  }

  std::vector<Step> pre_, post_;
  std::shared_ptr<GridConvolution> residual_, restrict_f_, restrict_u_;
  std::shared_ptr<Prolongation> prolong_;
  std::shared_ptr<FieldNormalisation> norm_;
};

VCycle::VCycle(const VCycleOptions& options) {
  std::vector<std::int64_t> grid = options.grid;
  for (std::size_t l = 0; l < options.pre.size(); ++l) {
    const auto factor = [&](std::size_t level) {
      return options.growing_channels ? static_cast<std::int64_t>(level) + 1 : 1;
    };
    const Level::Channels channels{options.in * factor(l), options.out * factor(l), options.in * factor(l + 1),
                                   options.out * factor(l + 1)};
    levels_.push_back(register_module(fmt::format("level{}", l), std::make_shared<Level>(options, l, channels, grid)));
    for (std::size_t a = 0; a < grid.size(); ++a) grid[a] = coarser(grid[a], options.restriction_padding[a]);
  }
}

torch::Tensor VCycle::forward(const torch::Tensor& f) {
  std::vector<torch::Tensor> fs{f}, us;
  torch::Tensor u;
  for (std::size_t l = 0; l < levels_.size(); ++l) {
    us.push_back(levels_[l]->smooth_down(fs[l], u));
    if (l + 1 == levels_.size()) break;
    auto [coarse_f, coarse_u] = levels_[l]->restrict(fs[l], us[l]);
    fs.push_back(coarse_f);
    u = coarse_u;
  }
  torch::Tensor coarse;
  for (std::size_t l = levels_.size(); l-- > 0;) coarse = levels_[l]->correct(fs[l], us[l], coarse);
  return coarse;
}

}  // namespace floe::operators
