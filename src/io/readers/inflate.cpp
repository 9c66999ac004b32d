// SPDX-License-Identifier: MIT
#include "io/readers/inflate.h"

#include <fmt/core.h>
#include <zlib.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/error.h"
#include "io/readers/temporary_file.h"

namespace floe::io {

namespace {

constexpr std::size_t block_bytes = std::size_t{1} << 17;
constexpr std::uint64_t most_in_memory = std::uint64_t{32} << 20;
constexpr std::uint64_t best_ratio = 1032;

/// Expands deflated data piece by piece.
class Inflater final {
 public:
  Inflater(const Bytes& deflated, DeflateWrapper wrapper) : deflated_(deflated), block_(block_bytes) {
    if (inflateInit2(&stream_, wrapper == DeflateWrapper::zlib ? MAX_WBITS : -MAX_WBITS) != Z_OK) {
      throw IoError(fmt::format("zlib could not start for {} (memory is short); free some", deflated.label()));
    }
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  /// The next bytes; fewer than asked for only at the end of the data.
  std::size_t next(std::span<std::byte> values) {
    stream_.next_out = reinterpret_cast<Bytef*>(values.data());
    stream_.avail_out = static_cast<uInt>(values.size());
    while (stream_.avail_out > 0 && !ended_) {
      if (stream_.avail_in == 0 && position_ < deflated_.size()) {
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(block_bytes, deflated_.size() - position_));
        deflated_.read(position_, std::span(block_).first(count));
        position_ += count;
        stream_.next_in = reinterpret_cast<Bytef*>(block_.data());
        stream_.avail_in = static_cast<uInt>(count);
      }
      const int result = ::inflate(&stream_, Z_NO_FLUSH);
      ended_ = result == Z_STREAM_END;
      if (result != Z_OK && !ended_) {
        const bool short_of_input = result == Z_BUF_ERROR && position_ == deflated_.size();
        throw DataError(fmt::format("{} could not be expanded ({}); the file is damaged, use another copy",
                                    deflated_.label(),
                                    short_of_input           ? "its compressed data end too early"
                                    : stream_.msg != nullptr ? stream_.msg
                                                             : "its compressed data are invalid"));
      }
    }
    return values.size() - stream_.avail_out;
  }

 private:
  const Bytes& deflated_;
  std::vector<std::byte> block_;
  std::uint64_t position_ = 0;
  z_stream stream_{};
  bool ended_ = false;
};

class InflatedBytes final : public Bytes {
 public:
  InflatedBytes(std::shared_ptr<const Bytes> deflated, DeflateWrapper wrapper, std::uint64_t size,
                std::optional<std::uint32_t> crc, std::string label)
      : deflated_(std::move(deflated)), wrapper_(wrapper), size_(size), crc_(crc), label_(std::move(label)) {
    if (size_ / best_ratio > deflated_->size()) {
      throw DataError(
          fmt::format("{} claims to expand from {} to {} bytes (deflate reaches {} to 1 at most); the file "
                      "is damaged or made to exhaust memory, use another copy",
                      label_, deflated_->size(), size_, best_ratio));
    }
  }

  const std::string& label() const override { return label_; }
  std::uint64_t size() const override { return size_; }

  void read(std::uint64_t offset, std::span<std::byte> values) const override { expanded()->read(offset, values); }

 private:
  std::shared_ptr<const Bytes> expanded() const {
    const std::lock_guard lock(mutex_);
    if (!expanded_) {
      expanded_ = size_ <= most_in_memory ? expand_into_memory() : expand_into_file();
    }
    return expanded_;
  }

  std::shared_ptr<const Bytes> expand_into_memory() const {
    std::vector<std::byte> values;
    expand([&](std::span<const std::byte> piece) { values.insert(values.end(), piece.begin(), piece.end()); });
    return bytes_in_memory(std::move(values), label_);
  }

  std::shared_ptr<const Bytes> expand_into_file() const {
    auto file = std::make_shared<TemporaryFile>(size_, label_);
    expand([&](std::span<const std::byte> piece) { file->append(piece); });
    return file;
  }

  template <class Take>
  void expand(Take take) const {
    Inflater inflater(*deflated_, wrapper_);
    std::vector<std::byte> piece(block_bytes);
    std::uint64_t total = 0;
    uLong crc = crc32(0, nullptr, 0);
    for (std::size_t count = piece.size(); count == piece.size();) {
      count = inflater.next(piece);
      total += count;
      if (total > size_) {
        break;
      }
      crc = crc32(crc, reinterpret_cast<const Bytef*>(piece.data()), static_cast<uInt>(count));
      take(std::span<const std::byte>(piece).first(count));
    }
    if (total != size_) {
      throw DataError(fmt::format("{} expands to {} than the {} bytes it claims; the file is damaged, use another copy",
                                  label_, total > size_ ? "more" : "less", size_));
    }
    if (crc_ && crc != *crc_) {
      throw DataError(
          fmt::format("{} fails its checksum ({:08x} instead of {:08x}); the file is damaged, use another "
                      "copy",
                      label_, crc, *crc_));
    }
  }

  std::shared_ptr<const Bytes> deflated_;
  DeflateWrapper wrapper_;
  std::uint64_t size_;
  std::optional<std::uint32_t> crc_;
  std::string label_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Bytes> expanded_;
};

}  // namespace

std::vector<std::byte> inflate_start(const Bytes& deflated, DeflateWrapper wrapper, std::size_t at_most) {
  Inflater inflater(deflated, wrapper);
  std::vector<std::byte> values(at_most);
  values.resize(inflater.next(values));
  return values;
}

std::shared_ptr<const Bytes> inflated(std::shared_ptr<const Bytes> deflated, DeflateWrapper wrapper, std::uint64_t size,
                                      std::optional<std::uint32_t> crc, std::string label) {
  return std::make_shared<const InflatedBytes>(std::move(deflated), wrapper, size, crc, std::move(label));
}

}  // namespace floe::io
