// SPDX-License-Identifier: MIT
#include "io/readers/zip.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "base/error.h"
#include "io/readers/inflate.h"

namespace floe::io {

namespace {

constexpr std::uint32_t local_signature = 0x04034b50;
constexpr std::uint32_t entry_signature = 0x02014b50;
constexpr std::uint32_t end_signature = 0x06054b50;
constexpr std::uint32_t end64_signature = 0x06064b50;
constexpr std::uint32_t locator64_signature = 0x07064b50;
constexpr std::size_t local_bytes = 30;
constexpr std::size_t entry_bytes = 46;
constexpr std::size_t end_bytes = 22;
constexpr std::size_t end64_bytes = 56;
constexpr std::size_t locator64_bytes = 20;
constexpr std::uint64_t longest_directory = std::uint64_t{64} << 20;
constexpr std::uint64_t narrow = 0xFFFFFFFF;

[[noreturn]] void throw_damaged(const std::string& label, const std::string& why) {
  throw DataError(fmt::format("{} is no valid ZIP archive ({}); use another copy", label, why));
}

/// Little-endian numbers of a record in memory, bounds checked.
class Record final {
 public:
  Record(std::span<const std::byte> bytes, const std::string& label) : bytes_(bytes), label_(label) {}

  std::uint64_t number(std::size_t offset, std::size_t width) const {
    if (offset > bytes_.size() || width > bytes_.size() - offset) {
      throw_damaged(label_, "a record in it is cut off");
    }
    std::uint64_t value = 0;
    for (std::size_t i = width; i-- > 0;) {
      value = value << 8 | std::to_integer<std::uint64_t>(bytes_[offset + i]);
    }
    return value;
  }
  std::uint32_t u16(std::size_t offset) const { return static_cast<std::uint32_t>(number(offset, 2)); }
  std::uint32_t u32(std::size_t offset) const { return static_cast<std::uint32_t>(number(offset, 4)); }
  std::uint64_t u64(std::size_t offset) const { return number(offset, 8); }

  std::string text(std::size_t offset, std::size_t width) const {
    const Record part = sub(offset, width);
    return {reinterpret_cast<const char*>(part.bytes_.data()), width};
  }
  Record sub(std::size_t offset, std::size_t width) const {
    if (offset > bytes_.size() || width > bytes_.size() - offset) {
      throw_damaged(label_, "a record in it is cut off");
    }
    return {bytes_.subspan(offset, width), label_};
  }
  std::size_t size() const { return bytes_.size(); }

