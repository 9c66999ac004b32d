// SPDX-License-Identifier: MIT
#include "train/process.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <limits>

namespace floe::train {
namespace {

/// A function of the BLAS that LibTorch was linked with; null where it has none of that name.
template <class Function>
Function* blas_function(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

}  // namespace

void prepare_process(int threads) {
  at::set_num_threads(threads);
  if (auto* set_threads = blas_function<void(int)>("openblas_set_num_threads")) {
    constexpr int built_on_openmp = 2;
    auto* kind = blas_function<int()>("openblas_get_parallel");
    set_threads(kind && kind() == built_on_openmp ? threads : 1);
  }
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
}

}  // namespace floe::train
