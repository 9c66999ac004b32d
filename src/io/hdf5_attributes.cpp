// SPDX-License-Identifier: MIT
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "io/hdf5_internal.h"

namespace floe::io::hdf5 {

using detail::own;

namespace {

// Attributes describe; what is larger belongs in a dataset.
constexpr std::size_t max_attribute_elements = std::size_t{1} << 20;

template <class T>
hid_t stored_type() {
  if constexpr (std::is_same_v<T, double>) {
    return H5T_IEEE_F64LE;
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    return H5T_STD_I64LE;
  } else {
    return H5T_STD_U64LE;
  }
}

template <class T>
hid_t native_type() {
  if constexpr (std::is_same_v<T, double>) {
    return H5T_NATIVE_DOUBLE;
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    return H5T_NATIVE_INT64;
  } else {
    return H5T_NATIVE_UINT64;
  }
}

herr_t collect_name(hid_t, const char* name, const H5A_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

bool write_numbers(hid_t object, const std::string& name, hid_t space, hid_t stored, hid_t native, const void* values) {
  const Handle attribute = own(H5Acreate2(object, name.c_str(), stored, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  return attribute && H5Awrite(attribute.id(), native, values) >= 0;
}

bool write_texts(hid_t object, const std::string& name, hid_t space, const std::vector<const char*>& texts) {
  const Handle type = detail::text_type();
  const Handle attribute = own(H5Acreate2(object, name.c_str(), type.id(), space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  return attribute && H5Awrite(attribute.id(), type.id(), texts.data()) >= 0;
}

Handle row_of(std::size_t size) {
  const hsize_t extent = size;
  return own(H5Screate_simple(1, &extent, nullptr), H5Sclose);
}

bool write_value(hid_t object, const std::string& name, const AttributeValue& value) {
  return std::visit(
      [&](const auto& held) {
        using T = std::decay_t<decltype(held)>;
        const Handle scalar = own(H5Screate(H5S_SCALAR), H5Sclose);
        if constexpr (std::is_arithmetic_v<T>) {
          return write_numbers(object, name, scalar.id(), stored_type<T>(), native_type<T>(), &held);
        } else if constexpr (std::is_same_v<T, std::string>) {
          return write_texts(object, name, scalar.id(), {held.c_str()});
        } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          std::vector<const char*> texts;
          for (const std::string& text : held) {
            texts.push_back(text.c_str());
          }
          return write_texts(object, name, row_of(held.size()).id(), texts);
        } else {
          using Element = typename T::value_type;
          return write_numbers(object, name, row_of(held.size()).id(), stored_type<Element>(), native_type<Element>(),
                               held.data());
        }
      },
      value);
}

template <class T>
std::string expected_name() {
  if constexpr (std::is_same_v<T, double>) {
    return "a number";
  } else if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, std::uint64_t>) {
    return "an integer";
  } else if constexpr (std::is_same_v<T, std::string>) {
    return "a string";
  } else if constexpr (std::is_same_v<T, std::vector<double>>) {
    return "a list of numbers";
  } else if constexpr (std::is_same_v<T, std::vector<std::int64_t>>) {
    return "a list of integers";
  } else {
    return "a list of strings";
  }
}

}  // namespace

std::string to_string(const AttributeValue& value) {
  return std::visit(
      [](const auto& held) {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::vector<std::string>>) {
          return fmt::format("[{}]", fmt::join(held, ", "));
        } else {
          return fmt::format("{}", held);
        }
      },
      value);
}

std::string Attributes::label(const std::string& name) const {
  return fmt::format("attribute '{}' of {}", name, detail::label(file_, path_));
}

bool Attributes::contains(const std::string& name) const {
  const detail::Session session;
  return H5Aexists(object_->id(), name.c_str()) > 0;
}

std::vector<std::string> Attributes::names() const {
  const detail::Session session;
  std::vector<std::string> names;
  hsize_t position = 0;
  if (H5Aiterate2(object_->id(), H5_INDEX_NAME, H5_ITER_INC, &position, collect_name, &names) < 0) {
    throw DataError(fmt::format("the attributes of {} could not be listed ({}); the file is damaged, use another copy",
                                detail::label(file_, path_), detail::library_message()));
  }
  return names;
}

void Attributes::set(const std::string& name, const AttributeValue& value) {
  const detail::Session session;
  if (H5Aexists(object_->id(), name.c_str()) > 0) {
    H5Adelete(object_->id(), name.c_str());
  }
  if (!write_value(object_->id(), name, value)) {
    throw IoError(fmt::format("{} could not be written ({}); check the free space and that the file is writable",
                              label(name), detail::library_message()));
  }
}

AttributeValue Attributes::get(const std::string& name) const {
  const detail::Session session;
  if (H5Aexists(object_->id(), name.c_str()) <= 0) {
    throw DataError(fmt::format("no {} (it has: {}); check that the file is of the kind expected", label(name),
                                fmt::join(names(), ", ")));
  }
  const auto damaged = [&] {
    return DataError(fmt::format("{} could not be read ({}); the file is damaged, use another copy", label(name),
                                 detail::library_message()));
  };
  const Handle attribute = own(H5Aopen(object_->id(), name.c_str(), H5P_DEFAULT), H5Aclose);
  if (!attribute) {
    throw damaged();
  }
  const Handle type = own(H5Aget_type(attribute.id()), H5Tclose);
  const Handle space = own(H5Aget_space(attribute.id()), H5Sclose);
  if (!type || !space) {
    throw damaged();
  }
  const bool scalar = H5Sget_simple_extent_type(space.id()) == H5S_SCALAR;
  const hssize_t stored = H5Sget_simple_extent_npoints(space.id());
  if (stored < 0 || static_cast<std::size_t>(stored) > max_attribute_elements) {
    throw DataError(fmt::format("{} has {} elements (at most {} are read); store it as a dataset", label(name), stored,
                                max_attribute_elements));
  }
  const auto count = static_cast<std::size_t>(stored);
  const auto numbers = [&]<class T>(std::vector<T> values) {
    if (count > 0 && H5Aread(attribute.id(), native_type<T>(), values.data()) < 0) {
      throw damaged();
    }
    return values;
  };
  const H5T_class_t kind = H5Tget_class(type.id());
  if (kind == H5T_STRING) {
    std::vector<std::string> texts = detail::read_text(type.id(), space.id(), count, [&](hid_t memory, void* buffer) {
      return H5Aread(attribute.id(), memory, buffer);
    });
    if (texts.size() != count) {
      throw damaged();
    }
    return scalar ? AttributeValue(texts.front()) : AttributeValue(std::move(texts));
  }
  if (kind == H5T_FLOAT && H5Tget_size(type.id()) <= sizeof(double)) {
    std::vector<double> values = numbers(std::vector<double>(count));
    return scalar ? AttributeValue(values.front()) : AttributeValue(std::move(values));
  }
  if (scalar && kind == H5T_INTEGER && !detail::is_integer(type.id())) {
    return numbers(std::vector<std::uint64_t>(1)).front();
  }
  if (kind == H5T_INTEGER || kind == H5T_ENUM) {
    std::vector<std::int64_t> values = numbers(std::vector<std::int64_t>(count));
    return scalar ? AttributeValue(values.front()) : AttributeValue(std::move(values));
  }
  throw DataError(fmt::format("{} is of type {} (numbers and strings are read); store it as one of these", label(name),
                              detail::type_name(type.id())));
}

template <class T>
T Attributes::get(const std::string& name) const {
  const AttributeValue value = get(name);
  if (const T* held = std::get_if<T>(&value)) {
    return *held;
  }
  // Many writers give a list of one for a single number; and integers are numbers.
  if constexpr (std::is_same_v<T, double>) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      return static_cast<double>(*integer);
    }
    if (const auto* list = std::get_if<std::vector<double>>(&value); list != nullptr && list->size() == 1) {
      return list->front();
    }
  }
  if constexpr (std::is_same_v<T, std::uint64_t>) {
    if (const auto* integer = std::get_if<std::int64_t>(&value); integer != nullptr && *integer >= 0) {
      return static_cast<std::uint64_t>(*integer);
    }
  }
  if constexpr (std::is_same_v<T, std::int64_t>) {
    if (const auto* integer = std::get_if<std::uint64_t>(&value);
        integer != nullptr && *integer <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return static_cast<std::int64_t>(*integer);
    }
    if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value); list != nullptr && list->size() == 1) {
      return list->front();
    }
  }
  if constexpr (std::is_same_v<T, std::vector<double>>) {
    if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&value)) {
      return {integers->begin(), integers->end()};
    }
  }
  throw DataError(fmt::format("{} is {} (expected {}); check that the file is of the kind expected", label(name),
                              to_string(value), expected_name<T>()));
}

template double Attributes::get<double>(const std::string&) const;
template std::int64_t Attributes::get<std::int64_t>(const std::string&) const;
template std::uint64_t Attributes::get<std::uint64_t>(const std::string&) const;
template std::string Attributes::get<std::string>(const std::string&) const;
template std::vector<double> Attributes::get<std::vector<double>>(const std::string&) const;
template std::vector<std::int64_t> Attributes::get<std::vector<std::int64_t>>(const std::string&) const;
template std::vector<std::string> Attributes::get<std::vector<std::string>>(const std::string&) const;

}  // namespace floe::io::hdf5
