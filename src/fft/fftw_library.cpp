// SPDX-License-Identifier: MIT
#include "fft/fftw_library.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <limits>
#include <string_view>

#include "base/error.h"

namespace floe::fft::detail {
namespace {

void check_version(const char* version) {
  if (!std::string_view(version).starts_with("fftw-")) {
    throw Error(fmt::format(
        "the FFTW functions come from \"{}\" (another library exports their names); link libfftw3 before it", version));
  }
}

}  // namespace

std::unique_lock<std::mutex> lock_planner() {
  static std::mutex mutex;
  static bool ready = false;
  std::unique_lock<std::mutex> lock(mutex);
  if (!ready) {
    check_version(fftw_version);
    check_version(fftwf_version);
    if (fftw_init_threads() == 0 || fftwf_init_threads() == 0) {
      throw Error("FFTW cannot use threads (fftw_init_threads failed); check the limits on memory and threads");
    }
    ready = true;
  }
  return lock;
}

void check_shape(const std::vector<int>& sizes, int batch) {
  const auto fail = [&](const char* why, const char* what) {
    throw ShapeError(fmt::format("transform of {} with batch {} ({}); {}", sizes, batch, why, what));
  };
  if (sizes.empty() || sizes.size() > 4) fail("there must be one to four axes", "give one size per axis");
  if (batch < 1) fail("the batch must be at least 1", "give the number of transforms");
  std::int64_t elements = batch;
  for (const int size : sizes) {
    if (size < 1) fail("every size must be at least 1", "give positive sizes");
    elements *= size;
    if (elements > std::numeric_limits<int>::max()) fail("more than 2^31 - 1 elements", "split the batch");
  }
}

std::atomic<std::size_t>& plans_made() {
  static std::atomic<std::size_t> count{0};
  return count;
}

}  // namespace floe::fft::detail
