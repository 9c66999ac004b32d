// SPDX-License-Identifier: MIT
#pragma once

// LibTorch leaks its own CHECK. Included after Catch2 it would replace Catch2's and the tests would check nothing, so
// it comes first and its macro goes.
#ifdef FLOE_TEST_TORCH
#include <torch/torch.h>
#undef CHECK
#endif

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
#else
#include <catch2/catch.hpp>
inline auto ContainsSubstring(const std::string& text) {
  return Catch::Matchers::Contains(text);
}
#endif
