// SPDX-License-Identifier: MIT
#include "io/readers/stored_array.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/error.h"

namespace floe::io {

namespace {

constexpr std::size_t window_bytes = std::size_t{1} << 20;
// Reading on through a gap costs less than one more system call.
constexpr std::uint64_t small_gap = 2048;
constexpr std::size_t most_axes = 32;

/// The bytes last read, so that runs near each other take one system call.
class Window final {
 public:
  Window(const Bytes& bytes, std::uint64_t end, bool joined) : bytes_(bytes), end_(end), joined_(joined) {}

  /// The bytes [offset, offset + count), count at most window_bytes.
  const std::byte* at(std::uint64_t offset, std::size_t count) {
    if (offset < first_ || offset + count > first_ + buffer_.size()) {
      const std::uint64_t size = joined_ ? std::min<std::uint64_t>(window_bytes, end_ - offset) : count;
      buffer_.resize(std::max<std::size_t>(static_cast<std::size_t>(size), count));
      bytes_.read(offset, buffer_);
      first_ = offset;
    }
    return buffer_.data() + (offset - first_);
  }

 private:
  const Bytes& bytes_;
  std::uint64_t end_;
  bool joined_;
  std::uint64_t first_ = 0;
  std::vector<std::byte> buffer_;
};

/// One axis of a selection: how far apart its elements lie in the file (bytes) and among the values.
struct Loop {
  std::size_t count;
  std::uint64_t file_step;
  std::size_t value_step;
};

/// The axes of more than one element, fastest of the file first; those that follow each other without a gap are one.
std::vector<Loop> loops_of(const StoredArray& array, const Selection& selection) {
  const std::size_t rank = array.shape.size();
  std::vector<Loop> loops(rank);
  std::size_t value_step = 1;
  for (std::size_t axis = rank; axis-- > 0;) {
    loops[axis].count = selection.count[axis];
    loops[axis].value_step = value_step;
    value_step *= selection.count[axis];
  }
  std::uint64_t file_step = size_of(array.format.number);
  for (std::size_t i = 0; i < rank; ++i) {
    const std::size_t axis = array.fortran_order ? i : rank - 1 - i;
    loops[axis].file_step = file_step * selection.stride[axis];
    file_step *= array.shape[axis];
  }
  if (!array.fortran_order) {
    std::reverse(loops.begin(), loops.end());
  }
  std::vector<Loop> joined;
  for (const Loop& loop : loops) {
    if (loop.count == 1) {
      continue;
    }
    if (!joined.empty() && loop.file_step == joined.back().count * joined.back().file_step &&
        loop.value_step == joined.back().count * joined.back().value_step) {
      joined.back().count *= loop.count;
    } else {
      joined.push_back(loop);
    }
  }
  if (joined.empty()) {
    joined.push_back({1, size_of(array.format.number), 1});
  }
  return joined;
}

/// The first selected byte.
std::uint64_t first_byte(const StoredArray& array, const Selection& selection) {
  std::uint64_t offset = 0;
  std::uint64_t step = size_of(array.format.number);
  for (std::size_t i = 0; i < array.shape.size(); ++i) {
    const std::size_t axis = array.fortran_order ? i : array.shape.size() - 1 - i;
    offset += step * selection.start[axis];
    step *= array.shape[axis];
  }
  return array.offset + offset;
}

template <class T>
void read_any(const StoredArray& array, const Selection& selection, std::span<T> values) {
  selection.validate(array.shape);
  if (values.size() != element_count(selection.count)) {
    throw ShapeError(
        fmt::format("{} values for a selection of shape {} from {} (there must be as many); give a buffer "
                    "of its size",
                    values.size(), to_string(selection.count), array.bytes->label()));
  }
  if (values.empty()) {
    return;
  }
  const std::size_t item = size_of(array.format.number);
  const std::vector<Loop> loops = loops_of(array, selection);
  const Loop run = loops.front();
  const std::uint64_t first = first_byte(array, selection);
  std::uint64_t end = first + item;
  for (const Loop& loop : loops) {
    end += (loop.count - 1) * loop.file_step;
  }
  // Elements of a run that are far apart are fetched one by one.
  const std::size_t per_piece =
      run.file_step > small_gap ? 1 : std::max<std::size_t>(1, window_bytes / static_cast<std::size_t>(run.file_step));
  std::uint64_t gap = run.file_step > small_gap ? run.file_step : 0;
  if (gap == 0 && loops.size() > 1) {
    gap = loops[1].file_step - (run.count - 1) * run.file_step;
  }
  Window window(*array.bytes, end, gap <= small_gap);

  std::vector<std::size_t> index(loops.size(), 0);
  std::uint64_t offset = first;
  T* target = values.data();
  for (;;) {
    for (std::size_t done = 0; done < run.count; done += per_piece) {
      const std::size_t count = std::min(per_piece, run.count - done);
      const std::size_t size = static_cast<std::size_t>((count - 1) * run.file_step) + item;
      convert(array.format, window.at(offset + done * run.file_step, size), static_cast<std::size_t>(run.file_step),
              target + done * run.value_step, run.value_step, count);
    }
    std::size_t axis = 1;
    for (; axis < loops.size(); ++axis) {
      offset += loops[axis].file_step;
      target += loops[axis].value_step;
      if (++index[axis] < loops[axis].count) {
        break;
      }
      offset -= loops[axis].count * loops[axis].file_step;
      target -= loops[axis].count * loops[axis].value_step;
      index[axis] = 0;
    }
    if (axis >= loops.size()) {
      return;
    }
  }
}

class StoredFile final : public ArrayFile {
 public:
  StoredFile(std::string container, std::string path, std::vector<StoredEntry> entries)
      : container_(std::move(container)), path_(std::move(path)), entries_(std::move(entries)) {
    std::sort(entries_.begin(), entries_.end(),
              [](const StoredEntry& a, const StoredEntry& b) { return a.info.name < b.info.name; });
    for (const StoredEntry& entry : entries_) {
      arrays_.push_back(entry.info);
    }
  }

