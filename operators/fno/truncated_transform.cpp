// SPDX-License-Identifier: MIT
#include "operators/fno/truncated_transform.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "base/parallel_for.h"
#include "operators/kernels/product.h"

namespace floe::operators {
namespace {

std::int64_t product(const std::vector<std::int64_t>& values) {
  return std::accumulate(values.begin(), values.end(), std::int64_t{1}, std::multiplies<>());
}

}  // namespace

std::int64_t ModeCounts::total() const {
  return product(per_axis);
}

std::int64_t ModeCounts::first(std::int64_t axis) const {
  return axis + 1 == axes() ? 0 : -(per_axis[static_cast<std::size_t>(axis)] / 2);
}

template <class T>
TruncatedTransform<T>::TruncatedTransform(std::vector<std::int64_t> grid, ModeCounts modes,
                                          const std::vector<std::vector<double>>& factors)
    : grid_(std::move(grid)), modes_(std::move(modes)) {
  make_axes();
  make_terms(factors);
}

template <class T>
void TruncatedTransform<T>::make_axes() {
  for (std::size_t a = 0; a < grid_.size(); ++a) {
    const std::int64_t first = modes_.first(static_cast<std::int64_t>(a));
    const std::int64_t highest = std::max(-first, first + modes_.per_axis[a] - 1);
    Axis axis{.rows = 2 * highest + 1, .points = grid_[a]};
    axis.basis.resize(static_cast<std::size_t>(axis.rows * axis.points));
    for (std::int64_t x = 0; x < axis.points; ++x) {
      for (std::int64_t k = 0; k <= highest; ++k) {
        // The angle is reduced exactly, as a fraction of the circle.
        const double angle =
            2 * std::numbers::pi * static_cast<double>(k * x % axis.points) / static_cast<double>(axis.points);
        const bool half = 2 * (k * x % axis.points) == axis.points;
        axis.basis[static_cast<std::size_t>(k * axis.points + x)] = static_cast<T>(std::cos(angle));
        if (k > 0) {
          axis.basis[static_cast<std::size_t>((highest + k) * axis.points + x)] =
              half ? T(0) : static_cast<T>(std::sin(angle));
        }
      }
    }
    products_ *= axis.rows;
    axes_.push_back(std::move(axis));
  }
}

template <class T>
void TruncatedTransform<T>::make_terms(const std::vector<std::vector<double>>& factors) {
  const std::size_t d = grid_.size();
  terms_per_part_ = std::int64_t{1} << (d - 1);
  terms_.reserve(static_cast<std::size_t>(modes_.total() * 2 * terms_per_part_));
  std::vector<std::int64_t> index(d);
  for (std::int64_t mode = 0; mode < modes_.total(); ++mode) {
    double factor = 1;
    std::int64_t rest = mode;
    std::vector<std::int64_t> k(d);
    for (std::size_t a = d; a-- > 0;) {
      const std::int64_t place = rest % modes_.per_axis[a];
      rest /= modes_.per_axis[a];
      k[a] = place + modes_.first(static_cast<std::int64_t>(a));
      factor *= factors[a][static_cast<std::size_t>(place)];
    }
    // exp(-i theta) is the product over axes of cos - i sin: every choice of sines gives (-i)^sines.
    for (int part = 0; part < 2; ++part) {
      for (std::int64_t choice = 0; choice < (std::int64_t{1} << d); ++choice) {
        int sines = 0;
        double coefficient = factor;
        std::int64_t place = 0;
        for (std::size_t a = 0; a < d; ++a) {
          const bool sine = (choice >> a) & 1;
          const std::int64_t highest = (axes_[a].rows - 1) / 2;
          const std::int64_t size = std::abs(k[a]);
          sines += sine ? 1 : 0;
          if (sine && k[a] < 0) coefficient = -coefficient;
          if (sine && k[a] == 0) coefficient = 0;
          place = place * axes_[a].rows + (sine && size > 0 ? highest + size : size);
        }
        if (sines % 2 != part) continue;
        // (-i)^n: 1, -i, -1, i.
        const bool negative = sines % 4 == 1 || sines % 4 == 2;
        terms_.push_back({place, static_cast<T>(negative ? -coefficient : coefficient)});
      }
    }
  }
}

template <class T>
void TruncatedTransform<T>::analyse(const T* field, std::int64_t batch, std::int64_t channels, T* spectrum) const {
  const std::int64_t volume = product(grid_);
  using Buffers = std::pair<AlignedVector<T>, AlignedVector<T>>;
  parallel_for(
      batch, [] { return Buffers(); },
      [&](Buffers& buffers, std::int64_t sample) {
        const T* in = field + sample * volume * channels;
        // The last axis first: its products run through the field from front to back.
        std::int64_t outer = volume;
        std::int64_t inner = channels;
        for (std::size_t a = axes_.size(); a-- > 0;) {
          const Axis& axis = axes_[a];
          outer /= axis.points;
          buffers.second.resize(static_cast<std::size_t>(outer * axis.rows * inner));
          for (std::int64_t o = 0; o < outer; ++o) {
            product<T>({axis.rows, inner, axis.points}, {axis.basis.data(), axis.points},
                       {in + o * axis.points * inner, inner}, buffers.second.data() + o * axis.rows * inner, inner);
          }
          std::swap(buffers.first, buffers.second);
          in = buffers.first.data();
          inner *= axis.rows;
        }
        const Term* term = terms_.data();
        for (std::int64_t row = 0; row < 2 * modes_.total(); ++row) {
          T* out = spectrum + (row * batch + sample) * channels;
          std::fill(out, out + channels, T(0));
          for (std::int64_t t = 0; t < terms_per_part_; ++t, ++term) {
            const T* values = in + term->product * channels;
            const T coefficient = term->coefficient;
            for (std::int64_t c = 0; c < channels; ++c) out[c] += coefficient * values[c];
          }
        }
      });
}

template <class T>
void TruncatedTransform<T>::synthesise(const T* spectrum, std::int64_t batch, std::int64_t channels, T* field) const {
  const std::int64_t volume = product(grid_);
  using Buffers = std::pair<AlignedVector<T>, AlignedVector<T>>;
  parallel_for(
      batch, [] { return Buffers(); },
      [&](Buffers& buffers, std::int64_t sample) {
        buffers.first.assign(static_cast<std::size_t>(products_ * channels), T(0));
        const Term* term = terms_.data();
        for (std::int64_t row = 0; row < 2 * modes_.total(); ++row) {
          const T* in = spectrum + (row * batch + sample) * channels;
          for (std::int64_t t = 0; t < terms_per_part_; ++t, ++term) {
            T* values = buffers.first.data() + term->product * channels;
            const T coefficient = term->coefficient;
            for (std::int64_t c = 0; c < channels; ++c) values[c] += coefficient * in[c];
          }
        }
        std::int64_t outer = 1;
        std::int64_t inner = products_ * channels;
        for (std::size_t a = 0; a < axes_.size(); ++a) {
          const Axis& axis = axes_[a];
          inner /= axis.rows;
          T* out = field + sample * volume * channels;
          if (a + 1 < axes_.size()) {
            buffers.second.resize(static_cast<std::size_t>(outer * axis.points * inner));
            out = buffers.second.data();
          }
          for (std::int64_t o = 0; o < outer; ++o) {
            product<T>({axis.points, inner, axis.rows}, {axis.basis.data(), 1, axis.points},
                       {buffers.first.data() + o * axis.rows * inner, inner}, out + o * axis.points * inner, inner);
          }
          std::swap(buffers.first, buffers.second);
          outer *= axis.points;
        }
      });
}

template class TruncatedTransform<float>;
template class TruncatedTransform<double>;

}  // namespace floe::operators
