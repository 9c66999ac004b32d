// SPDX-License-Identifier: MIT
#include "io/readers/bytes.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/error.h"
#include "base/files.h"

namespace floe::io {

namespace {

[[noreturn]] void throw_truncated(const std::string& label, std::uint64_t offset, std::size_t count,
                                  std::uint64_t size) {
  throw DataError(fmt::format("{} is truncated (bytes {} to {} are asked for and it has {}); use a complete copy",
                              label, offset, offset + count, size));
}

class FileBytes final : public Bytes {
 public:
  explicit FileBytes(const std::filesystem::path& path) : path_(path), label_(path.string()) {
    // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor_ < 0) {
      throw_io_error("read", path, errno);
    }
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) {
      const int code = errno;
      ::close(descriptor_);
      throw_io_error("read", path, code);
    }
    if (!S_ISREG(status.st_mode)) {
      ::close(descriptor_);
      throw IoError(fmt::format("{} could not be read (it is {}); give the path of a file", label_,
                                S_ISDIR(status.st_mode) ? "a folder" : "no regular file"));
    }
    size_ = static_cast<std::uint64_t>(status.st_size);
  }
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;
  ~FileBytes() override { ::close(descriptor_); }

  const std::string& label() const override { return label_; }
  std::uint64_t size() const override { return size_; }

  void read(std::uint64_t offset, std::span<std::byte> values) const override {
    if (offset > size_ || values.size() > size_ - offset) {
      throw_truncated(label_, offset, values.size(), size_);
    }
    while (!values.empty()) {
      const ssize_t got = ::pread(descriptor_, values.data(), values.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) {
        continue;
      }
      if (got < 0) {
        throw_io_error("read", path_, errno);
      }
      if (got == 0) {
        throw_truncated(label_, offset, values.size(), offset);
      }
      values = values.subspan(static_cast<std::size_t>(got));
      offset += static_cast<std::uint64_t>(got);
    }
  }

 private:
  std::filesystem::path path_;
  std::string label_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

class PartOfBytes final : public Bytes {
 public:
  PartOfBytes(std::shared_ptr<const Bytes> whole, std::uint64_t offset, std::uint64_t size, std::string label)
      : whole_(std::move(whole)), offset_(offset), size_(size), label_(std::move(label)) {
    if (offset > whole_->size() || size > whole_->size() - offset) {
      throw DataError(
          fmt::format("{} is truncated (it takes {} bytes from {} on and the file has {}); use a complete "
                      "copy",
                      label_, size, offset, whole_->size()));
    }
  }

  const std::string& label() const override { return label_; }
  std::uint64_t size() const override { return size_; }

  void read(std::uint64_t offset, std::span<std::byte> values) const override {
    if (offset > size_ || values.size() > size_ - offset) {
      throw_truncated(label_, offset, values.size(), size_);
    }
    whole_->read(offset_ + offset, values);
  }

 private:
  std::shared_ptr<const Bytes> whole_;
  std::uint64_t offset_;
  std::uint64_t size_;
  std::string label_;
};

class MemoryBytes final : public Bytes {
 public:
  MemoryBytes(std::vector<std::byte> values, std::string label)
      : values_(std::move(values)), label_(std::move(label)) {}

  const std::string& label() const override { return label_; }
  std::uint64_t size() const override { return values_.size(); }

  void read(std::uint64_t offset, std::span<std::byte> values) const override {
    if (offset > values_.size() || values.size() > values_.size() - offset) {
      throw_truncated(label_, offset, values.size(), values_.size());
    }
    std::copy_n(values_.begin() + static_cast<std::ptrdiff_t>(offset), values.size(), values.begin());
  }

 private:
  std::vector<std::byte> values_;
  std::string label_;
};

}  // namespace

std::shared_ptr<const Bytes> open_bytes(const std::filesystem::path& path) {
  return std::make_shared<const FileBytes>(path);
}

std::shared_ptr<const Bytes> part_of(std::shared_ptr<const Bytes> whole, std::uint64_t offset, std::uint64_t size,
                                     std::string label) {
  return std::make_shared<const PartOfBytes>(std::move(whole), offset, size, std::move(label));
}

std::shared_ptr<const Bytes> bytes_in_memory(std::vector<std::byte> values, std::string label) {
  return std::make_shared<const MemoryBytes>(std::move(values), std::move(label));
}

}  // namespace floe::io
