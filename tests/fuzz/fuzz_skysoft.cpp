// SPDX-License-Identifier: MIT
#include "input_file.h"
#include "io/readers/skysoft.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const floe::test::InputFile file(data, size);
  floe::test::attempt([&] {
    const auto source = floe::io::open_skysoft_files(file.path());
    std::vector<double> time(1);
    source->read("parameters/time", 0, 1, std::span<double>(time));
  });
  return 0;
}
