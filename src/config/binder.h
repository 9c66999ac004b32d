// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/declaration.h"
#include "config/node.h"
#include "config/section.h"

namespace floe::config {

/// What the sections of one configuration share while it is bound: the declared keys, the conditions that hold, and the
/// first value that did not fit.
class Binder final {
 public:
  /// With `every_branch` the keys of every condition are declared as if it held, for the reference page.
  Binder(const Node& root, std::string name, bool every_branch);

  Section root() { return Section(*this, {}, &root_); }

  /// Throws for the first key of the file that no declaration knows or whose condition does not hold, and then for the
  /// first value that did not fit.
  void finish() const;

  const Node& tree() const { return root_; }
  const std::string& name() const { return name_; }
  bool every_branch() const { return every_branch_; }
  bool active() const { return inactive_ == 0; }
  std::string condition() const;

  void push(std::string condition, bool active);
  void pop(bool active);
  void declare(KeyInfo key);
  void declare(TableInfo table);
  void postpone(std::string problem);

  Declaration take() { return std::move(declaration_); }
  /// Throws for the first key of [quick] that no declaration knows; its conditions may hold only once it is applied.
  void check_quick(const Node& quick) const { check_keys(quick, {}, true); }

 private:
  void check_keys(const Node& table, const std::string& path, bool allow_inactive) const;
  void refuse_unknown(const Node& node, const std::string& path) const;

  const Node& root_;
  std::string name_;
  bool every_branch_;
  int inactive_ = 0;
  std::vector<std::string> conditions_;
  Declaration declaration_;
  std::string problem_;
};

}  // namespace floe::config
