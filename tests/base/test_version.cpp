// SPDX-License-Identifier: MIT
#include "base/version.h"
#include "support/catch.h"

TEST_CASE("the build knows what it is") {
  const floe::BuildInfo& info = floe::build_info();
  CHECK(info.version.find('.') != std::string::npos);
  CHECK_FALSE(info.git.empty());
  CHECK_FALSE(info.compiler.empty());
  CHECK_FALSE(info.build_type.empty());
}
