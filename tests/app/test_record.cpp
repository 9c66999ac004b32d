// SPDX-License-Identifier: MIT
#include <limits>
#include <nlohmann/json.hpp>

#include "app/tasks/record.h"
#include "app/tasks/summary.h"
#include "support/catch.h"

using namespace floe::app;

TEST_CASE("values are printed with their errors") {
  CHECK(format_with_error(0.08342, 0.00051) == "0.0834(5)");
  CHECK(format_with_error(1.07321, 0.00118) == "1.0732(12)");
  CHECK(format_with_error(1234.4, 12.3) == "1234(12)");
  CHECK(format_with_error(-0.5, 0.11) == "-0.50(11)");
  CHECK(format_with_error(0.5, 0.0) == "0.5");
  CHECK(format_with_error(0.5, std::numeric_limits<double>::quiet_NaN()) == "0.5");
  CHECK(format_with_error(std::numeric_limits<double>::quiet_NaN(), 1) == "-");
}

TEST_CASE("tables align their columns and hide the errors beside their values") {
  Record a, b;
  a.set("size", std::vector<int>{8, 8}).set("chi", 1.25).set("chi_error", 0.02).set("note", "x");
  b.set("size", std::vector<int>{16, 16}).set("chi", 2.5).set("ess", 0.5);
  CHECK(format_table({a, b}) ==
        " size      chi  note  ess\n"
        "  8x8  1.25(2)     x    -\n"
        "16x16      2.5     -  0.5\n");
  CHECK(format_table({a}, {"chi"}) == "    chi\n1.25(2)\n");
}

TEST_CASE("a summary is JSON with the keys that scripts rely on, in order; what is not finite is null") {
  Summary summary;
  summary.status = "complete";
  summary.task = "flow";
  summary.versions = {{"floe", "0.1.0"}};
  summary.results.emplace_back()
      .set("size", std::vector<int>{8, 8})
      .set("ess", 0.1 + 0.2)
      .set("forward_ess", std::monostate{});
  summary.results.back().set("log_z", std::numeric_limits<double>::infinity());
  const auto json = nlohmann::ordered_json::parse(to_json(summary));
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  CHECK(keys ==
        std::vector<std::string>{"status", "task", "experiment", "seconds", "threads", "ranks", "versions", "results"});
  CHECK(json["results"][0]["ess"].get<double>() == 0.1 + 0.2);
  CHECK(json["results"][0]["forward_ess"].is_null());
  CHECK(json["results"][0]["log_z"].is_null());
}
