// SPDX-License-Identifier: MIT
#include <random>

#include "array_cases.h"
#include "base/error.h"
#include "io/readers/mat5.h"
#include "zip_writer.h"

using namespace floe;
using namespace floe::io;
using floe::test::message_of;
using floe::test::Scratch;
using floe::test::ZipWriter;

namespace {

std::string little(std::uint64_t value) {
  return ZipWriter::little(value, 4);
}

std::string element(std::uint32_t type, const std::string& data) {
  return little(type) + little(data.size()) + data + std::string((8 - data.size() % 8) % 8, '\0');
}

std::string header() {
  std::string text = "MATLAB 5.0 MAT-file";
  text.resize(124, ' ');
  return text + ZipWriter::little(0x0100, 2) + "IM";
}

/// A float64 array "x" of these extents with some bytes of data.
std::string matrix(const std::vector<std::uint32_t>& extents, std::size_t data_bytes, std::uint32_t flags = 6) {
  std::string axes;
  for (const std::uint32_t extent : extents) {
    axes += little(extent);
  }
  return element(14, element(6, little(flags) + little(0)) + element(5, axes) + element(1, "x") +
                         element(9, std::string(data_bytes, '\0')));
}

std::string packed(const std::string& content) {
  const std::string data = ZipWriter::deflated(content, MAX_WBITS);
  return little(15) + little(data.size()) + data;
}

std::string refusal(const Scratch& scratch, const std::string& content) {
  floe::test::write_content(scratch / "a.mat", content);
  return message_of<DataError>([&] {
    const auto file = open_mat5(scratch / "a.mat");
    for (const ArrayInfo& info : file->arrays()) {
      std::vector<double> one(1);
      const std::size_t rank = info.shape.size();
      file->read(info.name, {Shape(rank, 0), Shape(rank, 1), Shape(rank, 1)}, std::span<double>(one));
    }
  });
}

}  // namespace

TEST_CASE("MAT 5 files, compressed and not, read as scipy reads them") {
  const Scratch scratch;
  if (!floe::test::run_python(scratch, "readers/write_containers.py", "mat .")) {
    return;
  }
  floe::test::check_against_numpy(scratch, open_array_file);

  for (const char* name : {"plain.mat", "compressed.mat"}) {
    const auto file = open_mat5(scratch / name);
    CHECK(file->container() == "MAT 5");
    std::vector<double> values(1);
    for (const auto& [array, type] : {std::pair{"structure", "struct"},
                                      {"text", "string"},
                                      {"cells", "cell"},
                                      {"complex", "complex128"},
                                      {"sparse", "sparse"}}) {
      const ArrayInfo& info = file->array(array);
      CHECK(info.type_name == type);
      CHECK_THAT(message_of<DataError>([&] {
                   file->read(info.name, {Shape(2, 0), Shape(2, 1), Shape(2, 1)}, std::span<double>(values));
                 }),
                 ContainsSubstring("of class " + std::string(type)));
    }
  }
  CHECK_THAT(message_of<DataError>([&] { open_mat5(scratch / "old.mat"); }), ContainsSubstring("version 4"));
}

TEST_CASE("hostile MAT 5 files are refused by name") {
  const Scratch scratch;
  CHECK(refusal(scratch, header() + matrix({3, 4}, 96)).empty());
  CHECK(refusal(scratch, header() + packed(matrix({3, 4}, 96))).empty());
  CHECK_THAT(refusal(scratch, ""), ContainsSubstring("shorter than a header"));
  CHECK_THAT(refusal(scratch, header() + matrix({3, 4}, 88)), ContainsSubstring("take 96 bytes and it has 88"));
  CHECK_THAT(refusal(scratch, header() + matrix({0x7FFFFFFF, 0x7FFFFFFF, 0x7FFFFFFF}, 88)),
             ContainsSubstring("impossible shape"));
  CHECK_THAT(refusal(scratch, header() + matrix({0x80000000, 2}, 88)), ContainsSubstring("negative extent"));
  CHECK_THAT(refusal(scratch, header() + matrix(std::vector<std::uint32_t>(40, 1), 8)),
             ContainsSubstring("more than 32"));
  CHECK_THAT(refusal(scratch, header() + element(3, "data")), ContainsSubstring("type 3"));
  CHECK_THAT(refusal(scratch, header() + matrix({3, 4}, 96) + matrix({1, 1}, 8)), ContainsSubstring("two arrays"));
  CHECK_THAT(refusal(scratch, header() + packed("short")), ContainsSubstring("holds nothing"));
  CHECK_THAT(refusal(scratch, header() + packed(packed(matrix({3, 4}, 96)))), ContainsSubstring("holds no array"));
  // The header promises 4 GB, the data are a few bytes.
  std::string lie = matrix({23170, 23170}, 80000);
  const std::uint64_t size = 23170UL * 23170UL * 8;
  lie.replace(4, 4, little(size + 64));
  lie.replace(60, 4, little(size));
  CHECK_THAT(refusal(scratch, header() + packed(lie)), ContainsSubstring("exhaust memory"));
}

TEST_CASE("MAT 5 files cut or changed anywhere are refused or read") {
  const Scratch scratch;
  const std::string whole = header() + matrix({3, 4}, 96);
  for (std::size_t length = 129; length < whole.size(); ++length) {
    CHECK_FALSE(refusal(scratch, whole.substr(0, length)).empty());
  }
  const std::string compressed = header() + packed(matrix({5, 4}, 160)) + packed(matrix({5, 4}, 160, 0x0806));
  std::mt19937 random(7);
  int refused = 0;
  for (int trial = 0; trial < 1500; ++trial) {
    std::string changed = trial % 2 == 0 ? whole : compressed;
    changed[116 + random() % (changed.size() - 116)] = static_cast<char>(random());
    refused += refusal(scratch, changed).empty() ? 0 : 1;
  }
  CHECK(refused > 300);
}
