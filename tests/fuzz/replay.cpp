// SPDX-License-Identifier: MIT
/// Runs a fuzz target without libFuzzer, for the test suite and for compilers that have none: on every file given, or
/// in the folders given, and on some random changes of each, always the same ones.
///
///     replay_<target> <changes per file> <file or folder>...
///
/// Exit code 77: no file to begin with.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes content(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// One to four changes: a byte, a run of bytes left out or doubled, the end cut off, an extreme number.
Bytes changed(Bytes bytes, std::mt19937& random) {
  const auto below = [&](std::size_t limit) { return limit == 0 ? 0 : random() % limit; };
  for (std::size_t i = below(4) + 1; i > 0 && !bytes.empty(); --i) {
    const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size()));
    const auto run = static_cast<std::ptrdiff_t>(below(static_cast<std::size_t>(bytes.end() - at)) % 64);
    switch (below(5)) {
      case 0:
        *at = static_cast<std::uint8_t>(random());
        break;
      case 1:
        bytes.erase(at, at + run);
        break;
      case 2: {
        const Bytes part(at, at + run);
        bytes.insert(at, part.begin(), part.end());
        break;
      }
      case 3:
        bytes.erase(at, bytes.end());
        break;
      default:
        std::fill(at, at + std::min<std::ptrdiff_t>(run, 8), below(2) == 0 ? 0xFF : 0x7F);
        break;
    }
  }
  return bytes;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::fprintf(stderr, "usage: %s <changes per file> <file or folder>...\n", arguments[0]);
    return 64;
  }
  std::vector<std::filesystem::path> files;
  for (int i = 2; i < count; ++i) {
    const std::filesystem::path path = arguments[i];
    if (std::filesystem::is_directory(path)) {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
        if (entry.is_regular_file()) files.push_back(entry.path());
      }
    } else if (std::filesystem::exists(path)) {
      files.push_back(path);
    }
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    std::puts("no files to begin with");
    return 77;
  }
  std::mt19937 random(1);
  for (const std::filesystem::path& path : files) {
    const Bytes bytes = content(path);
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    for (int i = std::atoi(arguments[1]); i > 0; --i) {
      const Bytes trial = changed(bytes, random);
      LLVMFuzzerTestOneInput(trial.data(), trial.size());
    }
  }
  std::printf("%zu files and %s changes of each\n", files.size(), arguments[1]);
  return 0;
}
