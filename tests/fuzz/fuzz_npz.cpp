// SPDX-License-Identifier: MIT
#include "input_file.h"
#include "io/readers/npz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const floe::test::InputFile file(data, size);
  floe::test::attempt([&] { floe::test::read_arrays(*floe::io::open_npz(file.path())); });
  return 0;
}
