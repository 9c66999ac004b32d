// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/declaration.h"
#include "config/limits.h"
#include "config/node.h"

namespace floe::config {

class Binder;

/// One table of a configuration while options are bound to it. Each key is declared once, by a function next to its
/// options:
///
///     void bind(config::Section& section, TrainOptions& options) {
///       section.key("nodes", options.nodes, "time nodes of the coefficients", config::at_least(2));
///       section.choice("method", options.method, {{"hmc", Method::hmc}, {"wolff", Method::wolff}}, "the update");
///       section.when(options.method == Method::hmc, "method = \"hmc\"", [&] {
///         section.key("steps", options.steps, "leapfrog steps of a trajectory", config::positive());
///       });
///     }
///
/// The declaration serves reading, the dump of defaults, the resolved file, the reference page and the errors. The
/// value that the option has before is the default. A value that does not fit is reported when all keys are known (see
/// read()).
class Section final {
 public:
  void key(std::string_view name, bool& value, std::string_view help, const Limits& limits = {});
  void key(std::string_view name, int& value, std::string_view help, const Limits& limits = {});
  void key(std::string_view name, std::int64_t& value, std::string_view help, const Limits& limits = {});
  void key(std::string_view name, std::uint64_t& value, std::string_view help, const Limits& limits = {});
  /// Integers are accepted as well; infinities and NaN only with any_number().
  void key(std::string_view name, double& value, std::string_view help, const Limits& limits = {});
  void key(std::string_view name, std::string& value, std::string_view help, const Limits& limits = {});
  /// No value is written "auto".
  void key(std::string_view name, std::optional<double>& value, std::string_view help, const Limits& limits = {});
  void key(std::string_view name, std::optional<int>& value, std::string_view help, const Limits& limits = {});
  void key(std::string_view name, std::vector<int>& value, std::string_view help, const Limits& limits = {});
  void key(std::string_view name, std::vector<double>& value, std::string_view help, const Limits& limits = {});
  void key(std::string_view name, std::vector<std::string>& value, std::string_view help, const Limits& limits = {});
  /// A list of lattice sizes (see parse_lattice_size); elements are strings, bare integers or lists of integers.
  void key(std::string_view name, std::vector<std::vector<int>>& value, std::string_view help,
           const Limits& limits = {});
  /// One lattice size.
  void lattice_size(std::string_view name, std::vector<int>& value, std::string_view help, const Limits& limits = {});

  /// An enumerator by its name. Throws ConfigError at once for another name, since further keys depend on it.
  template <class Enum>
  void choice(std::string_view name, Enum& value, std::initializer_list<std::pair<const char*, Enum>> choices,
              std::string_view help) {
    std::vector<std::string> names;
    std::size_t index = 0;
    for (const auto& [text, enumerator] : choices) {
      if (enumerator == value) index = names.size();
      names.emplace_back(text);
    }
    value = (choices.begin() + choose(name, index, names, help))->second;
  }

  /// One name out of a list.
  void choice(std::string_view name, std::string& value, const std::vector<std::string>& choices,
              std::string_view help);

  /// Keys that are legal only while `active`; `condition` says when, as TOML: "kind = \"phi4\"".
  template <class Body>
  void when(bool active, std::string_view condition, Body&& body) {
    const Conditional conditional(*this, active, condition);
    body();
  }

  /// A table inside this one, bound by `bind(Section&, Options&)` found beside its options.
  template <class Options>
  void table(std::string_view name, Options& options, std::string_view help) {
    Section inner = enter(name, help);
    bind(inner, options);
  }

  /// The tables inside this one that the file gives, by name and in its order, for tables whose names the user chooses.
  std::vector<std::string> table_names() const;

  /// A table inside this one, to be bound by the caller.
  Section enter(std::string_view name, std::string_view help);

 private:
  friend class Binder;

  /// Within its scope declared keys carry a condition.
  class Conditional final {
   public:
    Conditional(Section& section, bool active, std::string_view condition);
    ~Conditional();
    Conditional(const Conditional&) = delete;
    Conditional& operator=(const Conditional&) = delete;

   private:
    Binder& binder_;
    std::string condition_;
    bool active_;
  };

  Section(Binder& binder, std::string path, const Node* node) : binder_(&binder), path_(std::move(path)), node_(node) {}

  template <class T>
  void bind_key(std::string_view name, T& value, std::string_view help, const Limits& limits);
  /// The place of the chosen name in `choices`.
  std::ptrdiff_t choose(std::string_view name, std::size_t initial, const std::vector<std::string>& choices,
                        std::string_view help);
  std::string full_path(std::string_view name) const;

  Binder* binder_;
  std::string path_;
  const Node* node_;
};

}  // namespace floe::config
