// SPDX-License-Identifier: MIT
#include "base/partial_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/files.h"

namespace floe {
namespace {

void sync(const std::filesystem::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) throw_io_error("reopen", path, errno);
  const int status = ::fsync(descriptor);
  const int problem = errno;
  ::close(descriptor);
  // Some network and FUSE file systems cannot sync a directory; that costs durability, not correctness.
  if (status != 0 && problem != EINVAL && problem != ENOTSUP) throw_io_error("write", path, problem);
}

}  // namespace

PartialFile::PartialFile(std::filesystem::path target) : target_(std::move(target)), partial_(target_) {
  partial_ += ".partial";
  if (std::error_code ignored; std::filesystem::is_directory(target_, ignored))
    throw_io_error("write", target_, EISDIR);
  const int descriptor = ::open(partial_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) throw_io_error("write", target_, errno);
  ::close(descriptor);
}

PartialFile::~PartialFile() {
  if (!committed_) ::unlink(partial_.c_str());
}

void PartialFile::commit() {
  sync(partial_, O_RDONLY);
  if (std::rename(partial_.c_str(), target_.c_str()) != 0) throw_io_error("write", target_, errno);
  committed_ = true;
  const std::filesystem::path directory = target_.parent_path();
  sync(directory.empty() ? "." : directory, O_RDONLY | O_DIRECTORY);
}

}  // namespace floe
