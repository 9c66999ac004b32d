// SPDX-License-Identifier: MIT
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "base/error.h"
#include "direct_dft.h"
#include "fft/real_transform.h"
#include "fft/wisdom.h"
#include "support/catch.h"

namespace fs = std::filesystem;
using floe::fft::Effort;
using floe::fft::Layout;
using floe::fft::Options;
using floe::fft::RealTransform;

namespace {

class Folder final {
 public:
  Folder() : path_(fs::temp_directory_path() / ("floe_fft_wisdom_" + std::to_string(std::random_device{}()))) {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("measured plans compute the same and are kept in a file", "[fft]") {
  const Folder folder;
  const std::vector<int> sizes = {8, 12};
  const RealTransform<double> estimated(sizes, 2);
  const RealTransform<double> measured(sizes, 2, Layout::batch_first, Options{.effort = Effort::measure});
  const auto field = direct::random_reals(2 * estimated.volume(), 8);
  std::vector<std::complex<double>> a(static_cast<std::size_t>(2 * estimated.modes()));
  std::vector<std::complex<double>> b(a.size());
  estimated.forward(field.data(), a.data());
  measured.forward(field.data(), b.data());
  for (std::size_t m = 0; m < a.size(); ++m) REQUIRE(std::abs(a[m] - b[m]) < 1e-12);

  const RealTransform<float> single({16}, 1, Layout::batch_first, Options{.effort = Effort::measure});
  std::vector<float> real(16, 1.0F);
  std::vector<std::complex<float>> modes(9);
  single.forward(real.data(), modes.data());

  const fs::path path = folder / "wisdom";
  floe::fft::save_wisdom(path);
  CHECK(fs::exists(path));
  CHECK_FALSE(fs::exists(folder / "wisdom.partial"));
  const std::string text = read(path);
  CHECK_THAT(text, ContainsSubstring("fftw_wisdom"));
  CHECK_THAT(text, ContainsSubstring("fftwf_wisdom"));
  CHECK_NOTHROW(floe::fft::load_wisdom(path));
}

TEST_CASE("bad wisdom files are refused in words", "[fft]") {
  const Folder folder;
  CHECK_THROWS_AS(floe::fft::load_wisdom(folder / "missing"), floe::IoError);
  CHECK_THROWS_WITH(floe::fft::load_wisdom(folder / "missing"), ContainsSubstring("missing"));
  CHECK_THROWS_AS(floe::fft::save_wisdom(folder / "no" / "such" / "folder"), floe::IoError);
  const fs::path path = folder / "damaged";
  for (const char* text : {"", "not wisdom", "(fftw-1.2.3 fftw_wisdom #x1 #x2 #x3 #x4)", "(fftw-3.3.10 fftw_wisdom"}) {
    std::ofstream(path) << text;
    CHECK_THROWS_AS(floe::fft::load_wisdom(path), floe::DataError);
    CHECK_THROWS_WITH(floe::fft::load_wisdom(path), ContainsSubstring("delete it"));
  }
}
