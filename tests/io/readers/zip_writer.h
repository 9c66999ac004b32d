// SPDX-License-Identifier: MIT
#pragma once

#include <zlib.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace floe::test {

/// Writes ZIP archives, also such as lie about themselves.
struct ZipWriter {
  struct Member {
    std::string name;
    std::string content;
    bool deflate = false;
    std::optional<std::uint64_t> claimed_size{};
    std::optional<std::uint32_t> claimed_crc{};
  };

  static std::string little(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) {
      text += static_cast<char>(value >> (8 * i) & 0xFF);
    }
    return text;
  }

  static std::string deflated(const std::string& content, int window = -MAX_WBITS) {
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
    std::string packed(deflateBound(&stream, content.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
    stream.avail_in = static_cast<uInt>(content.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
  }

  static std::string archive(const std::vector<Member>& members) {
    std::string text;
    std::string directory;
    for (const Member& member : members) {
      const std::string packed = member.deflate ? deflated(member.content) : member.content;
      const auto crc = member.claimed_crc.value_or(static_cast<std::uint32_t>(
          crc32(0, reinterpret_cast<const Bytef*>(member.content.data()), static_cast<uInt>(member.content.size()))));
      const std::uint64_t size = member.claimed_size.value_or(member.content.size());
      const bool wide = size >= 0xFFFFFFFF;
      const std::string extra = wide ? little(1, 2) + little(8, 2) + little(size, 8) : "";
      const std::string common = little(20, 2) + little(0, 2) + little(member.deflate ? 8 : 0, 2) + little(0, 4) +
                                 little(crc, 4) + little(packed.size(), 4) + little(wide ? 0xFFFFFFFF : size, 4) +
                                 little(member.name.size(), 2) + little(extra.size(), 2);
      directory += little(0x02014b50, 4) + little(20, 2) + common + little(0, 2) + little(0, 2) + little(0, 2) +
                   little(0, 4) + little(text.size(), 4) + member.name + extra;
      text += little(0x04034b50, 4) + common + member.name + extra + packed;
    }
    const std::string end = little(0x06054b50, 4) + little(0, 4) + little(members.size(), 2) +
                            little(members.size(), 2) + little(directory.size(), 4) + little(text.size(), 4) +
                            little(0, 2);
    return text + directory + end;
  }
};

}  // namespace floe::test
