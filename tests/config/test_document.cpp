// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "config/document.h"
#include "support/catch.h"
#include "support/temporary_directory.h"

using floe::ConfigError;
using floe::config::Document;

TEST_CASE("broken TOML gives one line with file and line number") {
  for (const std::string text : {"a = 1\nb = [1, 2\nc = 3\n", "a = 1\na = 2\n", "a = \n", "[x\n", "a = 1 b = 2\n"}) {
    INFO(text);
    try {
      Document::from_text(text, "a.toml");
      FAIL("it was accepted");
    } catch (const ConfigError& error) {
      const std::string message = error.what();
      CAPTURE(message);
      CHECK(message.starts_with("a.toml:"));
      CHECK(message.find('\n') == std::string::npos);
      CHECK_THAT(message, ContainsSubstring("this is not TOML ("));
    }
  }
}

TEST_CASE("integers that do not fit 64 bits are refused, not cut off") {
  CHECK_THROWS_WITH(Document::from_text("a = 1\nb = 99999999999999999999\n", "a.toml"),
                    ContainsSubstring("a.toml:2: an integer does not fit 64 bits"));
  Document document;
  CHECK_THROWS_WITH(document.apply_override("a=99999999999999999999"), ContainsSubstring("command line: an integer"));
}

TEST_CASE("a missing file is an IoError that names it") {
  CHECK_THROWS_AS(Document::from_file("no/such.toml"), floe::IoError);
  CHECK_THROWS_WITH(Document::from_file("no/such.toml"), ContainsSubstring("'no/such.toml' (there is no such file)"));
}

TEST_CASE("overrides without a key or a value are refused") {
  for (const char* text : {"nodes", "=3", "a..b=1", ".a=1", "a.=1", "a b=1", "a="}) {
    INFO(text);
    Document document;
    CHECK_THROWS_AS(document.apply_override(text), ConfigError);
    CHECK_THROWS_WITH(document.apply_override(text), ContainsSubstring("it must be key=value"));
  }
}

TEST_CASE("an override cannot reach below a value that is no table") {
  Document document = Document::from_text("a = 1\n", "a.toml");
  CHECK_THROWS_WITH(document.apply_override("a.b=2"),
                    ContainsSubstring("reaches below a (which is an integer, not a table)"));
}

TEST_CASE("the table quick must be a table") {
  CHECK_THROWS_WITH(Document::from_text("quick = 1\n", "a.toml"), ContainsSubstring("a.toml:1: quick is an integer"));
}

TEST_CASE("keys keep the order of the file") {
  const Document document = Document::from_text("z = 1\na = 2\nm = 3\n[b]\nx = 1\n", "a.toml");
  std::string order;
  for (const auto& [name, node] : document.root().table) order += name;
  CHECK(order == "zamb");
}
