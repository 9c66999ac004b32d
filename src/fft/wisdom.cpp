// SPDX-License-Identifier: MIT
#include "fft/wisdom.h"

#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "fft/fftw_library.h"

namespace floe::fft {
namespace {

using detail::Fftw;

template <class T>
std::string export_wisdom() {
  struct Free {
    void operator()(char* text) const { std::free(text); }
  };
  const std::unique_ptr<char, Free> text(Fftw<T>::wisdom_to_string());
  if (!text) throw Error("no wisdom to save (FFTW gave none); check the memory");
  return text.get();
}

/// The end of the parenthesised expression that begins the text, npos when it is not one.
std::size_t expression_end(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0) return i + 1;
    if (depth <= 0) break;
  }
  return std::string_view::npos;
}

bool import_expression(const std::string& expression) {
  const bool single = expression.find("fftwf_wisdom") != std::string::npos;
  return (single ? Fftw<float>::wisdom_from_string(expression.c_str())
                 : Fftw<double>::wisdom_from_string(expression.c_str())) == 1;
}

}  // namespace

void save_wisdom(const std::filesystem::path& path) {
  std::string text;
  {
    const auto lock = detail::lock_planner();
    text = export_wisdom<double>() + "\n" + export_wisdom<float>() + "\n";
  }
  write_file_atomically(path, text);
}

void load_wisdom(const std::filesystem::path& path) {
  const std::string text = read_file(path);
  const auto lock = detail::lock_planner();
  std::string_view rest = text;
  int expressions = 0;
  while (true) {
    const std::size_t begin = rest.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) break;
    rest.remove_prefix(begin);
    const std::size_t end = expression_end(rest);
    if (end == std::string_view::npos || !import_expression(std::string(rest.substr(0, end)))) {
      expressions = 0;
      break;
    }
    ++expressions;
    rest.remove_prefix(end);
  }
  if (expressions == 0) {
    throw DataError(
        fmt::format("{} is no wisdom for {} (damaged, or of another version or build); delete it and save anew",
                    path.string(), fftw_version));
  }
}

}  // namespace floe::fft
