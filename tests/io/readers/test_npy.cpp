// SPDX-License-Identifier: MIT
#include <random>

#include "array_cases.h"
#include "base/error.h"
#include "io/readers/npy.h"

using namespace floe;
using namespace floe::io;
using floe::test::message_of;
using floe::test::Scratch;

namespace {

std::string npy(const std::string& dictionary, std::size_t data_bytes) {
  std::string header = dictionary + "\n";
  std::string text = "\x93NUMPY";
  text += '\x01';
  text += '\0';
  text += static_cast<char>(header.size() & 0xFF);
  text += static_cast<char>(header.size() >> 8);
  return text + header + std::string(data_bytes, '\0');
}

std::string refusal(const Scratch& scratch, const std::string& content) {
  floe::test::write_content(scratch / "a.npy", content);
  return message_of<DataError>([&] { open_npy(scratch / "a.npy"); });
}

}  // namespace

TEST_CASE("NPY files of every type, order, version and shape read as numpy reads them") {
  const Scratch scratch;
  if (!floe::test::run_python(scratch, "readers/write_containers.py", "npy .")) {
    return;
  }
  floe::test::check_against_numpy(scratch, open_array_file);

  for (const auto& [name, type] :
       {std::pair{"complex", "complex128"}, {"object", "object"}, {"text", "string"}, {"record", "record"}}) {
    const auto file = open_npy(scratch / (std::string(name) + ".npy"));
    const ArrayInfo& info = file->array(name);
    CHECK(file->container() == "NPY");
    CHECK(info.type_name == type);
    std::vector<double> values(element_count(info.shape));
    CHECK_THAT(
        message_of<DataError>([&] { file->read(info.name, Selection::all(info.shape), std::span<double>(values)); }),
        ContainsSubstring("cannot be read"));
  }
}

TEST_CASE("hostile NPY headers are refused by name") {
  const Scratch scratch;
  CHECK(refusal(scratch, npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", 16)).empty());
  // numpy accepts other orders, quotes and spacing, and so do we.
  CHECK(refusal(scratch, npy("{ \"shape\":(2L,1L) ,'fortran_order':True,'descr':\"=f8\"}", 16)).empty());

  CHECK_THAT(refusal(scratch, ""), ContainsSubstring("does not begin as one"));
  CHECK_THAT(refusal(scratch, "\x93NUMPY\x09" + std::string(99, '\0')), ContainsSubstring("version 9.0"));
  CHECK_THAT(refusal(scratch, npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", 15)),
             ContainsSubstring("truncated"));
  CHECK_THAT(refusal(scratch, npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", 17)),
             ContainsSubstring("damaged"));
  for (const char* shape : {"(4611686018427387904, 4)", "(9223372036854775807,)", "(4294967296, 4294967296, 0)",
                            "(18446744073709551615, 2)"}) {
    for (const char* order : {"True", "False"}) {
      CHECK_THAT(
          refusal(scratch,
                  npy("{'descr': '<f8', 'fortran_order': " + std::string(order) + ", 'shape': " + shape + ", }", 16)),
          ContainsSubstring("impossible shape"));
    }
  }
  CHECK_THAT(refusal(scratch, npy("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }", 16)),
             ContainsSubstring("no size"));
  CHECK_THAT(refusal(scratch, npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-2,), }", 16)),
             ContainsSubstring("no size"));
  std::string axes;
  for (int i = 0; i < 40; ++i) {
    axes += "1, ";
  }
  CHECK_THAT(refusal(scratch, npy("{'descr': '<f8', 'fortran_order': False, 'shape': (" + axes + "), }", 8)),
             ContainsSubstring("40 axes"));
  CHECK_THAT(refusal(scratch, npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), 'x': 1}", 16)),
             ContainsSubstring("unexpected key 'x'"));
  CHECK_THAT(refusal(scratch, npy("{'descr': '<f8', 'descr': '<f8', 'shape': (2,)}", 16)),
             ContainsSubstring("unexpected key 'descr'"));
  CHECK_THAT(refusal(scratch, npy("{'descr': '<f8', 'shape': (2,)}", 16)), ContainsSubstring("lacks"));
  CHECK_THAT(refusal(scratch, npy("{'descr': '<q9', 'fortran_order': False, 'shape': (2,), }", 16)),
             ContainsSubstring("none of numpy's"));
  CHECK_THAT(refusal(scratch, npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), } exit()", 16)),
             ContainsSubstring("follows"));
  CHECK_THAT(refusal(scratch, npy("{'descr': [('x', '<f8'", 16)), ContainsSubstring("no end"));
}

TEST_CASE("NPY files cut or changed anywhere are refused or read") {
  const Scratch scratch;
  const std::string whole = npy("{'descr': '<f4', 'fortran_order': True, 'shape': (3, 5), }", 60);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CHECK_FALSE(refusal(scratch, whole.substr(0, length)).empty());
  }
  std::mt19937 random(7);
  int opened = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    std::string changed = whole;
    changed[random() % (whole.size() - 60)] = static_cast<char>(random());
    floe::test::write_content(scratch / "a.npy", changed);
    try {
      const auto file = open_npy(scratch / "a.npy");
      std::vector<double> values(element_count(file->arrays().front().shape));
      file->read("a", Selection::all(file->arrays().front().shape), std::span<double>(values));
      ++opened;
    } catch (const DataError&) {
    }
  }
  CHECK(opened < 1000);
}

TEST_CASE("what is no file is an error of the system") {
  const Scratch scratch;
  CHECK_THAT(message_of<IoError>([&] { open_npy(scratch / "none.npy"); }), ContainsSubstring("no such file"));
  CHECK_THAT(message_of<IoError>([&] { open_npy(scratch.path()); }), ContainsSubstring("folder"));
}
