// SPDX-License-Identifier: MIT
#pragma once

// The C library appears only in the sources of this folder, so that no user of io needs its headers.
#include <hdf5.h>

#include <mutex>
#include <string>

#include "io/hdf5_file.h"

namespace floe::io::hdf5::detail {

/// Held during every call of the library: one thread at a time, and the library's own messages go nowhere.
class Session final {
 public:
  Session();
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

 private:
  std::lock_guard<std::recursive_mutex> lock_;
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

/// The library's own account of the last failure, innermost first: "HDF5: wrong fletcher32 checksum".
std::string library_message();

/// "file.h5:/outputs/phi".
std::string label(const std::string& file, const std::string& path);

/// The type in memory and the one in files (little endian) of a numeric element.
hid_t memory_type(ElementType type);
hid_t file_type(ElementType type);

/// UTF-8 of variable length.
Handle text_type();

/// Access properties of a class (H5P_LINK_ACCESS, H5P_GROUP_ACCESS, H5P_DATASET_ACCESS) with which links that leave the
/// file lead nowhere: a file decides neither which other files are opened nor what is read from them.
Handle access_within_file(hid_t property_class);

/// Reads all strings of a dataset or attribute through `read(memory type, buffer)`.
template <class Read>
std::vector<std::string> read_text(hid_t type, hid_t space, std::size_t count, Read&& read);

/// Where an object lies in its file: equal for two links to one object.
std::uint64_t object_address(hid_t object);

/// As numpy names it: "float64", "uint8", "complex128", "string", "compound".
std::string type_name(hid_t type);

/// Integers, and enumerations (h5py's bool), which convert to integers.
bool is_integer(hid_t type);

Handle own(hid_t id, herr_t (*closer)(hid_t));

template <class Read>
std::vector<std::string> read_text(hid_t type, hid_t space, std::size_t count, Read&& read) {
  std::vector<std::string> texts;
  if (count == 0) {
    return texts;
  }
  texts.reserve(count);
  if (H5Tis_variable_str(type) > 0) {
    const Handle memory = own(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(memory.id(), H5T_VARIABLE);
    H5Tset_cset(memory.id(), H5Tget_cset(type));
    std::vector<char*> pointers(count, nullptr);
    if (read(memory.id(), static_cast<void*>(pointers.data())) < 0) {
      return {};
    }
    for (const char* pointer : pointers) {
      texts.emplace_back(pointer == nullptr ? "" : pointer);
    }
    H5Dvlen_reclaim(memory.id(), space, H5P_DEFAULT, pointers.data());
    return texts;
  }
  const std::size_t width = H5Tget_size(type);
  const Handle memory = own(H5Tcopy(type), H5Tclose);
  std::vector<char> characters(width * count);
  if (read(memory.id(), static_cast<void*>(characters.data())) < 0) {
    return {};
  }
  const bool spaces = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
  for (std::size_t i = 0; i < count; ++i) {
    std::string text(characters.data() + i * width, width);
    text.resize(std::min(text.find('\0'), text.size()));
    if (spaces) {
      text.resize(text.find_last_not_of(' ') + 1);
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace floe::io::hdf5::detail
