// SPDX-License-Identifier: MIT
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "io/readers/array_file.h"

namespace floe::test {

/// The bytes of one trial as a file in memory, new for every trial: HDF5 knows files by their inode.
class InputFile final {
 public:
  InputFile(const std::uint8_t* data, std::size_t size) : descriptor_(::memfd_create("floe-fuzz", MFD_CLOEXEC)) {
    while (size > 0) {
      const ssize_t written = ::write(descriptor_, data, size);
      if (written <= 0) {
        throw IoError("the input of a trial could not be written");
      }
      data += written;
      size -= static_cast<std::size_t>(written);
    }
  }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile() { ::close(descriptor_); }

  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

/// Calls what may throw errors of floe, and nothing else.
template <class Call>
void attempt(Call&& call) {
  try {
    call();
  } catch (const Error&) {
  }
}

/// Reads every array: all of a small one, of each the corners by a stride.
inline void read_arrays(const io::ArrayFile& file) {
  constexpr std::size_t small = 4096;
  for (const io::ArrayInfo& info : file.arrays()) {
    attempt([&] {
      if (const std::size_t count = io::element_count(info.shape); count <= small) {
        std::vector<double> values(count);
        file.read(info.name, io::Selection::all(info.shape), std::span<double>(values));
      }
    });
    attempt([&] {
      io::Selection corners = io::Selection::all(info.shape);
      if (info.shape.size() > 8) {
        return;
      }
      for (std::size_t axis = 0; axis < info.shape.size(); ++axis) {
        const std::size_t extent = info.shape[axis];
        corners.count[axis] = extent > 2 ? 2 : extent;
        corners.stride[axis] = extent > 2 ? extent - 1 : 1;
      }
      std::vector<float> values(io::element_count(corners.count));
      file.read(info.name, corners, std::span<float>(values));
    });
  }
}

}  // namespace floe::test
