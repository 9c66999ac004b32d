// SPDX-License-Identifier: MIT
#include "io/readers/mat5.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "io/readers/inflate.h"
#include "io/readers/stored_array.h"

namespace floe::io {

namespace {

constexpr std::size_t header_bytes = 128;
// Of a compressed array, what is expanded while the file is opened: flags, extents and name lie within it.
constexpr std::size_t start_bytes = 4096;
constexpr std::size_t longest_name = 1024;
constexpr std::size_t most_arrays = 65536;

// Types of data elements.
constexpr std::uint32_t type_int8 = 1;
constexpr std::uint32_t type_int32 = 5;
constexpr std::uint32_t type_uint32 = 6;
constexpr std::uint32_t type_matrix = 14;
constexpr std::uint32_t type_compressed = 15;

// Flags of arrays.
constexpr std::uint32_t flag_complex = 0x0800;
constexpr std::uint32_t flag_logical = 0x0200;

[[noreturn]] void throw_damaged(const std::string& label, const std::string& why) {
  throw DataError(fmt::format("{} is no valid MAT file of version 5 ({}); use another copy", label, why));
}

/// A data element: what type its data are, where they lie and where the next element begins.
struct Element {
  std::uint32_t type;
  std::uint64_t data;
  std::uint64_t size;
  std::uint64_t next;
};

/// Elements among bytes of known order. `limit` is where the last of them ends, which may lie beyond the bytes at hand.
class Elements final {
 public:
  Elements(const Bytes& bytes, bool big_endian, std::uint64_t limit)
      : bytes_(bytes), big_endian_(big_endian), limit_(limit) {}

  std::uint32_t u32(std::uint64_t offset) const {
    if (offset > limit_ || 4 > limit_ - offset) {
      fail("an element of it is cut off");
    }
    std::array<std::byte, 4> raw;
    bytes_.read(offset, raw);
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      value = value << 8 | std::to_integer<std::uint32_t>(raw[big_endian_ ? i : 3 - i]);
    }
    return value;
  }

  Element at(std::uint64_t offset) const {
    const std::uint32_t first = u32(offset);
    if ((first >> 16) != 0) {  // the small form: type, size and data in 8 bytes
      if ((first >> 16) > 4) {
        fail("an element of it has an impossible size");
      }
      return {first & 0xFFFF, offset + 4, first >> 16, offset + 8};
    }
    const std::uint64_t size = u32(offset + 4);
    if (size > limit_ - (offset + 8)) {
      fail(fmt::format("an element at byte {} claims {} bytes and {} are left: it is truncated", offset, size,
                       limit_ - (offset + 8)));
    }
    // Compressed elements are not filled up to multiples of 8 bytes.
    const std::uint64_t filled = first == type_compressed ? size : (size + 7) / 8 * 8;
    return {first, offset + 8, size, std::min(offset + 8 + filled, limit_)};
  }

  std::string text(const Element& element) const {
    std::vector<std::byte> raw(static_cast<std::size_t>(element.size));
    bytes_.read(element.data, raw);
    std::string value;
    for (const std::byte byte : raw) {
      const auto c = std::to_integer<unsigned char>(byte);
      if (c < ' ' || c > '~') {
        fail("the name of an array is no text");
      }
      value += static_cast<char>(c);
    }
    return value;
  }

  [[noreturn]] void fail(const std::string& why) const { throw_damaged(bytes_.label(), why); }

