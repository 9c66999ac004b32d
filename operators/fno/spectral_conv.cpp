// SPDX-License-Identifier: MIT
#include "operators/fno/spectral_conv.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace floe::operators {

using torch::Tensor;

namespace {

ModeCounts mode_counts(const std::vector<std::int64_t>& n_modes) {
  ModeCounts modes{n_modes};
  modes.per_axis.back() = modes.per_axis.back() / 2 + 1;
  return modes;
}

/// The modes that both grids have.
ModeCounts common_modes(const ModeCounts& modes, const std::vector<std::int64_t>& a,
                        const std::vector<std::int64_t>& b) {
  ModeCounts common = modes;
  for (std::size_t axis = 0; axis < a.size(); ++axis) {
    const std::int64_t points = std::min(a[axis], b[axis]);
    std::int64_t& count = common.per_axis[axis];
    count = std::min(count, axis + 1 == a.size() ? points / 2 + 1 : points);
  }
  return common;
}

/// A forward transform scaled by 1 / volume.
SpectralBasis analysis(const std::vector<std::int64_t>& grid, const ModeCounts& modes, SpectralMethod method) {
  std::vector<std::vector<double>> factors;
  for (std::size_t axis = 0; axis < grid.size(); ++axis) {
    factors.emplace_back(modes.per_axis[axis], 1.0 / static_cast<double>(grid[axis]));
  }
  return {grid, modes, factors, method};
}

/// An inverse transform: modes of the last axis stand for their conjugates as well, except k = 0 and k = n / 2.
SpectralBasis synthesis(const std::vector<std::int64_t>& grid, const std::vector<std::int64_t>& input_grid,
                        const ModeCounts& modes, SpectralMethod method) {
  std::vector<std::vector<double>> factors;
  for (const std::int64_t count : modes.per_axis) factors.emplace_back(count, 1.0);
  std::vector<double>& last = factors.back();
  for (std::size_t k = 1; k < last.size(); ++k) {
    const bool half =
        2 * static_cast<std::int64_t>(k) == grid.back() || 2 * static_cast<std::int64_t>(k) == input_grid.back();
    last[k] = half ? 1 : 2;
  }
  return {grid, modes, factors, method};
}

/// The places of `some` modes among `all`, by frequency.
Tensor places(const ModeCounts& some, const ModeCounts& all) {
  Tensor index = torch::zeros({1}, torch::kLong);
  for (std::int64_t axis = 0; axis < all.axes(); ++axis) {
    const std::int64_t count = some.per_axis[static_cast<std::size_t>(axis)];
    const std::int64_t offset = some.first(axis) - all.first(axis);
    index = (index.unsqueeze(1) * all.per_axis[static_cast<std::size_t>(axis)] +
             torch::arange(offset, offset + count, torch::kLong))
                .flatten();
  }
  return index;
}

/// Normal numbers of this standard deviation in real and imaginary part together, (shape..., 2).
Tensor complex_normal(std::vector<std::int64_t> shape, double deviation) {
  shape.push_back(2);
  return torch::randn(shape) * (deviation / std::sqrt(2.0));
}

/// Ranks in proportion to the extents, the largest for which core and factors hold at most `numbers`.
std::vector<std::int64_t> tucker_ranks(const std::vector<std::int64_t>& extents, double numbers) {
  const auto ranks_at = [&](double share) {
    std::vector<std::int64_t> ranks;
    for (const std::int64_t extent : extents) {
      ranks.push_back(std::clamp<std::int64_t>(std::llround(share * static_cast<double>(extent)), 1, extent));
    }
    return ranks;
  };
  const auto count = [&](const std::vector<std::int64_t>& ranks) {
    double core = 1;
    double factors = 0;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      core *= static_cast<double>(ranks[i]);
      factors += static_cast<double>(ranks[i] * extents[i]);
    }
    return core + factors;
  };
  double low = 0;
  double high = 1;
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (count(ranks_at(middle)) <= numbers ? low : high) = middle;
  }
  return ranks_at(low);
}

/// y(k, c) = w(k, c) x(k, c), complex: spectrum (mode, 2, batch, c) and weights (mode, 2, c).
Tensor separable_product(const Tensor& spectrum, const Tensor& weights) {
  const Tensor w = weights.unsqueeze(2);
  const Tensor real = w.select(1, 0), imaginary = w.select(1, 1);
  const Tensor x = spectrum.select(1, 0), y = spectrum.select(1, 1);
  return torch::stack({x * real - y * imaginary, x * imaginary + y * real}, 1);
}

}  // namespace

SpectralConv::SpectralConv(const SpectralConvOptions& options)
    : options_(options),
      modes_(mode_counts(options.n_modes)),
      held_(options.max_n_modes.empty() ? modes_ : mode_counts(options.max_n_modes)) {
  make_weights();
  if (options_.bias) {
    const double deviation = std::sqrt(2.0 / static_cast<double>(options_.in_channels + options_.out_channels));
    bias_ = register_parameter("bias", deviation * torch::randn({options_.out_channels}));
  }
}

