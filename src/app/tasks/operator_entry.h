// SPDX-License-Identifier: MIT
#pragma once

namespace floe::app {

inline constexpr const char* operator_task_name = "operator";
inline constexpr const char* operator_task_description =
    "train a model that maps fields to fields, and judge it on test data and other resolutions";

}  // namespace floe::app
