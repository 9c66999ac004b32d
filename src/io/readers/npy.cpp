// SPDX-License-Identifier: MIT
#include "io/readers/npy.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace floe::io {

namespace {

constexpr std::size_t longest_header = 65536;

/// What the dictionary of a header says.
struct Header {
  std::string type;  ///< empty if it is no simple type
  bool fortran_order = false;
  Shape shape;
};

[[noreturn]] void throw_damaged(const std::string& label, const std::string& why) {
  throw DataError(
      fmt::format("{} is no valid NPY array ({}); use another copy, or write it again with numpy.save", label, why));
}

/// Reads the text of a header, a Python dictionary: {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }.
class HeaderText final {
 public:
  HeaderText(std::string_view text, const std::string& label) : text_(text), label_(label) {}

  Header parse() {
    Header header;
    bool type = false;
    bool order = false;
    bool shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = string();
      expect(':');
      bool& seen = key == "descr" ? type : key == "fortran_order" ? order : shape;
      if (seen || (key != "descr" && key != "fortran_order" && key != "shape")) {
        fail(fmt::format("its header has an unexpected key '{}'", printable(key)));
      }
      seen = true;
      if (key == "descr") {
        header.type = type_string();
      } else if (key == "fortran_order") {
        header.fortran_order = boolean();
      } else {
        header.shape = tuple();
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (position_ != text_.size()) {
      fail("something follows the dictionary of its header");
    }
    if (!type || !order || !shape) {
      fail("its header lacks 'descr', 'fortran_order' or 'shape'");
    }
    return header;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const { throw_damaged(label_, why); }

  static std::string printable(std::string_view text) {
    std::string result;
    for (const char c : text.substr(0, 32)) {
      result += c >= ' ' && c <= '~' ? c : '?';
    }
    return result;
  }

  void skip_space() {
    while (position_ < text_.size() &&
           (text_[position_] == ' ' || text_[position_] == '\n' || text_[position_] == '\t')) {
      ++position_;
    }
  }

  bool accept(char c) {
    skip_space();
    if (position_ < text_.size() && text_[position_] == c) {
      ++position_;
      return true;
    }
    return false;
  }

  void expect(char c) {
    if (!accept(c)) {
      fail(fmt::format("its header lacks a '{}' at '{}'", c,
                       printable(text_.substr(std::min(position_, text_.size())))));
    }
  }

  std::string string() {
    const char quote = accept('\'') ? '\'' : '"';
    if (quote == '"') {
      expect('"');
    }
    const std::size_t end = text_.find(quote, position_);
    if (end == std::string_view::npos) {
      fail("a string in its header has no end");
    }
    const std::string value(text_.substr(position_, end - position_));
    position_ = end + 1;
    return value;
  }

  // A list describes the fields of a record: skipped, brackets counted.
  std::string type_string() {
    skip_space();
    if (position_ >= text_.size() || (text_[position_] != '[' && text_[position_] != '(')) {
      return string();
    }
    int depth = 0;
    while (position_ < text_.size()) {
      const char c = text_[position_];
      if (c == '\'' || c == '"') {
        string();
        continue;
      }
      ++position_;
      depth += c == '[' || c == '(' ? 1 : c == ']' || c == ')' ? -1 : 0;
      if (depth == 0) {
        return "";
      }
    }
    fail("a list in its header has no end");
  }

  bool boolean() {
    skip_space();
    for (const auto& [word, value] : {std::pair{std::string_view("True"), true}, {std::string_view("False"), false}}) {
      if (text_.substr(position_).starts_with(word)) {
        position_ += word.size();
        return value;
      }
    }
    fail("fortran_order in its header is neither True nor False");
  }

  Shape tuple() {
    Shape shape;
    expect('(');
    while (!accept(')')) {
      shape.push_back(integer());
      accept('L');  // as Python 2 wrote long integers
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return shape;
  }

  std::size_t integer() {
    skip_space();
    std::size_t value = 0;
    const char* first = text_.data() + position_;
    const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), value);
    if (error != std::errc()) {
      fail(fmt::format("an extent in its header is no size, at '{}'", printable(text_.substr(position_))));
    }
    position_ += static_cast<std::size_t>(end - first);
    return value;
  }

  std::string_view text_;
  const std::string& label_;
  std::size_t position_ = 0;
};

/// A numpy type string, "<f8". What is not a real number has a name and no format.
struct Type {
  std::string name;
  std::optional<NumberFormat> format{};
};

Type type_of(const std::string& text, const std::string& label) {
  if (text.empty()) {
    return {"record"};
  }
  std::string_view rest = text;
  const bool ordered = rest[0] == '<' || rest[0] == '>' || rest[0] == '|' || rest[0] == '=';
  const bool big_endian = rest[0] == '>';
  if (ordered) {
    rest.remove_prefix(1);
  }
  struct Known {
    std::string_view code;
    Number number;
  };
  constexpr std::array<Known, 13> known{{{"b1", Number::boolean},
                                         {"?", Number::boolean},
                                         {"i1", Number::int8},
                                         {"u1", Number::uint8},
                                         {"i2", Number::int16},
                                         {"u2", Number::uint16},
                                         {"i4", Number::int32},
                                         {"u4", Number::uint32},
                                         {"i8", Number::int64},
                                         {"u8", Number::uint64},
                                         {"f2", Number::float16},
                                         {"f4", Number::float32},
                                         {"f8", Number::float64}}};
  for (const Known& type : known) {
    if (rest == type.code) {
      return {to_string(type.number), NumberFormat{type.number, big_endian}};
    }
  }
  switch (rest.empty() ? '\0' : rest[0]) {
    case 'c':
      return {rest == "c8" ? "complex64" : "complex128"};
    case 'f':
      return {"longdouble"};
    case 'S':
    case 'U':
      return {"string"};
    case 'O':
      return {"object"};
    case 'M':
      return {"datetime64"};
    case 'm':
      return {"timedelta64"};
    case 'V':
      return {"record"};
    default:
      throw_damaged(label, "the type in its header is none of numpy's");
  }
}

std::string obstacle_of(const std::string& type) {
  if (type == "object") {
    return "it holds pickled Python objects, which would run code; write its parts as plain arrays with numpy.savez";
  }
  return fmt::format("its type is {}, not a real number; convert it with numpy", type);
}

}  // namespace

StoredEntry read_npy_start(const Bytes& start, std::uint64_t total, std::string name) {
  const std::string& label = start.label();
  std::array<std::byte, 12> head{};
  constexpr std::string_view magic = "\x93NUMPY";
  const std::size_t at_hand = static_cast<std::size_t>(std::min<std::uint64_t>(head.size(), start.size()));
  start.read(0, std::span(head).first(at_hand));
  const auto byte = [&](std::size_t i) { return std::to_integer<std::uint32_t>(head[i]); };
  if (at_hand < 10 || !std::equal(magic.begin(), magic.end(), head.begin(),
                                  [](char c, std::byte b) { return static_cast<std::byte>(c) == b; })) {
    throw_damaged(label, "it does not begin as one");
  }
  const std::uint32_t version = byte(6);
  if (version < 1 || version > 3 || byte(7) != 0) {
    throw DataError(
        fmt::format("{} has version {}.{} of the NPY format (known are 1.0, 2.0 and 3.0); write it with "
                    "numpy.save",
                    label, version, byte(7)));
  }
  const std::uint64_t begin = version == 1 ? 10 : 12;
  const std::uint64_t length =
      version == 1 ? byte(8) | byte(9) << 8 : byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24;
  if (length > longest_header || begin + length > start.size()) {
    throw_damaged(label, fmt::format("its header of {} bytes is {}", length,
                                     length > longest_header ? "absurdly long" : "truncated"));
  }
  std::vector<std::byte> bytes(static_cast<std::size_t>(length));
  start.read(begin, bytes);
  const Header header = HeaderText({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, label).parse();

  const Type type = type_of(header.type, label);
  const std::uint64_t data = total - begin - length;
  StoredEntry entry{{std::move(name), header.shape, type.name}, {}, {}};
  if (!type.format) {
    stored_size(label, header.shape, Number::uint8);
    entry.obstacle = obstacle_of(type.name);
    return entry;
  }
  const std::uint64_t expected = stored_size(label, header.shape, type.format->number);
  if (expected != data) {
    throw_damaged(label,
                  fmt::format("{} elements of shape {} take {} bytes and {} follow the header: it is {}", type.name,
                              to_string(header.shape), expected, data, data < expected ? "truncated" : "damaged"));
  }
  entry.stored = StoredArray{nullptr, begin + length, header.shape, header.fortran_order, *type.format};
  return entry;
}

StoredEntry read_npy_header(std::shared_ptr<const Bytes> bytes, std::string name) {
  StoredEntry entry = read_npy_start(*bytes, bytes->size(), std::move(name));
  if (entry.stored) {
    entry.stored->bytes = std::move(bytes);
  }
  return entry;
}

std::unique_ptr<ArrayFile> open_npy(const std::filesystem::path& path) {
  std::vector<StoredEntry> entries;
  entries.push_back(read_npy_header(open_bytes(path), path.stem().string()));
  return make_stored_file("NPY", path.string(), std::move(entries));
}

}  // namespace floe::io
