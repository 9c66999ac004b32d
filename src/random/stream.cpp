// SPDX-License-Identifier: MIT
#include "random/stream.h"

#include "random/draw_kernel.h"

namespace floe::random {
namespace {

void interleave(const double* first, const double* second, double* out) {
  for (int w = 0; w < detail::width; ++w) {
    out[2 * w] = first[w];
    out[2 * w + 1] = second[w];
  }
}

}  // namespace

void Stream::refill_uniform() {
  uniform_group_ = position_ / buffered;
  alignas(64) double first[detail::width];
  alignas(64) double second[detail::width];
  detail::uniform_pairs(key_, {sample_index_, 0, uniform_group_ * (buffered / 2), 1}, first, second);
  interleave(first, second, uniform_);
}

void Stream::refill_normal() {
  normal_group_ = position_ / buffered;
  alignas(64) double first[detail::width];
  alignas(64) double second[detail::width];
  detail::normal_pairs(key_, {sample_index_, 0, normal_group_ * (buffered / 2), 1}, first, second);
  interleave(first, second, normal_);
}

}  // namespace floe::random
