// SPDX-License-Identifier: MIT
#include <algorithm>
#include <thread>

#include "base/error.h"
#include "direct_dft.h"
#include "fft/real_transform.h"
#include "support/catch.h"

using floe::fft::Layout;
using floe::fft::Options;
using floe::fft::plan_count;
using floe::fft::RealTransform;

TEST_CASE("a shape is planned once", "[fft]") {
  const std::vector<int> sizes = {10, 14};
  const RealTransform<double> first(sizes, 4);
  std::vector<double> real(static_cast<std::size_t>(4 * first.volume()), 1.0);
  std::vector<std::complex<double>> spectrum(static_cast<std::size_t>(4 * first.modes()));
  const std::size_t before = plan_count();
  first.forward(real.data(), spectrum.data());
  CHECK(plan_count() == before + 1);
  const RealTransform<double> second(sizes, 4);
  second.forward(real.data(), spectrum.data());
  CHECK(plan_count() == before + 1);
  const RealTransform<double> interleaved(sizes, 4, Layout::batch_last);
  interleaved.forward(real.data(), spectrum.data());
  CHECK(plan_count() == before + 2);
  CHECK(spectrum[0].real() == Approx(140.0));
}

TEMPLATE_TEST_CASE("buffers may lie anywhere", "[fft]", float, double) {
  using T = TestType;
  const RealTransform<T> transform({6, 8}, 3, Layout::batch_last);
  const auto volume = static_cast<std::size_t>(3 * transform.volume());
  const auto modes = static_cast<std::size_t>(3 * transform.modes());
  const auto values = direct::random_reals(3 * transform.volume(), 5);
  std::vector<std::vector<std::complex<T>>> results;
  for (std::size_t real_shift = 0; real_shift < 3; ++real_shift) {
    for (std::size_t mode_shift = 0; mode_shift < 3; ++mode_shift) {
      // A complex number needs the alignment of its parts only.
      std::vector<T> real(volume + real_shift);
      std::vector<T> parts(2 * modes + mode_shift);
      auto* spectrum = reinterpret_cast<std::complex<T>*>(parts.data() + mode_shift);
      std::transform(values.begin(), values.end(), real.begin() + static_cast<std::ptrdiff_t>(real_shift),
                     [](double v) { return static_cast<T>(v); });
      transform.forward(real.data() + real_shift, spectrum);
      results.emplace_back(spectrum, spectrum + modes);
      std::vector<T> back(volume + real_shift);
      transform.inverse(spectrum, back.data() + real_shift);
      for (std::size_t i = 0; i < volume; ++i) {
        REQUIRE(std::abs(back[i + real_shift] / static_cast<T>(48) - real[i + real_shift]) <
                static_cast<T>(sizeof(T) == 4 ? 2e-6 : 4e-15));
      }
    }
  }
  for (const auto& result : results) {
    for (std::size_t m = 0; m < modes; ++m) {
      REQUIRE(std::abs(result[m] - results[0][m]) < static_cast<T>(sizeof(T) == 4 ? 1e-5 : 2e-14));
    }
  }
}

TEST_CASE("many threads share plans", "[fft]") {
  const std::vector<std::vector<int>> shapes = {{16}, {9, 12}, {5, 6, 7}, {3, 4, 3, 4}, {32, 32}};
  const auto run = [&shapes](std::vector<std::vector<std::complex<double>>>& out) {
    for (int repeat = 0; repeat < 20; ++repeat) {
      out.clear();
      for (const std::vector<int>& sizes : shapes) {
        const RealTransform<double> transform(sizes, 8, Layout::batch_last);
        const auto field = direct::random_reals(8 * transform.volume(), 6);
        std::vector<std::complex<double>> spectrum(static_cast<std::size_t>(8 * transform.modes()));
        std::vector<double> back(field.size());
        transform.forward(field.data(), spectrum.data());
        transform.inverse(spectrum.data(), back.data());
        transform.forward(back.data(), spectrum.data());
        out.push_back(std::move(spectrum));
      }
    }
  };
  std::vector<std::vector<std::vector<std::complex<double>>>> results(6);
  std::vector<std::thread> threads;
  for (auto& result : results) threads.emplace_back([&run, &result] { run(result); });
  for (std::thread& thread : threads) thread.join();
  std::vector<std::vector<std::complex<double>>> expected;
  run(expected);
  for (const auto& result : results) {
    for (std::size_t s = 0; s < shapes.size(); ++s) {
      double worst = 0;
      for (std::size_t m = 0; m < expected[s].size(); ++m) {
        worst = std::max(worst, std::abs(result[s][m] - expected[s][m]) / (1 + std::abs(expected[s][m])));
      }
      // Aligned and unaligned plans may round differently.
      CHECK(worst < 1e-12);
    }
  }
}

TEST_CASE("a transform by several threads equals that by one", "[fft]") {
  const std::vector<int> sizes = {64, 48};
  const auto field = direct::random_reals(4 * direct::product(sizes), 7);
  const RealTransform<double> one(sizes, 4);
  const RealTransform<double> two(sizes, 4, Layout::batch_first, Options{.threads = 2});
  std::vector<std::complex<double>> a(static_cast<std::size_t>(4 * one.modes()));
  std::vector<std::complex<double>> b(a.size());
  one.forward(field.data(), a.data());
  two.forward(field.data(), b.data());
  double worst = 0;
  for (std::size_t m = 0; m < a.size(); ++m) worst = std::max(worst, std::abs(a[m] - b[m]));
  CHECK(worst < 1e-11);
}

TEST_CASE("wrong shapes and options are refused in words", "[fft]") {
  using floe::ConfigError;
  using floe::ShapeError;
  CHECK_THROWS_AS(RealTransform<double>({}), ShapeError);
  CHECK_THROWS_WITH(RealTransform<double>({4, 0}), ContainsSubstring("every size must be at least 1"));
  CHECK_THROWS_WITH(RealTransform<double>({4, -3}), ContainsSubstring("[4, -3]"));
  CHECK_THROWS_WITH(RealTransform<double>({2, 2, 2, 2, 2}), ContainsSubstring("one to four axes"));
  CHECK_THROWS_WITH(RealTransform<float>({4}, 0), ContainsSubstring("the batch must be at least 1"));
  CHECK_THROWS_WITH(RealTransform<float>({1 << 16, 1 << 16}), ContainsSubstring("2^31 - 1"));
  CHECK_THROWS_AS(RealTransform<double>({4}, 1, Layout::batch_first, Options{.threads = 0}), ConfigError);
  const RealTransform<double> transform({4});
  alignas(64) std::complex<double> memory[3] = {};
  CHECK_THROWS_WITH(transform.forward(reinterpret_cast<double*>(memory), memory), ContainsSubstring("two buffers"));
}
