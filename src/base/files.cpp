// SPDX-License-Identifier: MIT
#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/error.h"
#include "base/partial_file.h"

namespace floe {
namespace {

/// Closes a file descriptor.
class Descriptor final {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

/// The nearest ancestor that is there but is no directory: the usual cause of ENOTDIR.
std::string blocking_ancestor(const std::filesystem::path& path) {
  std::error_code ignored;
  for (auto parent = path.parent_path(); !parent.empty() && parent != parent.root_path();
       parent = parent.parent_path()) {
    if (std::filesystem::exists(parent, ignored) && !std::filesystem::is_directory(parent, ignored))
      return parent.string();
  }
  return path.parent_path().string();
}

}  // namespace

void throw_io_error(std::string_view action, const std::filesystem::path& path, int code) {
  const bool reading = action == "read";
  std::string why = std::generic_category().message(code);
  std::string help = "check the path";
  switch (code) {
    case ENOENT:
      why = reading ? "there is no such file" : "its directory does not exist";
      help = reading ? "check the path" : "create the directory or choose another";
      break;
    case ENOTDIR:
      why = fmt::format("'{}' is not a directory", blocking_ancestor(path));
      break;
    case EISDIR:
      why = "it is a directory";
      help = "give the path of a file";
      break;
    case EACCES:
    case EPERM:
      why = "permission denied";
      help = reading ? "ask for permission to read it" : "choose a directory that you may write";
      break;
    case EROFS:
      why = "the file system is read-only";
      help = "choose a directory that can be written";
      break;
    case ENOSPC:
    case EDQUOT:
      why = code == ENOSPC ? "the disk is full" : "the disk quota is used up";
      help = "free some space or choose another directory";
      break;
    default:
      break;
  }
  throw IoError(fmt::format("cannot {} '{}' ({}); {}", action, path.string(), why, help));
}

std::string read_file(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw_io_error("read", path, errno);
  std::string content;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_io_error("read", path, errno);
    if (count == 0) return content;
    content.append(buffer, static_cast<std::size_t>(count));
  }
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  PartialFile file(path);
  {
    const Descriptor out(::open(file.path().c_str(), O_WRONLY | O_CLOEXEC));
    if (out.get() < 0) throw_io_error("write", path, errno);
    while (!content.empty()) {
      const ssize_t count = ::write(out.get(), content.data(), content.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) throw_io_error("write", path, errno);
      content.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  file.commit();
}

void make_directories(const std::filesystem::path& path) {
  std::error_code problem;
  std::filesystem::create_directories(path, problem);
  if (problem) throw_io_error("create", path, problem.value());
  if (!std::filesystem::is_directory(path, problem)) throw_io_error("create", path, ENOTDIR);
}

}  // namespace floe
