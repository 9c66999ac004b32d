// SPDX-License-Identifier: MIT
#include "input_file.h"
#include "io/csv.h"
#include "io/readers/csv_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const floe::test::InputFile file(data, size);
  floe::test::attempt([&] {
    floe::io::CsvReader table(file.path());
    while (table.next()) {
      for (std::size_t column = 0; column < table.columns().size(); ++column) {
        floe::test::attempt([&] { table.number(column); });
      }
    }
  });
  floe::test::attempt([&] {
    const floe::io::CsvTable table = floe::io::read_csv(file.path());
    for (const std::string& column : table.columns) {
      floe::test::attempt([&] { table.numbers(column); });
    }
  });
  return 0;
}
