// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace floe {

/// The whole content of a file. Throws IoError.
std::string read_file(const std::filesystem::path& path);

/// Writes the file so that whoever looks, or cuts the power, finds the old content or the new one and nothing between:
/// `<name>.partial` is written and fsynced, renamed, and the directory fsynced. Throws IoError, leaving the old file.
void write_file_atomically(const std::filesystem::path& path, std::string_view content);

/// Creates a directory and its parents; existing ones are fine. Throws IoError.
void make_directories(const std::filesystem::path& path);

/// Throws IoError saying what could not be done with `path` (`action` is a verb: "read", "write"), why the operating
/// system refused (`code` is an errno) and what helps.
[[noreturn]] void throw_io_error(std::string_view action, const std::filesystem::path& path, int code);

}  // namespace floe
