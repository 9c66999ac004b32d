// SPDX-License-Identifier: MIT
#include "operators/kernels/neighbourhood.h"

#include <algorithm>
#include <utility>

#include "base/parallel_for.h"
#include "operators/kernels/product.h"

namespace floe::operators {

template <class T>
Neighbourhood<T>::Neighbourhood(std::vector<NeighbourAxis> axes, std::int64_t coarse_channels,
                                std::int64_t fine_channels)
    : axes_(std::move(axes)), coarse_channels_(coarse_channels), fine_channels_(fine_channels) {
  axes_.insert(axes_.begin(), 3 - axes_.size(), NeighbourAxis{});
  for (const NeighbourAxis& axis : axes_) {
    contractions_.push_back(contraction(axis));
    expansions_.push_back(expansion(axis));
  }
}

template <class T>
auto Neighbourhood<T>::contraction(const NeighbourAxis& axis) -> Gather {
  Gather gather;
  for (std::int64_t d = 0; d < axis.kernel; ++d) gather.order.push_back(d);
  for (std::int64_t j = 0; j < axis.coarse; ++j) {
    const std::int64_t begin = j * axis.stride - axis.padding;
    const std::int64_t low = std::clamp<std::int64_t>(-begin, 0, axis.kernel);
    const std::int64_t high = std::clamp<std::int64_t>(axis.fine - begin, low, axis.kernel);
    const bool same = !gather.runs.empty() && gather.runs.back().tap == low && gather.runs.back().taps == high - low;
    if (same) {
      ++gather.runs.back().count;
    } else {
      gather.runs.push_back({j, 1, 1, begin + low, axis.stride, low, high - low});
    }
  }
  return gather;
}

template <class T>
auto Neighbourhood<T>::expansion(const NeighbourAxis& axis) -> Gather {
  Gather gather;
  // Points i of the same remainder modulo the stride see the same offsets, at coarse points that follow one another.
  for (std::int64_t remainder = 0; remainder < axis.stride; ++remainder) {
    const auto begin = static_cast<std::int64_t>(gather.order.size());
    for (std::int64_t d = axis.kernel - 1; d >= 0; --d) {
      if ((remainder + axis.padding - d) % axis.stride == 0) gather.order.push_back(d);
    }
    const auto end = static_cast<std::int64_t>(gather.order.size());
    bool first = true;
    for (std::int64_t i = remainder; i < axis.fine; i += axis.stride) {
      const auto coarse_point = [&](std::int64_t tap) {
        return (i + axis.padding - gather.order[static_cast<std::size_t>(tap)]) / axis.stride;
      };
      std::int64_t low = begin;
      std::int64_t high = end;
      while (low < high && (i + axis.padding < gather.order[static_cast<std::size_t>(low)])) ++low;
      while (high > low && coarse_point(high - 1) >= axis.coarse) --high;
      if (!first && gather.runs.back().tap == low && gather.runs.back().taps == high - low) {
        ++gather.runs.back().count;
      } else {
        gather.runs.push_back({i, axis.stride, 1, high > low ? coarse_point(low) : 0, 1, low, high - low});
      }
      first = false;
    }
  }
  return gather;
}

template <class T>
std::int64_t Neighbourhood<T>::offsets() const {
  return axes_[0].kernel * axes_[1].kernel * axes_[2].kernel;
}

template <class T>
std::vector<T> Neighbourhood<T>::matrices(const T* weight, const std::vector<Gather>& gathers, bool from_fine) const {
  std::vector<T> all(static_cast<std::size_t>(offsets() * coarse_channels_ * fine_channels_));
  T* next = all.data();
  for (const std::int64_t d0 : gathers[0].order) {
    for (const std::int64_t d1 : gathers[1].order) {
      for (const std::int64_t d2 : gathers[2].order) {
        const T* at = weight + (d0 * axes_[1].kernel + d1) * axes_[2].kernel + d2;
        const auto element = [&](std::int64_t c, std::int64_t e) { return at[(c * fine_channels_ + e) * offsets()]; };
        if (from_fine) {
          for (std::int64_t e = 0; e < fine_channels_; ++e) {
            for (std::int64_t c = 0; c < coarse_channels_; ++c) *next++ = element(c, e);
          }
        } else {
          for (std::int64_t c = 0; c < coarse_channels_; ++c) {
            for (std::int64_t e = 0; e < fine_channels_; ++e) *next++ = element(c, e);
          }
        }
      }
    }
  }
  return all;
}

template <class T>
void Neighbourhood<T>::gather(const std::vector<Gather>& gathers, const std::vector<T>& matrices, const T* from,
                              std::int64_t samples, T* to, bool from_fine) const {
  const auto size = [&](std::size_t a, bool fine) { return fine ? axes_[a].fine : axes_[a].coarse; };
  const std::int64_t in = from_fine ? fine_channels_ : coarse_channels_;
  const std::int64_t out = from_fine ? coarse_channels_ : fine_channels_;
  const std::int64_t from_line = size(2, from_fine) * in;
  const std::int64_t to_line = size(2, !from_fine) * out;
  const std::int64_t from_plane = size(1, from_fine) * from_line;
  const std::int64_t to_plane = size(1, !from_fine) * to_line;
  const std::int64_t line = axes_[2].kernel * in * out;  // numbers of the matrices of one d1
  const std::int64_t plane = axes_[1].kernel * line;
  // One line of the grid that is computed, at places n0 and n1 of the runs r0 and r1.
  const auto compute_line = [&](const T* source, T* target, const Run& r0, std::int64_t n0, const Run& r1,
                                std::int64_t n1) {
    for (const Run& r2 : gathers[2].runs) {
      T* at = target + (r0.first + n0 * r0.step) * to_plane + (r1.first + n1 * r1.step) * to_line + r2.first * out;
      for (std::int64_t t0 = 0; t0 < std::max<std::int64_t>(1, r0.taps); ++t0) {
        const T* origin = source + (r0.from + n0 * r0.from_step + t0) * from_plane +
                          (r1.from + n1 * r1.from_step) * from_line + r2.from * in;
        const T* matrix = matrices.data() + (r0.tap + t0) * plane + r1.tap * line + r2.tap * in * out;
        product<T>({r2.count, out, r2.taps * in, r0.taps > 0 ? r1.taps : 0}, {origin, r2.from_step * in, 1, from_line},
                   {matrix, out, line}, at, r2.step * out, t0 > 0);
      }
    }
  };
  struct Line {
    const Run *r0, *r1;
    std::int64_t n0, n1;
  };
  std::vector<Line> lines;
  for (const Run& r0 : gathers[0].runs) {
    for (std::int64_t n0 = 0; n0 < r0.count; ++n0) {
      for (const Run& r1 : gathers[1].runs) {
        for (std::int64_t n1 = 0; n1 < r1.count; ++n1) lines.push_back({&r0, &r1, n0, n1});
      }
    }
  }
  constexpr std::int64_t lines_at_once = 16;
  const auto count = static_cast<std::int64_t>(lines.size());
  const std::int64_t parts = (count + lines_at_once - 1) / lines_at_once;
  parallel_for(samples * parts, [&](std::int64_t task) {
    const std::int64_t sample = task / parts;
    const std::int64_t first = task % parts * lines_at_once;
    for (std::int64_t l = first; l < std::min(count, first + lines_at_once); ++l) {
      const Line& at = lines[static_cast<std::size_t>(l)];
      compute_line(from + sample * size(0, from_fine) * from_plane, to + sample * size(0, !from_fine) * to_plane,
                   *at.r0, at.n0, *at.r1, at.n1);
    }
  });
}

template <class T>
void Neighbourhood<T>::contract(const T* weight, const T* fine, std::int64_t samples, T* coarse) const {
  gather(contractions_, matrices(weight, contractions_, true), fine, samples, coarse, true);
}

template <class T>
void Neighbourhood<T>::expand(const T* weight, const T* coarse, std::int64_t samples, T* fine) const {
  gather(expansions_, matrices(weight, expansions_, false), coarse, samples, fine, false);
}

/// Of one sample: (offset, fine channel, coarse channel), added.
template <class T>
void Neighbourhood<T>::add_weight_gradient(const T* coarse, const T* fine, T* matrices) const {
  const std::int64_t fine_line = axes_[2].fine * fine_channels_;
  const std::int64_t coarse_line = axes_[2].coarse * coarse_channels_;
  const std::int64_t matrix = fine_channels_ * coarse_channels_;
  // As many lines at once as stay in the cache with what they meet.
  const auto line_bytes = static_cast<std::int64_t>(sizeof(T)) * (axes_[1].stride * fine_line + coarse_line);
  const std::int64_t block = std::max<std::int64_t>(1, 262144 / std::max<std::int64_t>(1, line_bytes));
  for (std::int64_t j0 = 0; j0 < axes_[0].coarse; ++j0) {
    for (std::int64_t begin = 0; begin < axes_[1].coarse; begin += block) {
      const std::int64_t end = std::min(axes_[1].coarse, begin + block);
      for (std::int64_t d0 = 0; d0 < axes_[0].kernel; ++d0) {
        const std::int64_t i0 = j0 * axes_[0].stride - axes_[0].padding + d0;
        if (i0 < 0 || i0 >= axes_[0].fine) continue;
        for (std::int64_t d1 = 0; d1 < axes_[1].kernel; ++d1) {
          const NeighbourAxis& a = axes_[1];
          // The lines j1 of the block whose line i1 = j1 stride - padding + d1 exists.
          const std::int64_t shift = d1 - a.padding;
          const std::int64_t low = std::max(begin, shift < 0 ? (-shift + a.stride - 1) / a.stride : 0);
          const std::int64_t past = a.fine - shift;
          const std::int64_t high = std::min(end, past <= 0 ? 0 : (past + a.stride - 1) / a.stride);
          if (low >= high) continue;
          const T* fine_at = fine + (i0 * a.fine + low * a.stride + shift) * fine_line;
          const T* coarse_at = coarse + (j0 * a.coarse + low) * coarse_line;
          T* out = matrices + (d0 * a.kernel + d1) * axes_[2].kernel * matrix;
          for (const Run& run : contractions_[2].runs) {
            product<T>({run.taps * fine_channels_, coarse_channels_, run.count, high - low},
                       {fine_at + run.from * fine_channels_, 1, run.from_step * fine_channels_, a.stride * fine_line},
                       {coarse_at + run.first * coarse_channels_, coarse_channels_, coarse_line},
                       out + run.tap * matrix, coarse_channels_, true);
          }
        }
      }
    }
  }
}

template <class T>
void Neighbourhood<T>::weight_gradient(const T* coarse, const T* fine, std::int64_t samples, T* weight) const {
  const std::int64_t coarse_size = axes_[0].coarse * axes_[1].coarse * axes_[2].coarse * coarse_channels_;
  const std::int64_t fine_size = axes_[0].fine * axes_[1].fine * axes_[2].fine * fine_channels_;
  const std::int64_t numbers = offsets() * coarse_channels_ * fine_channels_;
  std::vector<std::vector<T>> sums(static_cast<std::size_t>(samples));
  parallel_for(samples, [&](std::int64_t sample) {
    std::vector<T>& sum = sums[static_cast<std::size_t>(sample)];
    sum.assign(static_cast<std::size_t>(numbers), T(0));
    add_weight_gradient(coarse + sample * coarse_size, fine + sample * fine_size, sum.data());
  });
  std::fill(weight, weight + numbers, T(0));
  for (const std::vector<T>& sum : sums) {
    const T* next = sum.data();
    for (std::int64_t d = 0; d < offsets(); ++d) {
      for (std::int64_t e = 0; e < fine_channels_; ++e) {
        for (std::int64_t c = 0; c < coarse_channels_; ++c) weight[(c * fine_channels_ + e) * offsets() + d] += *next++;
      }
    }
  }
}

template class Neighbourhood<float>;
template class Neighbourhood<double>;

}  // namespace floe::operators
