// SPDX-License-Identifier: MIT
#include "config/read.h"

#include "config/binder.h"

namespace floe::config {

Declaration read(const Document& document, const BindFunction& bind_options) {
  Binder binder(document.root(), document.name(), false);
  Section root = binder.root();
  bind_options(root);
  binder.finish();
  binder.check_quick(document.quick());
  return binder.take();
}

Declaration declare_all(const BindFunction& bind_options) {
  const Node empty;
  Binder binder(empty, {}, true);
  Section root = binder.root();
  bind_options(root);
  return binder.take();
}

}  // namespace floe::config
