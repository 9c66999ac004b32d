// SPDX-License-Identifier: MIT
#include "random/draw_kernel.h"

#include <bit>
#include <xsimd/xsimd.hpp>

namespace floe::random::detail {
namespace {

using Real = xsimd::batch<double>;
using Word = xsimd::batch<std::uint64_t>;
constexpr int real_size = static_cast<int>(Real::size);
static_assert(Real::size == Word::size && width % real_size == 0);

constexpr std::uint64_t normal_domain = std::uint64_t{1} << 63;
constexpr std::uint64_t low_half = 0xffffffffU;

/// The 64-bit product of the low halves of every element; high halves are ignored.
inline Word multiply_low_halves(const Word& a, const Word& b) {
#if defined(__AVX512F__)
  return Word(_mm512_mul_epu32(a, b));
#elif defined(__AVX2__)
  return Word(_mm256_mul_epu32(a, b));
#elif defined(__SSE2__)
  return Word(_mm_mul_epu32(a, b));
#else
  return (a & Word(low_half)) * (b & Word(low_half));
#endif
}

struct Pair {
  Word first;
  Word second;
};

/// Philox4x32-10: counter words (c0, c1) hold the sample, (c2, c3) the pair index. The four words travel in the low
/// halves of 64-bit elements, whose high halves hold leftovers until the end.
inline Pair philox(Key key, const Word& sample, const Word& pair) {
  const Word multiplier0(0xD2511F53U);
  const Word multiplier1(0xCD9E8D57U);
  auto key0 = static_cast<std::uint32_t>(key.value);
  auto key1 = static_cast<std::uint32_t>(key.value >> 32);
  Word c0 = sample;
  Word c1 = sample >> 32;
  Word c2 = pair;
  Word c3 = pair >> 32;
  for (int round = 0; round < 10; ++round) {
    const Word product0 = multiply_low_halves(multiplier0, c0);
    const Word product1 = multiply_low_halves(multiplier1, c2);
    c0 = (product1 >> 32) ^ c1 ^ Word(key0);
    c2 = (product0 >> 32) ^ c3 ^ Word(key1);
    c1 = product1;
    c3 = product0;
    key0 += 0x9E3779B9U;
    key1 += 0xBB67AE85U;
  }
  const Word mask(low_half);
  return {(c0 & mask) | (c1 << 32), (c2 & mask) | (c3 << 32)};
}

/// Sets the top 52 bits as a fraction: an odd multiple of 2^-53 in (0, 1), exact.
inline Real fraction(const Word& word) {
  const Word one_to_two = (word >> 12) | Word(0x3FF0000000000000U);
  return std::bit_cast<Real>(one_to_two) - Real(1.0 - 0x1p-53);
}

struct NormalPair {
  Real first;
  Real second;
};

/// Box, Muller, Ann. Math. Stat. 29 (1958) 610. The angle lies in the quarter turn around 0 (52 bits); the top two bits
/// of its word exchange the components and turn by half, which covers the circle uniformly.
inline NormalPair box_muller(const Pair& words) {
  const Real radius = xsimd::sqrt(Real(-2.0) * xsimd::log(fraction(words.first)));
  const Real f = fraction(words.second << 2) - Real(0.5);
  const Real g = f * f;
  // Taylor series of sin and cos of (pi/2) f, |f| < 1/2: truncation below 1e-16.
  constexpr double h = 1.57079632679489661923;
  constexpr double h2 = h * h;
  Real s(-1.0 / 1307674368000.0 * h2 * h2 * h2 * h2 * h2 * h2 * h2 * h);
  s = xsimd::fma(s, g, Real(1.0 / 6227020800.0 * h2 * h2 * h2 * h2 * h2 * h2 * h));
  s = xsimd::fma(s, g, Real(-1.0 / 39916800.0 * h2 * h2 * h2 * h2 * h2 * h));
  s = xsimd::fma(s, g, Real(1.0 / 362880.0 * h2 * h2 * h2 * h2 * h));
  s = xsimd::fma(s, g, Real(-1.0 / 5040.0 * h2 * h2 * h2 * h));
  s = xsimd::fma(s, g, Real(1.0 / 120.0 * h2 * h2 * h));
  s = xsimd::fma(s, g, Real(-1.0 / 6.0 * h2 * h));
  s = xsimd::fma(s, g, Real(h)) * f;
  Real c(1.0 / 20922789888000.0 * h2 * h2 * h2 * h2 * h2 * h2 * h2 * h2);
  c = xsimd::fma(c, g, Real(-1.0 / 87178291200.0 * h2 * h2 * h2 * h2 * h2 * h2 * h2));
  c = xsimd::fma(c, g, Real(1.0 / 479001600.0 * h2 * h2 * h2 * h2 * h2 * h2));
  c = xsimd::fma(c, g, Real(-1.0 / 3628800.0 * h2 * h2 * h2 * h2 * h2));
  c = xsimd::fma(c, g, Real(1.0 / 40320.0 * h2 * h2 * h2 * h2));
  c = xsimd::fma(c, g, Real(-1.0 / 720.0 * h2 * h2 * h2));
  c = xsimd::fma(c, g, Real(1.0 / 24.0 * h2 * h2));
  c = xsimd::fma(c, g, Real(-1.0 / 2.0 * h2));
  c = xsimd::fma(c, g, Real(1.0));
  const Word exchange_bit(std::uint64_t{1} << 62);
  const auto exchange = (words.second & exchange_bit) == exchange_bit;
  const Word sin_bits = std::bit_cast<Word>(s);
  const Word cos_bits = std::bit_cast<Word>(c);
  const Word sign = words.second & Word(std::uint64_t{1} << 63);
  const Real signed_radius = std::bit_cast<Real>(std::bit_cast<Word>(radius) | sign);
  return {signed_radius * std::bit_cast<Real>(xsimd::select(exchange, sin_bits, cos_bits)),
          signed_radius * std::bit_cast<Real>(xsimd::select(exchange, cos_bits, sin_bits))};
}

/// start + w step for the elements w = begin, begin + 1, ...; the step is 0 or 1.
inline Word ramp(std::uint64_t start, std::uint64_t step, int begin) {
  alignas(64) static constexpr std::uint64_t elements[width] = {0, 1, 2, 3, 4, 5, 6, 7};
  return Word(start) + (Word::load_aligned(elements + begin) & Word(~step + 1));
}

}  // namespace

void uniform_pairs(Key key, const Counters& counters, double* first, double* second) {
  for (int w = 0; w < width; w += real_size) {
    const Pair words =
        philox(key, ramp(counters.sample, counters.sample_step, w), ramp(counters.pair, counters.pair_step, w));
    fraction(words.first).store_aligned(first + w);
    fraction(words.second).store_aligned(second + w);
  }
}

void normal_pairs(Key key, const Counters& counters, double* first, double* second) {
  for (int w = 0; w < width; w += real_size) {
    const Word pair = ramp(counters.pair, counters.pair_step, w) | Word(normal_domain);
    const NormalPair normals = box_muller(philox(key, ramp(counters.sample, counters.sample_step, w), pair));
    normals.first.store_aligned(first + w);
    normals.second.store_aligned(second + w);
  }
}

void uniform_pairs_run(Key key, const Counters& counters, std::uint64_t count, double* out) {
  for (int w = 0; w < width; w += real_size) {
    const Word sample = ramp(counters.sample, counters.sample_step, w);
    Word pair = ramp(counters.pair, counters.pair_step, w);
    for (std::uint64_t i = 0; i < count; ++i) {
      const Pair words = philox(key, sample, pair);
      fraction(words.first).store_aligned(out + 2 * i * width + w);
      fraction(words.second).store_aligned(out + (2 * i + 1) * width + w);
      pair += Word(1U);
    }
  }
}

void normal_pairs_run(Key key, const Counters& counters, std::uint64_t count, double* out) {
  for (int w = 0; w < width; w += real_size) {
    const Word sample = ramp(counters.sample, counters.sample_step, w);
    Word pair = ramp(counters.pair, counters.pair_step, w) | Word(normal_domain);
    for (std::uint64_t i = 0; i < count; ++i) {
      const NormalPair normals = box_muller(philox(key, sample, pair));
      normals.first.store_aligned(out + 2 * i * width + w);
      normals.second.store_aligned(out + (2 * i + 1) * width + w);
      pair += Word(1U);
    }
  }
}

}  // namespace floe::random::detail