 private:
  const Bytes& bytes_;
  bool big_endian_;
  std::uint64_t limit_;
};

/// The class of an array in MATLAB: its name as numpy's, and whether it is one of numbers.
struct ArrayClass {
  std::string name;
  bool numeric;
};

ArrayClass class_of(std::uint32_t flags) {
  static const std::array<ArrayClass, 18> known{{{"unknown", false},
                                                 {"cell", false},
                                                 {"struct", false},
                                                 {"object", false},
                                                 {"string", false},
                                                 {"sparse", false},
                                                 {"float64", true},
                                                 {"float32", true},
                                                 {"int8", true},
                                                 {"uint8", true},
                                                 {"int16", true},
                                                 {"uint16", true},
                                                 {"int32", true},
                                                 {"uint32", true},
                                                 {"int64", true},
                                                 {"uint64", true},
                                                 {"function", false},
                                                 {"opaque", false}}};
  const std::uint32_t index = flags & 0xFF;
  ArrayClass found = known[index < known.size() ? index : 0];
  if (found.numeric && (flags & flag_complex) != 0) {
    return {found.name == "float32" ? "complex64" : "complex128", false};
  }
  if (found.numeric && (flags & flag_logical) != 0) {
    return {"bool", true};
  }
  return found;
}

std::optional<Number> number_of(std::uint32_t type) {
  switch (type) {
    case 1:
      return Number::int8;
    case 2:
      return Number::uint8;
    case 3:
      return Number::int16;
    case 4:
      return Number::uint16;
    case 5:
      return Number::int32;
    case 6:
      return Number::uint32;
    case 7:
      return Number::float32;
    case 9:
      return Number::float64;
    case 12:
      return Number::int64;
    case 13:
      return Number::uint64;
    default:
      return {};
  }
}

/// The array whose content (behind the tag of its element) lies at [first, limit) of bytes of which at least the start
/// is at hand. Nothing for what MATLAB hides there: elements without a name.
std::optional<StoredEntry> read_array(const Bytes& start, bool big_endian, std::uint64_t first, std::uint64_t limit) {
  const Elements elements(start, big_endian, limit);
  if (first == limit) {
    return {};  // MATLAB's way to write an empty place
  }
  const Element flags = elements.at(first);
  if (flags.type != type_uint32 || flags.size != 8) {
    elements.fail("an array lacks its flags");
  }
  const ArrayClass array_class = class_of(elements.u32(flags.data));
  if (array_class.name == "opaque") {
    return {};  // laid out otherwise: objects of newer classes, which hold no numbers of their own
  }

  const Element extents = elements.at(flags.next);
  if (extents.type != type_int32 || extents.size % 4 != 0 || extents.size < 8 || extents.size > 4 * 32) {
    elements.fail("an array lacks its extents, or has more than 32");
  }
  Shape shape;
  for (std::uint64_t i = 0; i < extents.size; i += 4) {
    const std::uint32_t extent = elements.u32(extents.data + i);
    if (extent > 0x7FFFFFFF) {
      elements.fail("an array has a negative extent");
    }
    shape.push_back(extent);
  }

  const Element name = elements.at(extents.next);
  if (name.type != type_int8 || name.size > longest_name) {
    elements.fail("an array lacks its name");
  }
  StoredEntry entry{{elements.text(name), shape, array_class.name}, {}, {}};
  if (entry.info.name.empty()) {
    return {};
  }
  const std::string label = fmt::format("{}:{}", start.label(), entry.info.name);
  if (!array_class.numeric) {
    stored_size(label, shape, Number::uint8);
    entry.obstacle =
        fmt::format("it is of class {}, and full real arrays are read; store its parts as such", array_class.name);
    return entry;
  }
  const Element data = elements.at(name.next);
  const std::optional<Number> number = number_of(data.type);
  if (!number) {
    throw_damaged(label, fmt::format("its numbers are of the unknown type {}", data.type));
  }
  if (const std::uint64_t expected = stored_size(label, shape, *number); expected != data.size) {
    throw_damaged(label, fmt::format("{} elements of shape {} take {} bytes and it has {}", to_string(*number),
                                     to_string(shape), expected, data.size));
  }
  entry.stored = StoredArray{nullptr, data.data, shape, true, {*number, big_endian}};
  return entry;
}

std::optional<StoredEntry> read_compressed(const std::shared_ptr<const Bytes>& file, bool big_endian,
                                           const Element& element) {
  auto packed = part_of(file, element.data, element.size, file->label());
  const auto start = bytes_in_memory(inflate_start(*packed, DeflateWrapper::zlib, start_bytes), file->label());
  if (start->size() < 8) {
    throw_damaged(file->label(), "a compressed element holds nothing");
  }
  const Elements tag(*start, big_endian, start->size());
  const std::uint64_t size = tag.u32(4);
  if (tag.u32(0) != type_matrix) {
    throw_damaged(file->label(), "a compressed element holds no array");
  }
  std::optional<StoredEntry> entry = read_array(*start, big_endian, 8, 8 + size);
  if (entry && entry->stored) {
    entry->stored->bytes = inflated(std::move(packed), DeflateWrapper::zlib, 8 + size, {},
                                    fmt::format("{}:{}", file->label(), entry->info.name));
  }
  return entry;
}

/// True for files of big-endian machines. Throws unless it is a file of version 5.
bool read_header(const Bytes& file) {
  std::array<std::byte, header_bytes> header{};
  if (file.size() < header.size()) {
    throw_damaged(file.label(), "it is shorter than a header; files of version 4 are to be saved again with -v7");
  }
  file.read(0, header);
  const auto byte = [&](std::size_t i) { return std::to_integer<unsigned>(header[i]); };
  const bool big_endian = byte(126) == 'M' && byte(127) == 'I';
  if (!big_endian && !(byte(126) == 'I' && byte(127) == 'M')) {
    throw_damaged(file.label(),
                  "its mark of the byte order is missing; files of version 4 are to be saved again with -v7");
  }
  const unsigned version = big_endian ? byte(124) << 8 | byte(125) : byte(125) << 8 | byte(124);
  if (version != 0x0100) {
    throw DataError(
        fmt::format("{} is a MAT file of version {}.{} (5 is read here, and 7.3 where it is HDF5); save it "
                    "again with -v7",
                    file.label(), version >> 8, version & 0xFF));
  }
  return big_endian;
}

}  // namespace

std::unique_ptr<ArrayFile> open_mat5(const std::filesystem::path& path) {
  const std::shared_ptr<const Bytes> file = open_bytes(path);
  const bool big_endian = read_header(*file);
  const Elements elements(*file, big_endian, file->size());
  std::vector<StoredEntry> entries;
  std::set<std::string> names;
  std::size_t count = 0;
  for (std::uint64_t offset = header_bytes; offset < file->size();) {
    const Element element = elements.at(offset);
    std::optional<StoredEntry> entry;
    if (element.type == type_compressed) {
      entry = read_compressed(file, big_endian, element);
    } else if (element.type == type_matrix) {
      entry = read_array(*file, big_endian, element.data, element.data + element.size);
      if (entry && entry->stored) {
        entry->stored->bytes = file;
      }
    } else {
      elements.fail(fmt::format("an element of type {} stands where an array is expected", element.type));
    }
    if (entry) {
      if (!names.insert(entry->info.name).second) {
        elements.fail(fmt::format("two arrays have the name '{}'", entry->info.name));
      }
      entries.push_back(std::move(*entry));
    }
    if (++count > most_arrays) {
      elements.fail(fmt::format("it has more than {} arrays", most_arrays));
    }
    offset = element.next;
  }
  return make_stored_file("MAT 5", path.string(), std::move(entries));
}

}  // namespace floe::io
