// SPDX-License-Identifier: MIT
#include "io/hdf5_internal.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "io/lzf.h"

namespace floe::io::hdf5 {

Handle& Handle::operator=(Handle&& other) noexcept {
  if (this != &other) {
    reset();
    id_ = std::exchange(other.id_, -1);
    closer_ = other.closer_;
  }
  return *this;
}

void Handle::reset() {
  if (id_ >= 0 && closer_ != nullptr) {
    const detail::Session session;
    closer_(id_);
  }
  id_ = -1;
}

std::string library_version() {
  const detail::Session session;
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  H5get_libversion(&major, &minor, &release);
  return fmt::format("{}.{}.{}", major, minor, release);
}

namespace detail {

namespace {

std::recursive_mutex& library_mutex() {
  static std::recursive_mutex mutex;
  // Every object is closed by its owner. The library's own clean-up at exit would add nothing but, after a damaged
  // file, a message about identifiers it lost itself.
  [[maybe_unused]] static const bool once = [] {
    H5dont_atexit();
    register_lzf();
    return true;
  }();
  return mutex;
}

herr_t take_innermost(unsigned position, const H5E_error2_t* error, void* text) {
  if (position == 0 && error->desc != nullptr) {
    *static_cast<std::string*>(text) = error->desc;
  }
  return 0;
}

}  // namespace

Session::Session() : lock_(library_mutex()) {
  H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Session::~Session() {
  H5Eset_auto2(H5E_DEFAULT, function_, data_);
}

std::string library_message() {
  std::string text;
  // Upward starts at the function that failed first, the one that knows why.
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_innermost, &text);
  if (text.empty()) return "HDF5 gives no reason";
  // Of a failed system call HDF5 tells the time, buffers and counts over two lines; the reason is in quotes.
  constexpr std::string_view mark = "error message = '";
  if (const auto begin = text.find(mark); begin != std::string::npos) {
    const auto reason = begin + mark.size();
    if (const auto end = text.find('\'', reason); end != std::string::npos) return text.substr(reason, end - reason);
  }
  std::replace(text.begin(), text.end(), '\n', ' ');
  return "HDF5: " + text;
}

std::string label(const std::string& file, const std::string& path) {
  return file + ":" + path;
}

hid_t memory_type(ElementType type) {
  switch (type) {
    case ElementType::float32:
      return H5T_NATIVE_FLOAT;
    case ElementType::float64:
      return H5T_NATIVE_DOUBLE;
    default:
      return H5T_NATIVE_INT64;
  }
}

hid_t file_type(ElementType type) {
  switch (type) {
    case ElementType::float32:
      return H5T_IEEE_F32LE;
    case ElementType::float64:
      return H5T_IEEE_F64LE;
    default:
      return H5T_STD_I64LE;
  }
}

Handle text_type() {
  Handle type = own(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), H5T_VARIABLE);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return type;
}

namespace {

herr_t refuse_external(const char*, const char*, const char*, const char*, unsigned*, hid_t, void*) {
  return -1;
}

// Two floats named as h5py (r, i), MATLAB and Julia (real, imag) name them.
bool is_complex(hid_t type) {
  if (H5Tget_nmembers(type) != 2) return false;
  const auto member = [type](unsigned index) {
    char* name = H5Tget_member_name(type, index);
    const std::string copy = name == nullptr ? "" : name;
    H5free_memory(name);
    return copy;
  };
  const Handle part = own(H5Tget_member_type(type, 0), H5Tclose);
  return part && H5Tget_class(part.id()) == H5T_FLOAT && member(0).starts_with('r') && member(1).starts_with('i');
}

}  // namespace

Handle access_within_file(hid_t property_class) {
  Handle access = own(H5Pcreate(property_class), H5Pclose);
  H5Pset_elink_cb(access.id(), refuse_external, nullptr);
  return access;
}

std::string type_name(hid_t type) {
  const std::size_t bits = 8 * H5Tget_size(type);
  switch (H5Tget_class(type)) {
    case H5T_FLOAT:
      return fmt::format("float{}", bits);
    case H5T_INTEGER:
      return fmt::format("{}int{}", H5Tget_sign(type) == H5T_SGN_NONE ? "u" : "", bits);
    case H5T_STRING:
      return "string";
    case H5T_ENUM:
      return bits == 8 && H5Tget_nmembers(type) == 2 ? "bool" : "enum";
    case H5T_COMPOUND:
      return is_complex(type) ? fmt::format("complex{}", bits) : "compound";
    case H5T_BITFIELD:
      return "bitfield";
    case H5T_REFERENCE:
      return "reference";
    case H5T_VLEN:
      return "vlen";
    case H5T_ARRAY:
      return "array";
    case H5T_OPAQUE:
      return "opaque";
    default:
      return "unknown";
  }
}

std::uint64_t object_address(hid_t object) {
  const Session session;
  std::uint64_t address = 0;
#if H5_VERSION_GE(1, 12, 0)
  H5O_info2_t info;
  if (H5Oget_info3(object, &info, H5O_INFO_BASIC) >= 0) {
    std::memcpy(&address, &info.token, sizeof(address));
  }
#else
  H5O_info_t info;
  if (H5Oget_info(object, &info) >= 0) {
    address = info.addr;
  }
#endif
  return address;
}

bool is_integer(hid_t type) {
  const H5T_class_t kind = H5Tget_class(type);
  if (kind == H5T_ENUM) {
    return true;
  }
  return kind == H5T_INTEGER &&
         (H5Tget_size(type) < 8 || (H5Tget_size(type) == 8 && H5Tget_sign(type) != H5T_SGN_NONE));
}

Handle own(hid_t id, herr_t (*closer)(hid_t)) {
  return {id, closer};
}

}  // namespace detail
}  // namespace floe::io::hdf5
