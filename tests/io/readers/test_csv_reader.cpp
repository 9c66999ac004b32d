// SPDX-License-Identifier: MIT
#include <cmath>

#include "../scratch.h"
#include "base/error.h"
#include "io/readers/csv_reader.h"
#include "io/readers/json_file.h"
#include "support/catch.h"

#include <nlohmann/json.hpp>

using namespace floe;
using namespace floe::io;
using floe::test::message_of;
using floe::test::Scratch;

namespace {

using Table = std::vector<std::vector<std::string>>;

Table rows_of(const Scratch& scratch, const std::string& text) {
  floe::test::write_content(scratch / "a.csv", text);
  CsvReader reader(scratch / "a.csv");
  Table rows = {reader.columns()};
  while (reader.next()) {
    rows.emplace_back();
    for (std::size_t column = 0; column < reader.columns().size(); ++column) {
      rows.back().emplace_back(reader.text(column));
    }
  }
  return rows;
}

}  // namespace

TEST_CASE("tables are read record by record as RFC 4180 writes them") {
  const Scratch scratch;
  CHECK(rows_of(scratch, "a,b\n1,2\n3,4") == Table{{"a", "b"}, {"1", "2"}, {"3", "4"}});
  CHECK(rows_of(scratch, "a,b\r\n1,2\r\n\r\n3,4\r\n\n") == Table{{"a", "b"}, {"1", "2"}, {"3", "4"}});
  CHECK(rows_of(scratch,
                "\xEF\xBB\xBF"
                "a, b \n,\n") == Table{{"a", "b"}, {"", ""}});
  CHECK(rows_of(scratch, "a,b\n\"x,y\",\"two\r\nlines\"\n\"\"\"q\"\"\",\"\"\n") ==
        Table{{"a", "b"}, {"x,y", "two\r\nlines"}, {"\"q\"", ""}});
  CHECK(rows_of(scratch, "only\n") == Table{{"only"}});

  // Records across the ends of the buffer, of 1 MiB.
  std::string text = "n,text\n";
  for (int i = 0; i < 20000; ++i) {
    text +=
        std::to_string(i) + ",\"" + std::string(static_cast<std::size_t>(i % 311), i % 2 == 0 ? ',' : '\n') + "\"\n";
  }
  const Table rows = rows_of(scratch, text);
  REQUIRE(rows.size() == 20001);
  for (std::size_t i = 0; i < 20000; ++i) {
    if (rows[i + 1][0] != std::to_string(i) || rows[i + 1][1].size() != i % 311) {
      FAIL("record " << i);
    }
  }
}

TEST_CASE("numbers of a table, and what is wrong with it, by line") {
  const Scratch scratch;
  floe::test::write_content(scratch / "a.csv", "x,y\n\"1\n\",2\n 1e3 ,\n+4,nan\n1.5x,0\n");
  CsvReader reader(scratch / "a.csv");
  CHECK(reader.column("y") == 1);
  CHECK_FALSE(reader.has_column("z"));
  CHECK_THAT(message_of<DataError>([&] { reader.column("z"); }), ContainsSubstring("it has x, y"));
  CHECK(reader.next());
  CHECK_THAT(message_of<DataError>([&] { reader.number(0); }), ContainsSubstring("line 2"));
  CHECK(reader.number(1) == 2);
  CHECK(reader.next());
  CHECK(reader.line() == 4);  // the cell before had two
  CHECK(reader.number(0) == 1000);
  CHECK(std::isnan(reader.number(1)));
  CHECK(reader.next());
  CHECK(reader.number(0) == 4);
  CHECK(std::isnan(reader.number(1)));
  CHECK(reader.next());
  CHECK_THAT(message_of<DataError>([&] { reader.number(0); }), ContainsSubstring("'1.5x' in line 6"));
  CHECK_FALSE(reader.next());

  const auto refusal = [&](const std::string& text) { return message_of<DataError>([&] { rows_of(scratch, text); }); };
  CHECK_THAT(refusal(""), ContainsSubstring("empty"));
  CHECK_THAT(refusal("a,a\n"), ContainsSubstring("two columns 'a'"));
  CHECK_THAT(refusal("a,b\n1,2\n3\n"), ContainsSubstring("line 3") && ContainsSubstring("1 cells"));
  CHECK_THAT(refusal("a,b\n1,2,3\n"), ContainsSubstring("line 2") && ContainsSubstring("3 cells"));
  CHECK_THAT(refusal("a,b\n1,\"2\n3,4\n"), ContainsSubstring("never closed"));
  CHECK_THAT(refusal("a\n" + std::string(3 << 20, 'x')), ContainsSubstring("line 2") && ContainsSubstring("longer"));
}

TEST_CASE("JSON files are read within limits of size and depth") {
  const Scratch scratch;
  const auto refusal = [&](const std::string& text) {
    floe::test::write_content(scratch / "a.json", text);
    return message_of<DataError>([&] { read_json(scratch / "a.json", {.bytes = 1000, .depth = 8}); });
  };
  CHECK(refusal("{\"a\": [1, {\"b\": 2.5}]}").empty());
  CHECK(read_json(scratch / "a.json")["a"][1]["b"] == 2.5);
  CHECK(refusal(std::string(8, '[') + std::string(8, ']')).empty());
  CHECK_THAT(refusal(std::string(10, '[') + std::string(10, ']')), ContainsSubstring("more than 8 deep"));
  CHECK_THAT(refusal(std::string(1001, ' ')), ContainsSubstring("1001 bytes"));
  CHECK_THAT(refusal("{\"a\": 1e999}"), ContainsSubstring("no valid JSON"));
  CHECK_THAT(refusal("{\"a\": NaN}"), ContainsSubstring("no valid JSON"));
  CHECK_THAT(refusal(""), ContainsSubstring("no valid JSON"));
  CHECK_THAT(refusal("{\"a\": \"\xff\"}"), ContainsSubstring("no valid JSON"));
}
