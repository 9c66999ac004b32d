// SPDX-License-Identifier: MIT
#include "fft/fftw_library.h"

#include <fmt/format.h>

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

}  // namespace floe::fft::detail
