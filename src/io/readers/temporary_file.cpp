// SPDX-License-Identifier: MIT
#include "io/readers/temporary_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/error.h"
#include "base/files.h"

namespace floe::io {

TemporaryFile::TemporaryFile(std::uint64_t expected_size, std::string label)
    : label_(std::move(label)), folder_(std::filesystem::temp_directory_path()) {
  struct statvfs room {};
  if (::statvfs(folder_.c_str(), &room) == 0 &&
      expected_size / std::max<std::uint64_t>(room.f_frsize, 1) >= room.f_bavail) {
    throw IoError(
        fmt::format("{} needs {} bytes of temporary space ({} has {} left); set TMPDIR to a folder with more "
                    "room, or write the file without compression",
                    label_, expected_size, folder_.string(), room.f_bavail * room.f_frsize));
  }
  descriptor_ = ::open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor_ < 0) {  // not every file system knows files without a name
    std::string name = (folder_ / "floe-XXXXXX").string();
    descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor_ < 0) {
      throw_io_error("write", name, errno);
    }
    ::unlink(name.c_str());
  }
}

TemporaryFile::~TemporaryFile() {
  ::close(descriptor_);
}

void TemporaryFile::write(std::uint64_t offset, std::span<const std::byte> values) {
  while (!values.empty()) {
    const ssize_t written = ::pwrite(descriptor_, values.data(), values.size(), static_cast<off_t>(offset));
    if (written < 0 && errno != EINTR) {
      throw_io_error("write", folder_ / "a temporary file", errno);
    }
    const std::size_t count = written > 0 ? static_cast<std::size_t>(written) : 0;
    values = values.subspan(count);
    offset += count;
    size_ = std::max(size_, offset);
  }
}

void TemporaryFile::read(std::uint64_t offset, std::span<std::byte> values) const {
  if (offset > size_ || values.size() > size_ - offset) {
    throw DataError(fmt::format("{} is truncated (bytes {} to {} are asked for and it has {}); use a complete copy",
                                label_, offset, offset + values.size(), size_));
  }
  while (!values.empty()) {
    const ssize_t got = ::pread(descriptor_, values.data(), values.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      throw_io_error("read", folder_ / "a temporary file", got < 0 ? errno : EIO);
    }
    values = values.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
}

}  // namespace floe::io
