// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>

#include "base/error.h"
#include "io/csv.h"
#include "scratch.h"
#include "support/catch.h"

using namespace floe;
using namespace floe::io;
using floe::test::file_content;
using floe::test::message_of;
using floe::test::Scratch;

TEST_CASE("a table holds whole rows at every moment and reads back exactly") {
  const Scratch scratch;
  CsvWriter writer(scratch / "metrics.csv", {"step", "loss", "time [s]", "note"});
  CHECK(file_content(scratch / "metrics.csv") == "step,loss,time [s],note\n");
  writer.row({std::int64_t{1}, 0.1, 1e-300, std::string("plain")});
  CHECK(file_content(scratch / "metrics.csv") == "step,loss,time [s],note\n1,0.1,1e-300,plain\n");
  writer.row({std::int64_t{2}, 1.0 / 3.0, std::numeric_limits<double>::infinity(), std::string("a,\"b\"\nc")});
  writer.row({std::int64_t{3}, std::numeric_limits<double>::quiet_NaN(), -0.0, std::string()});
  CHECK(writer.rows() == 3);
  const CsvTable table = read_csv(scratch / "metrics.csv");
  CHECK(table.columns == writer.columns());
  CHECK(table.numbers("step") == std::vector<double>{1, 2, 3});
  CHECK(table.numbers("loss")[1] == 1.0 / 3.0);
  CHECK(std::isnan(table.numbers("loss")[2]));
  CHECK(std::isinf(table.numbers("time [s]")[1]));
  CHECK(table.rows[1][3] == "a,\"b\"\nc");
  CHECK_THAT(message_of<DataError>([&] { table.numbers("note"); }), ContainsSubstring("'plain' in row 1"));
  CHECK_THAT(message_of<DataError>([&] { table.numbers("los"); }), ContainsSubstring("it has step, loss"));
  CHECK_THAT(message_of<ShapeError>([&] { writer.row({1.0}); }), ContainsSubstring("it has 4 columns"));
}

TEST_CASE("a resumed table drops what came after the checkpoint") {
  const Scratch scratch;
  const std::filesystem::path path = scratch / "metrics.csv";
  const std::vector<std::string> columns = {"step", "loss"};
  {
    CsvWriter writer(path, columns);
    for (std::int64_t step = 1; step <= 5; ++step) {
      writer.row({step, 1.0 / static_cast<double>(step)});
    }
  }
  // Killed in the middle of a row.
  floe::test::write_content(path, file_content(path) + "6,0.1");
  CHECK(read_csv(path).rows.size() == 6);
  {
    CsvWriter writer = CsvWriter::resume(path, columns, 3);
    writer.row({std::int64_t{4}, 7.0});
    CHECK(writer.rows() == 4);
  }
  CHECK(file_content(path) == "step,loss\n1,1\n2,0.5\n3,0.3333333333333333\n4,7\n");
  CHECK_THAT(message_of<DataError>([&] { CsvWriter::resume(path, columns, 5); }),
             ContainsSubstring("has 4 whole rows (the checkpoint counts 5)"));
  CHECK_THAT(message_of<DataError>([&] {
               CsvWriter::resume(path, {"step", "ess"}, 1);
             }),
             ContainsSubstring("step,loss (expected step,ess)"));
  CHECK(file_content(path) == "step,loss\n1,1\n2,0.5\n3,0.3333333333333333\n4,7\n");
  CHECK(CsvWriter::resume(scratch / "new.csv", columns, 0).rows() == 0);
  CHECK_THROWS_AS(CsvWriter::resume(scratch / "none.csv", columns, 2), IoError);
  CHECK_THROWS_AS(CsvWriter(scratch / "none" / "a.csv", columns), IoError);
  CHECK_THROWS_AS(CsvWriter(scratch / "a.csv", {}), ConfigError);
  floe::test::write_content(path, "a,b\n1,2\n3\n4,5\n");
  CHECK_THAT(message_of<DataError>([&] { read_csv(path); }), ContainsSubstring("row 2 of"));
}