 private:
  std::span<const std::byte> bytes_;
  const std::string& label_;
};

std::vector<std::byte> fetch(const Bytes& archive, std::uint64_t offset, std::uint64_t size) {
  if (offset > archive.size() || size > archive.size() - offset) {
    throw_damaged(archive.label(), "it is truncated, or an offset in it is wrong");
  }
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  archive.read(offset, bytes);
  return bytes;
}

struct Directory {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t entries = 0;
};

Directory find_directory(const Bytes& archive) {
  const std::string& label = archive.label();
  const std::uint64_t tail_size = std::min<std::uint64_t>(archive.size(), end_bytes + 65535);
  const std::vector<std::byte> tail = fetch(archive, archive.size() - tail_size, tail_size);
  const Record record(tail, label);
  // A comment may follow the record, and may look like it: its length tells which one is meant.
  std::optional<std::size_t> found;
  for (std::size_t at = tail.size() >= end_bytes ? tail.size() - end_bytes + 1 : 0; at-- > 0 && !found;) {
    if (record.u32(at) == end_signature && at + end_bytes + record.u16(at + 20) == tail.size()) {
      found = at;
    }
  }
  if (!found) {
    throw_damaged(label, "its directory, at the end, is missing: it is truncated");
  }
  if (record.u16(*found + 4) != record.u16(*found + 6)) {
    throw_damaged(label, "it spans several disks");
  }
  Directory directory{record.u32(*found + 16), record.u32(*found + 12), record.u16(*found + 10)};
  const std::uint64_t end = archive.size() - tail_size + *found;
  if (directory.offset == narrow || directory.size == narrow || directory.entries == 0xFFFF) {
    const std::vector<std::byte> locator_bytes = fetch(archive, end - std::min<std::uint64_t>(end, locator64_bytes),
                                                       std::min<std::uint64_t>(end, locator64_bytes));
    const Record locator(locator_bytes, label);
    // 65,535 members need no 64-bit record.
    if (locator.size() == locator64_bytes && locator.u32(0) == locator64_signature) {
      const std::vector<std::byte> end64 = fetch(archive, locator.u64(8), end64_bytes);
      const Record wide(end64, label);
      if (wide.u32(0) != end64_signature) {
        throw_damaged(label, "its 64-bit directory is missing");
      }
      directory = {wide.u64(48), wide.u64(40), wide.u64(32)};
    }
  }
  if (directory.size > longest_directory || directory.entries > directory.size / entry_bytes) {
    throw_damaged(label, fmt::format("its directory claims {} members in {} bytes", directory.entries, directory.size));
  }
  return directory;
}

/// Replaces the sizes that do not fit 32 bits by those of the 64-bit extra field.
void widen(const Record& extra, std::uint64_t& size, std::uint64_t& packed, std::uint64_t& offset) {
  for (std::size_t at = 0; at + 4 <= extra.size();) {
    const std::uint32_t tag = extra.u16(at);
    const std::uint32_t length = extra.u16(at + 2);
    const Record field = extra.sub(at + 4, length);
    if (tag == 1) {
      std::size_t next = 0;
      for (std::uint64_t* value : {&size, &packed, &offset}) {
        if (*value == narrow) {
          *value = field.u64(next);
          next += 8;
        }
      }
      return;
    }
    at += 4 + length;
  }
}

/// The packed bytes of a member, behind its own header, which must agree with the directory.
std::shared_ptr<const Bytes> locate(const std::shared_ptr<const Bytes>& archive, const std::string& name,
                                    std::uint32_t method, std::uint64_t packed, std::uint64_t offset) {
  const std::string& label = archive->label();
  const std::vector<std::byte> bytes = fetch(*archive, offset, local_bytes);
  const Record local(bytes, label);
  const std::uint32_t name_bytes = local.u16(26);
  if (local.u32(0) != local_signature || local.u16(8) != method || name_bytes != name.size()) {
    throw_damaged(label, fmt::format("its directory and the header of its member '{}' disagree", name));
  }
  const std::vector<std::byte> own_name = fetch(*archive, offset + local_bytes, name_bytes);
  if (Record(own_name, label).text(0, name_bytes) != name) {
    throw_damaged(label, fmt::format("its directory and the header of its member '{}' disagree", name));
  }
  return part_of(archive, offset + local_bytes + name_bytes + local.u16(28), packed, fmt::format("{}:{}", label, name));
}

}  // namespace

std::shared_ptr<const Bytes> ZipMember::content() const {
  return deflated ? inflated(packed, DeflateWrapper::none, size, crc, packed->label()) : packed;
}

std::shared_ptr<const Bytes> ZipMember::start(std::size_t at_most) const {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(at_most, size));
  if (!deflated) {
    return part_of(packed, 0, count, packed->label());
  }
  return bytes_in_memory(inflate_start(*packed, DeflateWrapper::none, count), packed->label());
}

std::vector<ZipMember> read_zip(const std::shared_ptr<const Bytes>& archive) {
  const std::string& label = archive->label();
  const Directory directory = find_directory(*archive);
  const std::vector<std::byte> bytes = fetch(*archive, directory.offset, directory.size);
  const Record record(bytes, label);
  std::vector<ZipMember> members;
  std::set<std::string> names;
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    if (record.u32(at) != entry_signature) {
      throw_damaged(label, "an entry of its directory is damaged");
    }
    const std::uint32_t flags = record.u16(at + 8);
    const std::uint32_t method = record.u16(at + 10);
    const std::uint32_t name_bytes = record.u16(at + 28);
    const std::uint32_t extra_bytes = record.u16(at + 30);
    std::uint64_t packed = record.u32(at + 20);
    std::uint64_t offset = record.u32(at + 42);
    ZipMember member;
    member.name = record.text(at + entry_bytes, name_bytes);
    member.size = record.u32(at + 24);
    member.crc = record.u32(at + 16);
    member.deflated = method == 8;
    widen(record.sub(at + entry_bytes + name_bytes, extra_bytes), member.size, packed, offset);
    at += entry_bytes + name_bytes + extra_bytes + record.u16(at + 32);

    if (std::any_of(member.name.begin(), member.name.end(), [](char c) { return c >= 0 && c < ' '; })) {
      throw_damaged(label, "the name of a member holds control characters");
    }
    if (!names.insert(member.name).second) {
      throw_damaged(label, fmt::format("two members have the name '{}'", member.name));
    }
    member.packed = locate(archive, member.name, method, packed, offset);
    if ((flags & 1) != 0) {
      member.obstacle = "it is encrypted; decrypt the archive";
    } else if (method != 0 && method != 8) {
      member.obstacle = fmt::format("its compression is of kind {}; write the archive again with deflate", method);
    } else if (method == 0 && packed != member.size) {
      throw_damaged(label, fmt::format("its member '{}' is stored with {} bytes and claims {}", member.name, packed,
                                       member.size));
    }
    members.push_back(std::move(member));
  }
  return members;
}

}  // namespace floe::io
