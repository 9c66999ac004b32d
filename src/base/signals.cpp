// SPDX-License-Identifier: MIT
#include "base/signals.h"

#include <signal.h>
#include <unistd.h>

#include "base/error.h"

namespace floe {
namespace {

volatile sig_atomic_t received = 0;
bool installed = false;
struct sigaction previous_interrupt;
struct sigaction previous_terminate;

extern "C" void floe_stop_handler(int signal) {
  if (received != 0 && signal == SIGINT) _exit(130);
  if (received == 0) received = signal;
}

}  // namespace

StopSignal::StopSignal() {
  if (installed) throw Error("a second StopSignal was made (only one may live at a time); pass the first one on");
  received = 0;
  struct sigaction action {};
  action.sa_handler = floe_stop_handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, &previous_interrupt);
  sigaction(SIGTERM, &action, &previous_terminate);
  installed = true;
}

StopSignal::~StopSignal() {
  sigaction(SIGINT, &previous_interrupt, nullptr);
  sigaction(SIGTERM, &previous_terminate, nullptr);
  installed = false;
}

int StopSignal::signal() const {
  return received;
}

}  // namespace floe
