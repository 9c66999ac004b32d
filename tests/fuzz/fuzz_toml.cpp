// SPDX-License-Identifier: MIT
#include "config/document.h"
#include "input_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const floe::test::InputFile file(data, size);
  floe::test::attempt([&] {
    floe::config::Document document = floe::config::Document::from_file(file.path());
    document.apply_quick();
  });
  return 0;
}
