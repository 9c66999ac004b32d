// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

namespace floe::operators {

/// Which points of a fine axis belong to point j of a coarse one (both may be as long): i = j stride - padding + d for
/// d = 0 ... kernel - 1, as far as they exist.
struct NeighbourAxis {
  std::int64_t coarse = 1;
  std::int64_t fine = 1;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t padding = 0;
};

/// Linear maps between fields on two grids with one matrix per offset d of a neighbourhood, W (coarse channel, fine
/// channel, kernel axes...): convolutions, their transposes, and their derivatives. Fields are (sample, axes...,
/// channel), with up to three axes.
///
///   contract         coarse(j, c) = sum_d sum_e W(c, e, d) fine(i(j, d), e)        a convolution
///   expand           fine(i, e) = sum over (j, d) with i(j, d) = i of sum_c W(c, e, d) coarse(j, c)   its transpose
///   weight_gradient  W(c, e, d) = sum_j coarse(j, c) fine(i(j, d), e), over all samples
///
/// Each is sums of small products (product.h) straight from the fields: no image is unrolled, no channel is padded to
/// the width of a vector, and the edges are products over fewer offsets. Samples are computed in parallel; the sums of
/// weight_gradient do not depend on the number of threads. T is float or double.
template <class T>
class Neighbourhood final {
 public:
  Neighbourhood(std::vector<NeighbourAxis> axes, std::int64_t coarse_channels, std::int64_t fine_channels);

  void contract(const T* weight, const T* fine, std::int64_t samples, T* coarse) const;
  void expand(const T* weight, const T* coarse, std::int64_t samples, T* fine) const;
  void weight_gradient(const T* coarse, const T* fine, std::int64_t samples, T* weight) const;

 private:
  /// Points first, first + step, ... of the axis that is computed, which see the same offsets: those at places [tap,
  /// tap + taps) of `order`, at consecutive points of the other axis from `from` on; the next point `from_step`
  /// further.
  struct Run {
    std::int64_t first, step, count, from, from_step, tap, taps;
  };
  struct Gather {
    std::vector<Run> runs{};
    std::vector<std::int64_t> order{};  ///< the offsets d
  };
  static Gather contraction(const NeighbourAxis& axis);
  static Gather expansion(const NeighbourAxis& axis);

  std::int64_t offsets() const;
  /// One matrix (from channel, to channel) per offset, in the orders of the axes.
  std::vector<T> matrices(const T* weight, const std::vector<Gather>& gathers, bool from_fine) const;
  void gather(const std::vector<Gather>& gathers, const std::vector<T>& matrices, const T* from, std::int64_t samples,
              T* to, bool from_fine) const;
  void add_weight_gradient(const T* coarse, const T* fine, T* matrices) const;

  std::vector<NeighbourAxis> axes_;  ///< three
  std::int64_t coarse_channels_;
  std::int64_t fine_channels_;
  std::vector<Gather> contractions_;
  std::vector<Gather> expansions_;
};

extern template class Neighbourhood<float>;
extern template class Neighbourhood<double>;

}  // namespace floe::operators
