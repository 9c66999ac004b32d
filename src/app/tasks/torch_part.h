// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "app/tasks/registry.h"
#include "config/declaration.h"

namespace floe::app {

/// What the command has by LibTorch. Loading that library takes most of a second, so there are two programs of the same
/// sources: `floe` with torch_part_absent.cpp, whose functions throw NeedsTorch where work is asked for, and
/// `floe-torch` with torch_part_torch.cpp. The command catches NeedsTorch and becomes the other program, with the same
/// words.
class NeedsTorch final : public std::exception {
 public:
  explicit NeedsTorch(std::string what, std::string without = {})
      : what_(std::move(what)), without_(std::move(without)) {}
  /// What was asked for: "task = \"operator\"".
  const char* what() const noexcept override { return what_.c_str(); }
  /// The error where there is no such program; empty: that it is missing.
  const std::string& without() const { return without_; }

 private:
  std::string what_;
  std::string without_;
};

/// The version of LibTorch; empty in the program without it.
std::string torch_version();

/// Readies the process for LibTorch on that many threads; does nothing in the program without it.
void prepare_torch(int threads);

/// The tasks that need LibTorch; both programs know their names.
const std::vector<TaskEntry>& torch_tasks();

struct ModelRow {
  std::string name;
  std::string description;
};
/// Every kind of model.
std::vector<ModelRow> model_rows();
/// The keys of a kind of model with the defaults.
config::Declaration declare_model(const std::string& name, bool every_branch);

}  // namespace floe::app
