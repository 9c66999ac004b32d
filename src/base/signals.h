// SPDX-License-Identifier: MIT
#pragma once

namespace floe {

/// Turns SIGINT (Ctrl-C) and SIGTERM into a question that loops ask between two steps, so that a run can write a
/// checkpoint and stop:
///
///     const StopSignal stop;
///     while (step()) if (stop.requested()) return checkpoint();
///
/// A second SIGINT ends the program at once with exit code 130. The destructor restores the handlers that were there
/// before; only one object may live at a time.
class StopSignal final {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  bool requested() const { return signal() != 0; }
  /// The number of the signal that arrived first, or 0.
  int signal() const;
};

}  // namespace floe
