// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace floe::app {

/// floe and the libraries it runs with, by name: the versions found at run time where a library tells them.
std::vector<std::pair<std::string, std::string>> versions();

/// Options of the build and versions as JSON, for `floe --config`.
std::string build_config_json();

/// What `floe --version` prints.
std::string version_text();

}  // namespace floe::app
