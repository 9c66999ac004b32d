// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "operators/fno/spectral_basis.h"

namespace floe::operators {

/// How the weights of the modes are stored.
enum class Factorization { none, tucker, cp };

struct SpectralConvOptions {
  std::int64_t in_channels = 1;
  std::int64_t out_channels = 1;
  /// Per axis the number of modes of both signs, as neuraloperator's n_modes: of the last axis n / 2 + 1 are kept, the
  /// others follow since fields are real.
  std::vector<std::int64_t> n_modes{};
  /// Modes that the weights hold, at least n_modes of which the lowest are used; empty: n_modes.
  std::vector<std::int64_t> max_n_modes{};
  bool bias = true;
  /// A number per mode and channel in place of the matrix; as many channels out as in.
  bool separable = false;
  Factorization factorization = Factorization::none;
  /// Numbers in the factors as a fraction of those in the full weights.
  double rank = 1;
  SpectralMethod method = SpectralMethod::automatic;
};

/// The convolution of a Fourier neural operator (Li et al., arXiv 2010.08895) over periodic axes,
///
///   y = F^-1( R(k) (F x)(k) ) + b,   k among the lowest modes, zero elsewhere,
///
/// with a complex matrix R(k) per mode, diagonal if separable. F is scaled by 1 / volume, so that weights mean the same
/// on every grid. Modes are matched by frequency: a grid with fewer points than modes uses those it has. The result is
/// a real field: of the modes k = 0 and, on even axes, k = n / 2 of the last axis only the real part counts, as in an
/// inverse real FFT.
///
/// Fields are (batch, axes..., channels).
///
/// | parameter | shape |
/// |---|---|
/// | weight | (modes, in, 2, out), separable (modes, 2, channels); not factorised |
/// | factor<i>, one per axis and for channels in and out | (extent, rank, 2), real and imaginary parts |
/// | core (tucker) | (rank_0, rank_1, ..., 2) |
/// | bias | (out) |
class SpectralConv final : public torch::nn::Module {
 public:
  explicit SpectralConv(const SpectralConvOptions& options);

  /// The answer on `output_grid` (that of the input if empty): a function of few modes is known everywhere.
  torch::Tensor forward(const torch::Tensor& fields, const std::vector<std::int64_t>& output_grid = {});

  /// The weights of all modes, (modes, in, 2, out), separable (modes, 2, channels), in C order over the axes'
  /// frequencies: -(n / 2), ..., n - n / 2 - 1; of the last axis 0, ..., n / 2. Part 0 is the real one.
  torch::Tensor weights() const;

 private:
  struct Bases {
    SpectralBasis analysis;
    SpectralBasis synthesis;
    torch::Tensor kept;  ///< the places of the modes among all, where not all are used
  };

  void make_weights();
  const Bases& bases(const std::vector<std::int64_t>& grid, const std::vector<std::int64_t>& output_grid);

  SpectralConvOptions options_;
  ModeCounts modes_;  ///< that are used
  ModeCounts held_;   ///< that the weights hold
  torch::Tensor weight_;
  torch::Tensor core_;
  std::vector<torch::Tensor> factors_;
  torch::Tensor bias_;
  std::map<std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>>, Bases> bases_;
};

/// A band-limited periodic field on another grid: its Fourier interpolant, (batch, axes..., channels). Exact for fields
/// without modes beyond either grid's.
torch::Tensor resample(const torch::Tensor& fields, const std::vector<std::int64_t>& output_grid);

}  // namespace floe::operators
