// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "operators/registry.h"

namespace floe::operators {

/// The entry of the registry for a network that is made by Network(options, data). `Options` has validate() and a
/// bind(Section&, Options&) beside it.
template <class Options, class Network>
class ModelOf final : public Model {
 public:
  void bind(config::Section& section) override { floe::operators::bind(section, options_); }
  void validate() const override { options_.validate(); }
  std::shared_ptr<Operator> make(const DataShape& data) const override {
    return std::make_shared<Network>(options_, data);
  }

 private:
  Options options_;
};

}  // namespace floe::operators