void SpectralConv::make_weights() {
  const double deviation = std::sqrt(2.0 / static_cast<double>(options_.in_channels + options_.out_channels));
  std::vector<std::int64_t> channels{options_.in_channels};
  if (!options_.separable) channels.push_back(options_.out_channels);
  std::vector<std::int64_t> extents = held_.per_axis;
  extents.insert(extents.end(), channels.begin(), channels.end());
  double numbers = options_.rank;
  for (const std::int64_t extent : extents) numbers *= static_cast<double>(extent);
  if (options_.factorization == Factorization::none) {
    channels.insert(channels.begin(), held_.total());
    weight_ = register_parameter("weight", complex_normal(channels, deviation).transpose(-2, -1).contiguous());
  } else if (options_.factorization == Factorization::tucker) {
    const std::vector<std::int64_t> ranks = tucker_ranks(extents, numbers);
    core_ = register_parameter("core", complex_normal(ranks, deviation));
    for (std::size_t i = 0; i < extents.size(); ++i) {
      factors_.push_back(
          register_parameter(fmt::format("factor{}", i),
                             complex_normal({extents[i], ranks[i]}, 1 / std::sqrt(static_cast<double>(ranks[i])))));
    }
  } else {
    double sum = 0;
    for (const std::int64_t extent : extents) sum += static_cast<double>(extent);
    const std::int64_t rank = std::max<std::int64_t>(1, static_cast<std::int64_t>(numbers / sum));
    // A product of as many factors, summed over the rank, has the deviation wanted.
    const double each =
        std::pow(deviation * deviation / static_cast<double>(rank), 0.5 / static_cast<double>(extents.size()));
    for (std::size_t i = 0; i < extents.size(); ++i) {
      factors_.push_back(register_parameter(fmt::format("factor{}", i), complex_normal({extents[i], rank}, each)));
    }
  }
}

Tensor SpectralConv::weights() const {
  if (weight_.defined()) return weight_;
  Tensor dense;
  if (core_.defined()) {
    // One factor after the other onto the first axis of what is left, which goes to the end: a full turn.
    dense = torch::view_as_complex(core_);
    for (const Tensor& factor : factors_) {
      const std::vector<std::int64_t> shape = dense.sizes().vec();
      dense =
          torch::matmul(dense.reshape({shape[0], -1}).transpose(0, 1), torch::view_as_complex(factor).transpose(0, 1));
      std::vector<std::int64_t> turned(shape.begin() + 1, shape.end());
      turned.push_back(factor.size(0));
      dense = dense.reshape(turned);
    }
  } else {
    // The products of the modes' factors with those of the channels, summed over the rank.
    const auto outer = [&](std::size_t first, std::size_t last) {
      Tensor product = torch::view_as_complex(factors_[first]);
      for (std::size_t i = first + 1; i < last; ++i) {
        product = (product.unsqueeze(1) * torch::view_as_complex(factors_[i])).reshape({-1, product.size(-1)});
      }
      return product;
    };
    const std::size_t axes = held_.per_axis.size();
    dense = torch::matmul(outer(0, axes), outer(axes, factors_.size()).transpose(0, 1));
  }
  std::vector<std::int64_t> shape{held_.total(), options_.in_channels};
  if (!options_.separable) shape.push_back(options_.out_channels);
  return torch::view_as_real(dense.reshape(shape)).transpose(-2, -1);
}

const SpectralConv::Bases& SpectralConv::bases(const std::vector<std::int64_t>& grid,
                                               const std::vector<std::int64_t>& output_grid) {
  const auto found = bases_.find({grid, output_grid});
  if (found != bases_.end()) return found->second;
  const ModeCounts used = common_modes(modes_, grid, output_grid);
  const Tensor kept = used.per_axis == held_.per_axis ? Tensor() : places(used, held_);
  return bases_
      .emplace(std::pair(grid, output_grid),
               Bases{analysis(grid, used, options_.method), synthesis(output_grid, grid, used, options_.method), kept})
      .first->second;
}

Tensor SpectralConv::forward(const Tensor& fields, const std::vector<std::int64_t>& output_grid) {
  const std::vector<std::int64_t> grid(fields.sizes().begin() + 1, fields.sizes().end() - 1);
  const Bases& used = bases(grid, output_grid.empty() ? grid : output_grid);
  Tensor weight = weights();
  if (used.kept.defined()) weight = weight.index_select(0, used.kept.to(weight.device()));
  const Tensor spectrum = used.analysis.analyse(fields);
  const Tensor out = used.synthesis.synthesise(options_.separable ? separable_product(spectrum, weight)
                                                                  : mode_product(spectrum, weight));
  return bias_.defined() ? out + bias_ : out;
}

Tensor resample(const Tensor& fields, const std::vector<std::int64_t>& output_grid) {
  const std::vector<std::int64_t> grid(fields.sizes().begin() + 1, fields.sizes().end() - 1);
  if (grid == output_grid) return fields;
  const ModeCounts modes = common_modes(mode_counts(grid), grid, output_grid);
  const SpectralMethod method = SpectralMethod::automatic;
  return synthesis(output_grid, grid, modes, method).synthesise(analysis(grid, modes, method).analyse(fields));
}

}  // namespace floe::operators
