// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>

#include "direct_dft.h"
#include "fft/real_transform.h"
#include "support/catch.h"

using floe::fft::Layout;
using floe::fft::RealTransform;

namespace {

const std::vector<std::vector<int>> shapes = {{1},       {2},          {7},          {8},         {12},
                                              {1, 5},    {4, 6},       {5, 3},       {6, 7},      {3, 4, 5},
                                              {2, 6, 4}, {2, 3, 4, 5}, {3, 3, 3, 2}, {4, 1, 2, 6}};

/// Where element (b, i) of a batch of `length` numbers each lies.
std::size_t place(Layout layout, int batch, std::ptrdiff_t length, int b, std::size_t i) {
  return layout == Layout::batch_first ? static_cast<std::size_t>(b) * static_cast<std::size_t>(length) + i
                                       : i * static_cast<std::size_t>(batch) + static_cast<std::size_t>(b);
}

/// Rounding grows as log(volume) and is relative to the norm of the input.
template <class T>
double tolerance(const std::vector<double>& values) {
  double norm = 0;
  for (const double v : values) norm += v * v;
  return 20 * static_cast<double>(std::numeric_limits<T>::epsilon()) * std::sqrt(norm + 1);
}

}  // namespace

TEMPLATE_TEST_CASE("transforms equal the direct sums in one to four dimensions", "[fft]", float, double) {
  using T = TestType;
  for (const Layout layout : {Layout::batch_first, Layout::batch_last}) {
    for (const int batch : {1, 3, 8}) {
      for (const std::vector<int>& sizes : shapes) {
        const RealTransform<T> transform(sizes, batch, layout);
        const std::ptrdiff_t volume = direct::product(sizes);
        const std::ptrdiff_t modes = direct::product(direct::spectrum_sizes(sizes));
        REQUIRE(transform.volume() == volume);
        REQUIRE(transform.modes() == modes);
        std::vector<T> real(static_cast<std::size_t>(volume * batch));
        std::vector<T> real_before;
        std::vector<std::complex<T>> spectrum(static_cast<std::size_t>(modes * batch));
        std::vector<std::vector<double>> fields;
        for (int b = 0; b < batch; ++b) {
          fields.push_back(direct::random_reals(volume, static_cast<std::uint64_t>(b)));
          for (std::size_t i = 0; i < fields.back().size(); ++i) {
            fields.back()[i] = static_cast<T>(fields.back()[i]);
            real[place(layout, batch, volume, b, i)] = static_cast<T>(fields.back()[i]);
          }
        }
        real_before = real;
        transform.forward(real.data(), spectrum.data());
        REQUIRE(real == real_before);
        double worst = 0;
        for (int b = 0; b < batch; ++b) {
          const auto& field = fields[static_cast<std::size_t>(b)];
          const auto expected = direct::forward(field, sizes);
          for (std::size_t m = 0; m < expected.size(); ++m) {
            const std::complex<double> got(spectrum[place(layout, batch, modes, b, m)]);
            worst = std::max(worst, std::abs(got - expected[m]) / tolerance<T>(field));
          }
        }
        INFO("batch " << batch << ", axes " << sizes.size() << ", volume " << volume);
        CHECK(worst < 1);

        // Round trip: volume times the field, the spectrum kept; then the same without keeping it.
        const std::vector<std::complex<T>> spectrum_before = spectrum;
        std::vector<T> back(real.size());
        std::vector<T> back_overwriting(real.size());
        transform.inverse(spectrum.data(), back.data());
        REQUIRE(spectrum == spectrum_before);
        transform.inverse_overwriting(spectrum.data(), back_overwriting.data());
        double trip = 0;
        for (std::size_t i = 0; i < real.size(); ++i) {
          trip = std::max(
              {trip,
               std::abs(static_cast<double>(back[i]) / static_cast<double>(volume) - static_cast<double>(real[i])),
               std::abs(static_cast<double>(back_overwriting[i] - back[i])) / static_cast<double>(volume)});
        }
        CHECK(trip < tolerance<T>(fields[0]));
      }
    }
  }
}

TEST_CASE("the inverse symmetrises a spectrum that belongs to no real field", "[fft]") {
  for (const Layout layout : {Layout::batch_first, Layout::batch_last}) {
    for (const std::vector<int>& sizes : shapes) {
      const int batch = 2;
      const RealTransform<double> transform(sizes, batch, layout);
      const auto parts = direct::random_reals(4 * transform.modes(), 17);
      std::vector<std::vector<std::complex<double>>> spectra(2);
      std::vector<std::complex<double>> spectrum(static_cast<std::size_t>(2 * transform.modes()));
      std::size_t next = 0;
      for (int b = 0; b < batch; ++b) {
        for (std::size_t m = 0; m < static_cast<std::size_t>(transform.modes()); ++m, next += 2) {
          spectra[static_cast<std::size_t>(b)].emplace_back(parts[next], parts[next + 1]);
          spectrum[place(layout, batch, transform.modes(), b, m)] = spectra[static_cast<std::size_t>(b)].back();
        }
      }
      std::vector<double> real(static_cast<std::size_t>(2 * transform.volume()));
      transform.inverse(spectrum.data(), real.data());
      double worst = 0;
      for (int b = 0; b < batch; ++b) {
        const auto expected = direct::inverse(spectra[static_cast<std::size_t>(b)], sizes);
        for (std::size_t i = 0; i < expected.size(); ++i) {
          worst = std::max(worst, std::abs(real[place(layout, batch, transform.volume(), b, i)] - expected[i]));
        }
      }
      CHECK(worst < tolerance<double>(parts) * 4);
    }
  }
}

TEST_CASE("the power of a field is that of its spectrum", "[fft]") {
  for (const std::vector<int>& sizes : {std::vector<int>{64, 64}, {33, 21}, {9, 10, 12}, {6, 5, 4, 7}}) {
    const RealTransform<double> transform(sizes);
    const auto field = direct::random_reals(transform.volume(), 4);
    std::vector<std::complex<double>> spectrum(static_cast<std::size_t>(transform.modes()));
    transform.forward(field.data(), spectrum.data());
    double power = 0;
    for (const double v : field) power += v * v;
    double spectral = 0;
    const int half = sizes.back() / 2 + 1;
    for (std::size_t m = 0; m < spectrum.size(); ++m) {
      const int k = static_cast<int>(m % static_cast<std::size_t>(half));
      spectral += (k == 0 || 2 * k == sizes.back() ? 1 : 2) * std::norm(spectrum[m]);
    }
    CHECK(spectral / static_cast<double>(transform.volume()) == Approx(power).epsilon(1e-13));
  }
}
