// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "input_file.h"
#include "io/readers/json_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const floe::test::InputFile file(data, size);
  floe::test::attempt([&] {
    const nlohmann::json json = floe::io::read_json(file.path());
    // What was read is written and read again to the same.
    const std::string text = json.dump();
    const floe::test::InputFile again(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    if (floe::io::read_json(again.path()).dump() != text) {
      std::abort();
    }
  });
  return 0;
}