  std::string container() const override { return container_; }
  const std::string& path() const override { return path_; }
  const std::vector<ArrayInfo>& arrays() const override { return arrays_; }

  void read(const std::string& name, const Selection& selection, std::span<double> values) const override {
    read_stored(stored(name), selection, values);
  }
  void read(const std::string& name, const Selection& selection, std::span<float> values) const override {
    read_stored(stored(name), selection, values);
  }

 private:
  const StoredArray& stored(const std::string& name) const {
    const auto index = static_cast<std::size_t>(&array(name) - arrays_.data());
    const StoredEntry& entry = entries_[index];
    if (!entry.stored) {
      throw DataError(fmt::format("the array '{}' of {} cannot be read ({})", name, path_, entry.obstacle));
    }
    return *entry.stored;
  }

  std::string container_;
  std::string path_;
  std::vector<StoredEntry> entries_;
  std::vector<ArrayInfo> arrays_;
};

}  // namespace

std::uint64_t stored_size(const std::string& label, const Shape& shape, Number number) {
  if (shape.size() > most_axes) {
    throw DataError(fmt::format("{} claims {} axes (at most {} are possible); the file is damaged, use another copy",
                                label, shape.size(), most_axes));
  }
  std::uint64_t size = size_of(number);
  bool empty = false;
  for (const std::size_t extent : shape) {
    empty = empty || extent == 0;
    if (extent > 0 && size > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / extent) {
      throw DataError(
          fmt::format("{} claims the impossible shape {} (it has more bytes than 63 bits can count); the "
                      "file is damaged, use another copy",
                      label, to_string(shape)));
    }
    size *= std::max<std::uint64_t>(extent, 1);
  }
  return empty ? 0 : size;
}

void read_stored(const StoredArray& array, const Selection& selection, std::span<double> values) {
  read_any(array, selection, values);
}

void read_stored(const StoredArray& array, const Selection& selection, std::span<float> values) {
  read_any(array, selection, values);
}

std::unique_ptr<ArrayFile> make_stored_file(std::string container, std::string path, std::vector<StoredEntry> entries) {
  return std::make_unique<StoredFile>(std::move(container), std::move(path), std::move(entries));
}

}  // namespace floe::io
