// SPDX-License-Identifier: MIT
#pragma once

#include <fftw3.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"

namespace floe::fft::detail {

/// FFTW's planner and wisdom are the process's own and not thread-safe: whoever uses them holds this lock. The first
/// call prepares FFTW for threads and throws Error unless the linked library is FFTW itself: other libraries export its
/// function names with other behaviour.
[[nodiscard]] std::unique_lock<std::mutex> lock_planner();

/// FFTW's functions by precision.
template <class T>
struct Fftw;

template <>
struct Fftw<double> {
  using Plan = fftw_plan;
  using Complex = fftw_complex;
  static constexpr auto plan_forward = fftw_plan_many_dft_r2c;
  static constexpr auto plan_inverse = fftw_plan_many_dft_c2r;
  static constexpr auto execute_forward = fftw_execute_dft_r2c;
  static constexpr auto execute_inverse = fftw_execute_dft_c2r;
  static constexpr auto plan_real = fftw_plan_many_r2r;
  static constexpr auto execute_real = fftw_execute_r2r;
  static constexpr auto set_threads = fftw_plan_with_nthreads;
  static constexpr auto alignment_of = fftw_alignment_of;
  static constexpr auto allocate = fftw_malloc;
  static constexpr auto release = fftw_free;
  static constexpr auto wisdom_to_string = fftw_export_wisdom_to_string;
  static constexpr auto wisdom_from_string = fftw_import_wisdom_from_string;
};

template <>
struct Fftw<float> {
  using Plan = fftwf_plan;
  using Complex = fftwf_complex;
  static constexpr auto plan_forward = fftwf_plan_many_dft_r2c;
  static constexpr auto plan_inverse = fftwf_plan_many_dft_c2r;
  static constexpr auto execute_forward = fftwf_execute_dft_r2c;
  static constexpr auto execute_inverse = fftwf_execute_dft_c2r;
  static constexpr auto plan_real = fftwf_plan_many_r2r;
  static constexpr auto execute_real = fftwf_execute_r2r;
  static constexpr auto set_threads = fftwf_plan_with_nthreads;
  static constexpr auto alignment_of = fftwf_alignment_of;
  static constexpr auto allocate = fftwf_malloc;
  static constexpr auto release = fftwf_free;
  static constexpr auto wisdom_to_string = fftwf_export_wisdom_to_string;
  static constexpr auto wisdom_from_string = fftwf_import_wisdom_from_string;
};

/// Memory aligned as FFTW likes it.
template <class T>
struct Free {
  void operator()(void* memory) const { Fftw<T>::release(memory); }
};

template <class T>
using Memory = std::unique_ptr<void, Free<T>>;

template <class T>
Memory<T> allocate(std::size_t bytes) {
  Memory<T> memory(Fftw<T>::allocate(std::max<std::size_t>(bytes, 1)));
  if (!memory) throw Error(fmt::format("no memory for {} bytes (FFTW refused); use a smaller batch", bytes));
  return memory;
}

/// Throws ShapeError unless there are one to four axes, no size or batch below one, and less than 2^31 elements.
void check_shape(const std::vector<int>& sizes, int batch);

/// How many plans the process has made.
std::atomic<std::size_t>& plans_made();

}  // namespace floe::fft::detail
