// SPDX-License-Identifier: MIT
#include "app/command.h"

int main(int argc, char** argv) {
  return floe::app::run_command(argc, argv);
}
