// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "config/declaration.h"
#include "config/document.h"
#include "config/section.h"

namespace floe::config {

using BindFunction = std::function<void(Section&)>;

/// Fills options from a document. Throws ConfigError, naming file and line, for a key that is unknown or unused, also
/// in [quick], for a value that does not fit its key, and for a required key that is missing. Returns what was
/// declared, with the values, for to_toml().
Declaration read(const Document& document, const BindFunction& bind_options);

/// The same for options that have a bind() function beside them; calls their validate() if they have one.
template <class Options>
Declaration read(const Document& document, Options& options) {
  Declaration declaration = read(document, BindFunction([&](Section& section) { bind(section, options); }));
  if constexpr (requires { options.validate(); }) options.validate();
  return declaration;
}

/// Every key under every condition, with its default: for the reference page.
Declaration declare_all(const BindFunction& bind_options);

}  // namespace floe::config
