// SPDX-License-Identifier: MIT
#include <cstdio>

#include "base/error.h"
#include "base/lanes.h"

int main() {
  floe::Block<double> block = floe::Block<double>::Constant(floe::lane_count<double>, 4, 2.0);
  const bool aligned = reinterpret_cast<std::uintptr_t>(block.data()) % 64 == 0;
  if (!aligned || block.sum() != 64.0) {
    std::puts("a block of the installed floe is wrong");
    return 1;
  }
  try {
    throw floe::ShapeError("expected");
  } catch (const floe::Error&) {
    std::puts("the installed floe works");
  }
}
