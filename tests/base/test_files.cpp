// SPDX-License-Identifier: MIT
#include <cerrno>
#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "base/partial_file.h"
#include "support/catch.h"
#include "support/temporary_directory.h"

using floe::test::TemporaryDirectory;

TEST_CASE("an atomic write creates and replaces files and leaves nothing else behind") {
  const TemporaryDirectory directory;
  const auto path = directory / "a.txt";
  floe::write_file_atomically(path, "one");
  CHECK(floe::read_file(path) == "one");
  const std::string large(300000, 'x');
  floe::write_file_atomically(path, large);
  CHECK(floe::read_file(path) == large);
  CHECK_FALSE(std::filesystem::exists(directory / "a.txt.partial"));
}

TEST_CASE("a partial file that is not committed leaves the old file as it was") {
  const TemporaryDirectory directory;
  const auto path = directory / "a.h5";
  floe::write_file_atomically(path, "old");
  {
    const floe::PartialFile file(path);
    std::ofstream(file.path()) << "half";
    CHECK(floe::read_file(path) == "old");
  }
  CHECK(floe::read_file(path) == "old");
  CHECK_FALSE(std::filesystem::exists(directory / "a.h5.partial"));
  {
    floe::PartialFile file(path);
    std::ofstream(file.path()) << "new";
    file.commit();
  }
  CHECK(floe::read_file(path) == "new");
}

TEST_CASE("file errors say what, why and what to do") {
  const TemporaryDirectory directory;
  floe::write_file_atomically(directory / "file", "");
  CHECK_THROWS_WITH(floe::read_file(directory / "absent"),
                    ContainsSubstring("cannot read") && ContainsSubstring("there is no such file"));
  CHECK_THROWS_WITH(floe::write_file_atomically(directory / "absent/a", "x"),
                    ContainsSubstring("its directory does not exist"));
  CHECK_THROWS_WITH(floe::write_file_atomically(directory / "file/a", "x"),
                    ContainsSubstring("file' is not a directory"));
  CHECK_THROWS_WITH(floe::write_file_atomically(directory.path(), "x"), ContainsSubstring("it is a directory"));
  CHECK_THROWS_WITH(floe::make_directories(directory / "file/a/b"), ContainsSubstring("file' is not a directory"));
  CHECK_THROWS_AS(floe::make_directories(directory / "file"), floe::IoError);
  CHECK_THROWS_WITH(floe::throw_io_error("write", "a", ENOSPC), ContainsSubstring("the disk is full"));
  CHECK_THROWS_WITH(floe::throw_io_error("write", "a", EROFS), ContainsSubstring("read-only"));
}

TEST_CASE("a full disk is reported and the old file stays") {
  // /dev/full refuses every byte as a full disk does; the partial file is a link to it.
  const TemporaryDirectory directory;
  const auto path = directory / "a.txt";
  floe::write_file_atomically(path, "old");
  std::filesystem::create_symlink("/dev/full", directory / "a.txt.partial");
  CHECK_THROWS_WITH(floe::write_file_atomically(path, "new"), ContainsSubstring("the disk is full"));
  CHECK(floe::read_file(path) == "old");
}
