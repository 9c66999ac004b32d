// SPDX-License-Identifier: MIT
#include <zlib.h>

#include <random>

#include "array_cases.h"
#include "base/error.h"
#include "io/readers/npz.h"
#include "zip_writer.h"

using namespace floe;
using namespace floe::io;
using floe::test::message_of;
using floe::test::Scratch;
using floe::test::ZipWriter;

namespace {

std::string npy(const std::string& shape, std::size_t data_bytes) {
  const std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + ", }\n";
  std::string text = "\x93NUMPY";
  text += '\x01';
  text += '\0';
  text += static_cast<char>(header.size());
  text += '\0';
  return text + header + std::string(data_bytes, '\0');
}

std::string refusal(const Scratch& scratch, const std::string& content, bool reading = false) {
  floe::test::write_content(scratch / "a.npz", content);
  return message_of<DataError>([&] {
    const auto file = open_npz(scratch / "a.npz");
    for (const ArrayInfo& info : file->arrays()) {
      if (reading) {
        std::vector<double> one(1);
        const std::size_t rank = info.shape.size();
        file->read(info.name, {Shape(rank, 0), Shape(rank, 1), Shape(rank, 1)}, std::span<double>(one));
      }
    }
  });
}

}  // namespace

TEST_CASE("NPZ files, stored, deflated, with 64-bit sizes and from a pipe, read as numpy reads them") {
  const Scratch scratch;
  if (!floe::test::run_python(scratch, "readers/write_containers.py", "npz .")) {
    return;
  }
  floe::test::check_against_numpy(scratch, open_array_file);

  const auto objects = open_npz(scratch / "object.npz");
  std::vector<double> values(3);
  CHECK_THAT(message_of<DataError>([&] {
               objects->read("X", {{0}, {2}, {1}}, std::span(values).first(2));
             }),
             ContainsSubstring("pickled Python objects"));
  objects->read("y", {{0}, {3}, {1}}, values);
  const auto bzip2 = open_npz(scratch / "bzip2.npz");
  CHECK_THAT(message_of<DataError>([&] {
               bzip2->read("a", {{}, {}, {}}, std::span(values).first(1));
             }),
             ContainsSubstring("compression is of kind 12"));
}

TEST_CASE("archives made to deceive are refused") {
  const Scratch scratch;
  const std::string array = npy("(1000,)", 8000);
  ZipWriter::Member good{"x.npy", array, true};
  CHECK(refusal(scratch, ZipWriter::archive({good}), true).empty());

  SECTION("no archive") {
    CHECK_THAT(refusal(scratch, ""), ContainsSubstring("truncated"));
    CHECK_THAT(refusal(scratch, std::string(100, 'x')), ContainsSubstring("truncated"));
    CHECK_THAT(refusal(scratch, ZipWriter::archive({{"readme.txt", "text", true}})), ContainsSubstring("no arrays"));
    CHECK_THAT(refusal(scratch, ZipWriter::archive({good, good})), ContainsSubstring("two members"));
  }
  SECTION("sizes that lie") {
    good.claimed_size = array.size() + 8;
    CHECK_THAT(refusal(scratch, ZipWriter::archive({good})), ContainsSubstring("damaged"));
    // A header that agrees with the lie, and data that are not there, or more of them.
    ZipWriter::Member longer{"x.npy", npy("(1000,)", 7992), true};
    longer.claimed_size = array.size();
    CHECK_THAT(refusal(scratch, ZipWriter::archive({longer}), true), ContainsSubstring("expands to less"));
    ZipWriter::Member shorter{"x.npy", npy("(1000,)", 8008), true};
    shorter.claimed_size = array.size();
    CHECK_THAT(refusal(scratch, ZipWriter::archive({shorter}), true), ContainsSubstring("expands to more"));
  }
  SECTION("a member that claims to expand to 8 TB") {
    ZipWriter::Member bomb{"x.npy", npy("(1000000000000,)", 100000), true};
    bomb.claimed_size = npy("(1000000000000,)", 0).size() + 8000000000000U;
    CHECK_THAT(refusal(scratch, ZipWriter::archive({bomb})), ContainsSubstring("exhaust memory"));
  }
  SECTION("a checksum that is wrong") {
    good.claimed_crc = 1;
    CHECK_THAT(refusal(scratch, ZipWriter::archive({good}), true), ContainsSubstring("checksum"));
  }
  SECTION("a directory and a header that disagree") {
    std::string archive = ZipWriter::archive({good});
    archive[30] = 'y';
    CHECK_THAT(refusal(scratch, archive), ContainsSubstring("disagree"));
  }
}

TEST_CASE("NPZ files cut or changed anywhere are refused or read") {
  const Scratch scratch;
  const std::string whole = ZipWriter::archive({{"x.npy", npy("(3,4)", 96), true}, {"y.npy", npy("(2,)", 16), false}});
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CHECK_FALSE(refusal(scratch, whole.substr(0, length)).empty());
  }
  std::mt19937 random(7);
  int refused = 0;
  for (int trial = 0; trial < 1500; ++trial) {
    std::string changed = whole;
    changed[random() % whole.size()] = static_cast<char>(random());
    refused += refusal(scratch, changed, true).empty() ? 0 : 1;
  }
  CHECK(refused > 300);
}
