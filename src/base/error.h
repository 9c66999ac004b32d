// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>

namespace floe {

/// The base of every error floe throws. A message reads "<problem> (<why it is one>); <what to do>" and names files,
/// dataset paths, shapes and values, so that the command can print it as it is.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A configuration file, an override or an option is wrong: the command exits with 64.
class ConfigError final : public Error {
 public:
  using Error::Error;
};

/// A file was read but holds something other than what was asked for.
class DataError final : public Error {
 public:
  using Error::Error;
};

/// Two things that must fit together have different shapes.
class ShapeError final : public Error {
 public:
  using Error::Error;
};

/// A computation left the numbers it is meant for: NaN, no convergence, a singular matrix.
class NumericalError final : public Error {
 public:
  using Error::Error;
};

/// The operating system refused: missing file, no permission, full disk.
class IoError final : public Error {
 public:
  using Error::Error;
};

}  // namespace floe
