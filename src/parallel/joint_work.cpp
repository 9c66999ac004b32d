// SPDX-License-Identifier: MIT
#include "parallel/joint_work.h"

#include <new>
#include <string>
#include <vector>

#include "base/error.h"
#include "parallel/mpi_calls.h"

namespace floe::parallel {
namespace {

/// An error as text: one letter for its kind and the message.
std::string pack(const std::exception_ptr& error) {
  if (!error) return {};
  try {
    std::rethrow_exception(error);
  } catch (const ConfigError& e) {
    return std::string("C") + e.what();
  } catch (const DataError& e) {
    return std::string("D") + e.what();
  } catch (const ShapeError& e) {
    return std::string("S") + e.what();
  } catch (const NumericalError& e) {
    return std::string("N") + e.what();
  } catch (const IoError& e) {
    return std::string("I") + e.what();
  } catch (const std::bad_alloc&) {
    return "M";
  } catch (const std::exception& e) {
    return std::string("E") + e.what();
  }
}

[[noreturn]] void throw_unpacked(const std::string& packed) {
  const std::string text = packed.substr(1);
  switch (packed.front()) {
    case 'C':
      throw ConfigError(text);
    case 'D':
      throw DataError(text);
    case 'S':
      throw ShapeError(text);
    case 'N':
      throw NumericalError(text);
    case 'I':
      throw IoError(text);
    case 'M':
      throw std::bad_alloc();
    default:
      throw Error(text);
  }
}

}  // namespace

void JointWork::stop() {
  const std::scoped_lock lock(mutex_);
  stopping_ = true;
  if (sent_) return;
  sent_ = true;
  mpi::send_notices();
}

bool JointWork::stopping() {
  if (stopping_ || communicator_.size() == 1) return stopping_;
  const std::unique_lock lock(mutex_, std::try_to_lock);  // another thread is looking
  if (lock && mpi::notice_arrived()) stopping_ = true;
  return stopping_;
}

bool JointWork::finish(std::exception_ptr error) {
  if (communicator_.size() == 1) {
    if (error) std::rethrow_exception(error);
    return stopping_;
  }
  mpi::settle_notices(sent_);
  for (const std::string& packed : mpi::gather(pack(error))) {
    if (!packed.empty()) throw_unpacked(packed);
  }
  return communicator_.max(std::int64_t{stopping_ ? 1 : 0}) != 0;
}

}  // namespace floe::parallel
