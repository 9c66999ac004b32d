// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/tasks/flow_options.h"
#include "app/tasks/task.h"

namespace floe::app {

/// The work of task = "flow" for targets that are no lattice field theory: Gaussian mixtures and the double well.
class EnergyFlow final {
 public:
  /// `options` are referred to and must outlive the object.
  explicit EnergyFlow(const FlowOptions& options) : options_(options) {}

  std::vector<std::string> plan() const;
  Ending run(const TaskContext& context) const;
  Ending sample(const TaskContext& context, const SampleRequest& request) const;
  Ending evaluate(const TaskContext& context, const EvaluateRequest& request) const;

 private:
  struct State;
  template <class T>
  struct Problem;

  State train(const TaskContext& context) const;
  State trained(const TaskContext& context) const;
  void judge(const TaskContext& context, const State& state, std::int64_t samples, bool keep) const;

  const FlowOptions& options_;
};

}  // namespace floe::app
