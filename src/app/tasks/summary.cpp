// SPDX-License-Identifier: MIT
#include "app/tasks/summary.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"

namespace floe::app {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Value& value) {
  struct Visitor {
    Json operator()(std::monostate) const { return nullptr; }
    Json operator()(bool v) const { return v; }
    Json operator()(std::int64_t v) const { return v; }
    Json operator()(double v) const { return std::isfinite(v) ? Json(v) : Json(nullptr); }
    Json operator()(const std::string& v) const { return v; }
    Json operator()(const std::vector<int>& v) const { return v; }
  };
  return std::visit(Visitor{}, value);
}

Json to_json(const Record& record) {
  Json object = Json::object();
  for (const auto& [name, value] : record.entries()) object[name] = to_json(value);
  return object;
}

}  // namespace

std::string to_json(const Summary& summary) {
  Json json;
  json["status"] = summary.status;
  json["task"] = summary.task;
  json["experiment"] = summary.experiment;
  json["seconds"] = summary.seconds;
  json["threads"] = summary.threads;
  json["ranks"] = summary.ranks;
  json["versions"] = Json::object();
  for (const auto& [name, version] : summary.versions) json["versions"][name] = version;
  for (const auto& [name, value] : summary.details.entries()) json[name] = to_json(value);
  json["results"] = Json::array();
  for (const Record& record : summary.results) json["results"].push_back(to_json(record));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void write_summary(const std::filesystem::path& path, const Summary& summary) {
  write_file_atomically(path, to_json(summary));
}

std::string read_status(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return {};
  const Json json = Json::parse(read_file(path), nullptr, false);
  if (!json.is_object() || !json.contains("status") || !json["status"].is_string()) return {};
  return json["status"].get<std::string>();
}

}  // namespace floe::app
